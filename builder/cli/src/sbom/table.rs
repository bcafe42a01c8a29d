// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Components as lines for a terminal. Names are those of strangers: nothing of them acts on it.

use std::collections::BTreeMap;

use ashlar_compare::escaped;
use ashlar_sbom::{Component, ComponentId, Inventory, Verb};

/// Shown where nothing is known.
const NOTHING: &str = "-";
/// A column is no wider, whatever stands in it, so that one long name does not push away all others.
const WIDEST: usize = 44;

/// A text in one line of a table.
pub(crate) fn cell(text: &str) -> String {
    escaped(text).replace('\t', " ")
}

/// A line for each component, sorted by name, below the names of the columns.
pub(crate) fn components(inventory: &Inventory) -> Vec<String> {
    let mut all: Vec<(&ComponentId, &Component)> = inventory.components().iter().collect();
    all.sort_by_key(|(id, component)| (component.name.to_lowercase(), *id));
    let headings = ["NAME", "VERSION", "KIND", "SUPPLIER", "LICENCE"].map(str::to_owned);
    let rows: Vec<[String; 5]> =
        std::iter::once(headings).chain(all.into_iter().map(|(_, component)| row(component))).collect();
    lines(&rows)
}

fn row(component: &Component) -> [String; 5] {
    let shown = |text: Option<&str>| text.map_or_else(|| NOTHING.to_owned(), cell);
    [
        cell(&component.name),
        shown(component.version.as_deref()),
        component.kind.name().to_owned(),
        shown(component.supplier.as_ref().map(|supplier| supplier.name())),
        shown(component.licence().map(|licence| licence.as_str())),
    ]
}

/// Columns below each other; the last is as wide as it likes.
fn lines<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0).min(WIDEST)
    };
    let widths: Vec<usize> = (0..N).map(|column| if column + 1 == N { 0 } else { width(column) }).collect();
    let line = |row: &[String; N]| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// A line for each component and way in which others are linked into it, or in which it needs them.
pub(crate) fn links(inventory: &Inventory) -> Vec<String> {
    let title = |id: &ComponentId| inventory.components().get(id).map(|it| cell(&it.title()));
    let mut found: BTreeMap<(String, Verb), Vec<String>> = BTreeMap::new();
    for it in inventory.relationships().iter().filter(|it| it.verb.is_dependency()) {
        if let (Some(from), Some(to)) = (title(&it.from), title(&it.to)) {
            found.entry((from, it.verb)).or_default().push(to);
        }
    }
    found
        .into_iter()
        .map(|((from, verb), mut to)| {
            to.sort();
            format!("{from} {} {}", verb.text(), to.join(", "))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sbom::samples;
    use ashlar_sbom::{InventoryBuilder, Kind};

    #[test]
    fn components_stand_in_columns_and_links_in_sentences() {
        let inventory = samples::inventory("1.2.5");
        assert_eq!(
            components(&inventory),
            [
                "NAME    VERSION  KIND         SUPPLIER        LICENCE",
                "ashlar  1        os           ashlar project  MIT",
                "init    1.0      application  init project    MIT",
                "musl    1.2.5    library      musl project    MIT",
            ]
        );
        assert_eq!(links(&inventory), ["init 1.0 links statically musl 1.2.5"]);
    }

    #[test]
    fn a_foreign_name_moves_no_cursor_and_pushes_no_column_away() {
        let root = samples::component(Kind::OperatingSystem, "os", "1");
        let mut builder = InventoryBuilder::new(root);
        let root = builder.root().clone();
        let name = format!("a\u{1b}[2J\r\n\u{202e}\tb{}", "x".repeat(200));
        let strange = builder.component_in(&root, Component::new(Kind::Library, name));
        builder.relate(&root, Verb::LinksDynamically, &strange);
        let inventory = builder.build().unwrap();
        let lines = [components(&inventory), links(&inventory)].concat();
        assert_eq!(lines.len(), 4);
        assert!(
            lines.iter().all(|line| !line.chars().any(|c| c.is_control() || c == '\u{202e}')),
            "{lines:?}"
        );
        assert!(lines[2].starts_with(&format!("os{}  1", " ".repeat(WIDEST - 2))), "{lines:?}");
        assert!(lines[1].ends_with("x  -        library  -           -"), "{lines:?}");
    }
}
