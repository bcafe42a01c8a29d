// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A comparison as JSON, for programs. All entries are in it; of hunks the first lines, as for people.
//!
//! ```text
//! {"same": 240, "reordered": false, "entries": [{"path": "usr/lib/libc.so", "changes": [
//!   {"change": "fact", "what": "mode", "before": "0755", "after": "0644"},
//!   {"change": "content", "before": 600000, "after": 600016, "kind": "elf", "sections": […]}]}]}
//! ```

use serde_json::{Value, json};

use crate::report::{Change, Comparison, Content, Detail, Section, Window};
use crate::text::Hunks;

impl Comparison {
    /// The whole comparison.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let entries = self.entries.iter().map(|entry| {
            let changes: Vec<Value> = entry.changes.iter().map(change).collect();
            json!({"path": entry.path, "changes": changes})
        });
        json!({"same": self.same, "reordered": self.reordered, "entries": entries.collect::<Vec<_>>()})
    }
}

impl Content {
    /// The whole comparison of two contents.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut value = match &self.detail {
            Detail::Text(found) => json!({"kind": "text", "hunks": hunks(found)}),
            Detail::Elf { sections, rest } => {
                let sections: Vec<Value> = sections.iter().map(section).collect();
                json!({"kind": "elf", "sections": sections, "rest": rest.as_ref().map(window)})
            }
            Detail::Members { format, members, rest } => {
                json!({"kind": format, "members": members.to_json(), "rest": rest.as_ref().map(window)})
            }
            Detail::Packed { format, inside } => {
                json!({"kind": format, "inside": inside.as_ref().map(|inside| inside.to_json())})
            }
            Detail::Bytes(found) => json!({"kind": "data", "first": window(found)}),
            Detail::Unread => json!({"kind": "unread"}),
        };
        value["before"] = json!(self.before);
        value["after"] = json!(self.after);
        value
    }
}

fn change(change: &Change) -> Value {
    match change {
        Change::Added { what } => json!({"change": "added", "what": what}),
        Change::Removed { what } => json!({"change": "removed", "what": what}),
        Change::Fact { what, before, after } => {
            json!({"change": "fact", "what": what, "before": before, "after": after})
        }
        Change::Content(content) => {
            let mut value = content.to_json();
            value["change"] = json!("content");
            value
        }
    }
}

fn section(section: &Section) -> Value {
    json!({
        "name": section.name,
        "before": section.before,
        "after": section.after,
        "offset": section.offset,
        "symbol": section.symbol,
        "strings": section.strings.as_ref().map(hunks),
    })
}

fn hunks(hunks: &Hunks) -> Value {
    json!({"lines": hunks.lines, "more": hunks.more})
}

fn window(window: &Window) -> Value {
    json!({"offset": window.offset, "differing": window.differing})
}
