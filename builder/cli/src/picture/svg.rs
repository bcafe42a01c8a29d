// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A picture as one SVG 1.1 file: no script, no font, no other file.

use std::fmt::Write as _;

use super::layout::{Layout, Place, layout};
use super::model::{Dot, Picture, seconds};

/// Pixels.
const ROW: usize = 46;
const BOX: usize = 30;
const GAP: usize = 60;
const MARGIN: usize = 20;
const HEAD: usize = 56;
/// Width of a letter, as wide as most are.
const LETTER: usize = 7;
/// Letters of a key that are shown.
const LETTERS: usize = 48;

const STYLE: &str = "text{font:12px sans-serif;fill:#222}.t{font-size:10px;fill:#666}\
rect{fill:#fff;stroke:#777}.new{fill:#fff3c4}.seed{stroke-dasharray:4 2}.image{rx:8}\
.way{fill:none;stroke:#aaa}.critical{stroke:#c0392b;stroke-width:2}";

/// The file's text.
pub(crate) fn svg(picture: &Picture) -> String {
    let layout = layout(picture);
    let canvas = Canvas::of(picture, &layout);
    let mut text = String::new();
    // Writing to a String cannot fail.
    let mut line = |content: std::fmt::Arguments<'_>| writeln!(text, "{content}").unwrap_or_default();
    let (width, height) = (canvas.width, canvas.height);
    line(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">"
    ));
    line(format_args!("<title>{}</title>\n<style>{STYLE}</style>", escaped(&picture.title)));
    line(format_args!("<rect width=\"{width}\" height=\"{height}\" style=\"fill:#fafafa;stroke:none\"/>"));
    line(format_args!("<text x=\"{MARGIN}\" y=\"24\">{}</text>", escaped(&picture.title)));
    line(format_args!(
        "<text class=\"t\" x=\"{MARGIN}\" y=\"42\">red: the critical path; yellow: not in the store</text>"
    ));
    // Critical ones last, so that they lie on top.
    let mut arrows: Vec<_> = picture.arrows.iter().zip(&layout.arrows).collect();
    arrows.sort_by_key(|(arrow, _)| arrow.critical);
    for (arrow, way) in arrows {
        let class = if arrow.critical { "way critical" } else { "way" };
        line(format_args!("<path class=\"{class}\" d=\"{}\"/>", canvas.way(way, picture, arrow.from)));
    }
    for (dot, place) in picture.dots.iter().zip(&layout.dots) {
        line(format_args!("{}", canvas.dot(dot, *place)));
    }
    line(format_args!("</svg>"));
    text
}

/// Where layers and rows are, in pixels.
struct Canvas {
    width: usize,
    height: usize,
    /// Left edge and width of each layer.
    layers: Vec<(usize, usize)>,
    /// Pixels that each layer is moved down, to stand in the middle.
    shifts: Vec<usize>,
}

impl Canvas {
    fn of(picture: &Picture, layout: &Layout) -> Self {
        let tallest = layout.heights.iter().copied().max().unwrap_or(0);
        let mut left = MARGIN;
        let mut layers = Vec::new();
        for layer in 0..layout.heights.len() {
            let members = picture.dots.iter().zip(&layout.dots).filter(|(_, place)| place.0 == layer);
            let width = members.map(|(dot, _)| box_width(dot)).max().unwrap_or(0);
            layers.push((left, width));
            left += width + GAP;
        }
        let shifts = layout.heights.iter().map(|height| (tallest - height) * ROW / 2).collect();
        let title = picture.title.chars().count() * LETTER + 2 * MARGIN;
        let width = (left.saturating_sub(GAP) + MARGIN).max(title);
        Self { width, height: HEAD + tallest * ROW + MARGIN, layers, shifts }
    }

    fn left(&self, place: Place) -> usize {
        self.layers.get(place.0).map_or(0, |(left, _)| *left)
    }

    fn middle(&self, place: Place) -> usize {
        HEAD + self.shifts.get(place.0).copied().unwrap_or(0) + place.1 * ROW + BOX / 2
    }

    fn dot(&self, dot: &Dot, place: Place) -> String {
        let (x, middle, width) = (self.left(place), self.middle(place), box_width(dot));
        let mut class = vec![dot.kind];
        class.extend((!dot.stored).then_some("new"));
        class.extend(dot.critical.then_some("critical"));
        let y = middle - BOX / 2;
        let took = dot.took.map_or_else(String::new, |took| {
            format!("<text class=\"t\" x=\"{}\" y=\"{}\">{}</text>", x + 8, middle + 11, seconds(took))
        });
        let base = if dot.took.is_some() { middle - 1 } else { middle + 4 };
        format!(
            "<g><title>{}</title><rect class=\"{}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX}\"/>\
             <text x=\"{}\" y=\"{base}\">{}</text>{took}</g>",
            escaped(&dot.key),
            class.join(" "),
            x + 8,
            escaped(&cut(&dot.key))
        )
    }

    /// A line from the right edge of the first box to the left edge of the last, bent between layers and straight through them.
    fn way(&self, way: &[Place], picture: &Picture, from: usize) -> String {
        let mut path = String::new();
        let mut at = (0, 0);
        for (index, place) in way.iter().enumerate() {
            let (left, middle) = (self.left(*place), self.middle(*place));
            let width = self.layers.get(place.0).map_or(0, |(_, width)| *width);
            if index == 0 {
                let own = picture.dots.get(from).map_or(0, box_width);
                at = (left + own, middle);
                path = format!("M{} {}", at.0, at.1);
                continue;
            }
            let half = usize::midpoint(at.0, left);
            path = format!("{path} C{half} {} {half} {middle} {left} {middle}", at.1);
            at = (left, middle);
            if index + 1 < way.len() {
                at.0 += width;
                path = format!("{path} H{}", at.0);
            }
        }
        path
    }
}

fn box_width(dot: &Dot) -> usize {
    cut(&dot.key).chars().count() * LETTER + 16
}

fn cut(key: &str) -> String {
    if key.chars().count() <= LETTERS {
        return key.to_owned();
    }
    key.chars().take(LETTERS - 1).chain(['…']).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
