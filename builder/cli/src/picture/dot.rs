// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A picture in the language of Graphviz (<https://graphviz.org/doc/info/lang.html>).

use super::model::{Picture, seconds};

/// The text, for `dot -Tsvg`.
pub(crate) fn dot(picture: &Picture) -> String {
    let mut lines = vec![
        "digraph ashlar {".to_owned(),
        format!("  label={};", quoted(&picture.title)),
        "  rankdir=LR;".to_owned(),
        "  node [shape=box, fontname=\"sans-serif\", style=filled, fillcolor=white];".to_owned(),
    ];
    for (at, dot) in picture.dots.iter().enumerate() {
        let label = match dot.took {
            Some(took) => format!("{}\n{}", dot.key, seconds(took)),
            None => dot.key.clone(),
        };
        let fill = if dot.stored { "" } else { ", fillcolor=\"#fff3c4\"" };
        let border = if dot.critical { ", color=\"#c0392b\", penwidth=2" } else { "" };
        lines.push(format!("  n{at} [label={}{fill}{border}];", quoted(&label)));
    }
    for arrow in &picture.arrows {
        let colour = if arrow.critical { " [color=\"#c0392b\", penwidth=2]" } else { "" };
        lines.push(format!("  n{} -> n{}{colour};", arrow.from, arrow.to));
    }
    lines.push("}".to_owned());
    lines.join("\n")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
