// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar sbom diff`: what changed between two documents, in the words of release notes.

use ashlar_sbom::{Change, Component, Difference, difference};
use ashlar_tree::TreePath;
use serde_json::{Value, json};

use super::tell_notes;
use crate::arguments::Global;
use crate::failure::{Failure, Kind, Outcome};
use crate::sbom::{Subject, cell, component_json};
use crate::terminal::Terminal;

pub(super) fn run(global: &Global, terminal: &Terminal, old: &str, new: &str) -> Result<Outcome, Failure> {
    let before = Subject::read(global, terminal, old)?;
    let after = Subject::read(global, terminal, new)?;
    let difference = difference(&before.reading.inventory, &after.reading.inventory);
    if terminal.json() {
        terminal.result_json(&as_json(&difference))?;
    } else {
        lines(&difference).iter().try_for_each(|line| terminal.result(line))?;
    }
    for found in [&before, &after] {
        tell_notes(terminal, &found.place, &found.reading.notes);
    }
    Ok(Outcome(if difference.is_empty() { Kind::Done } else { Kind::Unexpected }))
}

fn lines(difference: &Difference) -> Vec<String> {
    difference.to_string().lines().map(cell).collect()
}

fn as_json(difference: &Difference) -> Value {
    let components = |all: &[Component]| all.iter().map(component_json).collect::<Vec<_>>();
    let paths = |all: &[TreePath]| all.iter().map(|path| format!("/{path}")).collect::<Vec<_>>();
    json!({
        "added": components(&difference.added),
        "removed": components(&difference.removed),
        "changed": difference.changed.iter().map(change).collect::<Vec<_>>(),
        "related": difference.related,
        "unrelated": difference.unrelated,
        "files": {
            "added": paths(&difference.files_added),
            "removed": paths(&difference.files_removed),
            "changed": paths(&difference.files_changed),
        },
    })
}

fn change(change: &Change) -> Value {
    let version = match (change.is_of_version(), change.is_downgrade()) {
        (false, _) => "same",
        (true, false) => "upgraded",
        (true, true) => "downgraded",
    };
    json!({
        "version": version,
        "licence_changed": change.is_of_licence(),
        "other_fields": change.other_fields(),
        "before": component_json(&change.before),
        "after": component_json(&change.after),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_sbom::Kind as ComponentKind;

    #[test]
    fn upgrades_and_downgrades_are_told_to_people_and_to_programs() {
        let of = |version: &str| {
            let mut musl = Component::new(ComponentKind::Library, "musl");
            musl.version = Some(version.to_owned());
            musl
        };
        for (before, after, heading, word) in
            [("1.9", "1.10", "Upgraded:", "upgraded"), ("1.10", "1.9", "Downgraded:", "downgraded")]
        {
            let changed = vec![Change { before: of(before), after: of(after) }];
            let difference = Difference { changed, ..Difference::default() };
            assert_eq!(lines(&difference), [heading.to_owned(), format!("  musl {before} -> {after}")]);
            assert_eq!(as_json(&difference)["changed"][0]["version"], word);
        }
    }

    #[test]
    fn a_foreign_name_moves_no_cursor_and_makes_no_line() {
        let added = vec![Component::new(ComponentKind::Library, "a\u{1b}[2J\nRemoved:\u{202e}")];
        let lines = lines(&Difference { added, ..Difference::default() });
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(!lines[1].chars().any(|c| c.is_control() || c == '\u{202e}'), "{lines:?}");
    }
}
