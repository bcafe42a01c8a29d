// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A comparison as lines for people.
//!
//! ```text
//! ~ usr/lib/libc.so
//!     mode: 0755 → 0644
//!     content: ELF of 600000 → 600016 bytes
//!       .text: 4096 → 4112 bytes, differs from 0x123 on, in malloc
//! + usr/lib/new (link to libc.so)
//! … and 12 more paths
//! 1 added, 0 removed, 13 changed, 240 the same
//! ```

use crate::hexdump::rows;
use crate::report::{Bounds, Change, Comparison, Content, Detail, Entry, Section};
use crate::text::{Hunks, printable};

impl Comparison {
    /// The lines; the last one counts. Nothing but that where nothing differs.
    #[must_use]
    pub fn lines(&self, bounds: &Bounds) -> Vec<String> {
        let mut lines = self.of_entries(bounds, bounds.paths, "paths");
        let count = |matches: fn(&Change) -> bool| {
            self.entries.iter().filter(|entry| entry.changes.iter().any(matches)).count()
        };
        let added = count(|change| matches!(change, Change::Added { .. }));
        let removed = count(|change| matches!(change, Change::Removed { .. }));
        let changed = self.entries.len() - added - removed;
        lines.push(format!("{added} added, {removed} removed, {changed} changed, {} the same", self.same));
        lines
    }

    fn of_entries(&self, bounds: &Bounds, most: usize, what: &str) -> Vec<String> {
        let mut lines: Vec<String> =
            self.entries.iter().take(most).flat_map(|entry| entry.lines(bounds)).collect();
        let more = self.entries.len().saturating_sub(most);
        if more > 0 {
            lines.push(format!("… and {more} more {what}"));
        }
        if self.reordered {
            lines.push("the same names stand in another order".to_owned());
        }
        lines
    }
}

impl Entry {
    fn lines(&self, bounds: &Bounds) -> Vec<String> {
        let path = printable(&self.path);
        match self.changes.as_slice() {
            [Change::Added { what }] => vec![format!("+ {path} ({})", printable(what))],
            [Change::Removed { what }] => vec![format!("- {path} ({})", printable(what))],
            changes => {
                let inner = changes.iter().flat_map(|change| change.lines(bounds));
                std::iter::once(format!("~ {path}")).chain(indented(4, inner)).collect()
            }
        }
    }
}

impl Change {
    fn lines(&self, bounds: &Bounds) -> Vec<String> {
        let said = |value: &Option<String>| value.as_deref().map_or_else(|| "none".to_owned(), printable);
        match self {
            Self::Added { what } => vec![format!("added: {}", printable(what))],
            Self::Removed { what } => vec![format!("removed: {}", printable(what))],
            Self::Fact { what, before, after } => {
                vec![format!("{}: {} → {}", printable(what), said(before), said(after))]
            }
            Self::Content(content) => {
                let mut lines = content.lines(bounds);
                if let Some(first) = lines.first_mut() {
                    first.insert_str(0, "content: ");
                }
                lines
            }
        }
    }
}

impl Content {
    /// What it is, then where it differs, indented.
    #[must_use]
    pub fn lines(&self, bounds: &Bounds) -> Vec<String> {
        let sizes = match (self.before, self.after) {
            (before, after) if before == after => format!("{before} bytes"),
            (before, after) => format!("{before} → {after} bytes"),
        };
        let (what, inner) = match &self.detail {
            Detail::Text(hunks) => ("text", of_hunks(hunks)),
            Detail::Elf { sections, rest } => {
                let mut lines: Vec<String> =
                    sections.iter().take(bounds.parts).flat_map(of_section).collect();
                let more = sections.len().saturating_sub(bounds.parts);
                if more > 0 {
                    lines.push(format!("… and {more} more sections"));
                }
                if let Some(rest) = rest {
                    lines.push(format!("no section differs, but byte {:#x} of the file does", rest.offset));
                    lines.extend(rows(rest));
                }
                ("ELF", lines)
            }
            Detail::Members { format, members, rest } => {
                let mut lines = members.of_entries(bounds, bounds.parts, "members");
                if let Some(rest) = rest {
                    let first = "what is looked at of all members is the same, but byte";
                    lines.push(format!("{first} {:#x} of the file differs", rest.offset));
                    lines.extend(rows(rest));
                }
                (*format, lines)
            }
            Detail::Packed { format, inside: None } => {
                (*format, vec!["what is inside is the same; it is packed in another way".to_owned()])
            }
            Detail::Packed { format, inside: Some(inside) } => {
                let mut lines = inside.lines(bounds);
                if let Some(first) = lines.first_mut() {
                    first.insert_str(0, "inside: ");
                }
                (*format, lines)
            }
            Detail::Bytes(window) => {
                let first = format!("differs from {:#x} on, in {} bytes", window.offset, window.differing);
                ("data", std::iter::once(first).chain(rows(window)).collect())
            }
            Detail::Unread => return vec![format!("{sizes}, not looked into")],
        };
        std::iter::once(format!("{what} of {sizes}")).chain(indented(2, inner)).collect()
    }
}

fn of_section(section: &Section) -> Vec<String> {
    let mut line = match (section.before, section.after) {
        (None, after) => format!("{}: added, {} bytes", section.name, after.unwrap_or_default()),
        (Some(before), None) => format!("{}: removed, {before} bytes", section.name),
        (Some(before), Some(after)) if before == after => format!("{}: {before} bytes", section.name),
        (Some(before), Some(after)) => format!("{}: {before} → {after} bytes", section.name),
    };
    if let Some(offset) = section.offset {
        line = format!("{line}, differs from {offset:#x} on");
    }
    if let Some(symbol) = &section.symbol {
        line = format!("{line}, in {symbol}");
    }
    let strings = section.strings.iter().flat_map(of_hunks);
    std::iter::once(line).chain(indented(2, strings)).collect()
}

fn of_hunks(hunks: &Hunks) -> Vec<String> {
    let mut lines = hunks.lines.clone();
    if hunks.more > 0 {
        lines.push(format!("… and {} more lines", hunks.more));
    }
    lines
}

fn indented(by: usize, lines: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    lines.into_iter().map(move |line| format!("{:by$}{line}", ""))
}
