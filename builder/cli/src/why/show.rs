// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The answer as lines for people and as JSON for programs.
//!
//! ```text
//! e2fsprogs may be built again, because util-linux:dev is to be built, because musl:dev is to be built, because variable CFLAGS changed
//! it was built last on 2026-11-25 19:07:48 UTC (derivation 0014…)
//!   util-linux:dev (target root) is to be built
//!     musl:dev (target root) is to be built
//!       variable CFLAGS: -O2 → -O3
//! inputs that turn out as they were are no reason: then it is not built
//! ```

use ashlar_compare::{escaped, hunks, printable};
use serde_json::{Value, json};

use super::answer::{Answer, Cause, Input, Standing};
use crate::surroundings::moment;

/// Lines of one text that are shown.
const LINES: usize = 24;
/// Paths of one tree that are shown.
const PATHS: usize = 6;

impl Answer {
    /// What the node is called by who asked.
    fn name(&self) -> &str {
        self.node.strip_prefix("recipe ").unwrap_or(&self.node)
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let name = self.name();
        match &self.standing {
            Standing::Stored { id, since } => vec![
                format!("{name} is not built again: the store has it since {}", moment(since.as_secs())),
                format!("derivation {id}"),
            ],
            Standing::New => {
                vec![format!("{name} is built, because the store has no earlier build of it to compare with")]
            }
            Standing::Changed { before, since, causes } => {
                let verb = if self.is_certain() { "is" } else { "may be" };
                let chain = escaped(&self.chain().join(", because "));
                let first = if chain.is_empty() {
                    format!("{name} {verb} built again; what it was made from is not in the store any more")
                } else {
                    format!("{name} {verb} built again, because {chain}")
                };
                let more = match causes.len() {
                    0 | 1 => String::new(),
                    count => format!("; {count} things differ"),
                };
                let when = moment(since.as_secs());
                let mut lines =
                    vec![first, format!("it was built last on {when} (derivation {before}){more}")];
                lines.extend(causes.iter().flat_map(Cause::lines).map(|line| format!("  {line}")));
                if !causes.is_empty() && !self.is_certain() {
                    lines.push(
                        "inputs that turn out as they were are no reason: then it is not built".to_owned(),
                    );
                }
                lines
            }
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut value = match &self.standing {
            Standing::Stored { id, since } => {
                json!({"standing": "stored", "derivation": id.to_string(), "since": since.as_secs()})
            }
            Standing::New => json!({"standing": "new"}),
            Standing::Changed { before, since, causes } => json!({
                "standing": if self.is_certain() { "changed" } else { "may-change" },
                "before": {"derivation": before.to_string(), "since": since.as_secs()},
                "causes": causes.iter().map(Cause::to_json).collect::<Vec<_>>(),
                "because": self.chain(),
            }),
        };
        value["node"] = json!(self.node);
        value
    }
}

impl Cause {
    fn lines(&self) -> Vec<String> {
        match self {
            Self::Text { what, before, after } => {
                let verb = match (before.is_empty(), after.is_empty()) {
                    (true, _) => "is new",
                    (_, true) => "is gone",
                    _ => "changed",
                };
                let found = hunks(before, after, LINES);
                let more = (found.more > 0).then(|| format!("  … and {} more lines", found.more));
                let lines = found.lines.into_iter().map(|line| format!("  {line}"));
                std::iter::once(format!("{} {verb}:", printable(what))).chain(lines).chain(more).collect()
            }
            Self::Value { what, before, after } => {
                let said =
                    |value: &Option<String>| value.as_deref().map_or_else(|| "none".to_owned(), printable);
                vec![format!("{}: {} → {}", printable(what), said(before), said(after))]
            }
            Self::Files { what, changes } if changes.is_empty() => {
                vec![format!("{} changed; its earlier content is not in the store any more", printable(what))]
            }
            Self::Files { what, changes } => {
                let mut lines = vec![format!("{} changed:", printable(what))];
                lines.extend(bounded(changes).map(|line| format!("  {line}")));
                lines
            }
            Self::Set { what, is_new } => vec![sign(what, *is_new)],
            Self::Input(input) => input.lines(),
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Text { what, before, after } => {
                json!({"cause": "text", "what": what, "before": before, "after": after})
            }
            Self::Value { what, before, after } => {
                json!({"cause": "value", "what": what, "before": before, "after": after})
            }
            Self::Files { what, changes } => json!({"cause": "files", "what": what, "changes": changes}),
            Self::Set { what, is_new } => {
                json!({"cause": if *is_new { "added" } else { "removed" }, "what": what})
            }
            Self::Input(input) => json!({
                "cause": "input",
                "what": input.name,
                "role": input.role,
                "built": input.changes.is_some(),
                "changes": input.changes,
                "told_before": input.told,
                "causes": input.causes.iter().map(Self::to_json).collect::<Vec<_>>(),
            }),
        }
    }
}

impl Input {
    fn lines(&self) -> Vec<String> {
        let verb = if self.changes.is_some() { "changed" } else { "is to be built" };
        let place = if self.role.starts_with("input ") { String::new() } else { format!(" ({})", self.role) };
        let mut first = printable(&format!("{}{place} {verb}", self.name));
        if self.told {
            first += ", as told above";
        } else if self.causes.is_empty() {
            first += "; how it was made before is not in the store any more";
        }
        let changes: Vec<String> = self.changes.iter().flat_map(|changes| bounded(changes)).collect();
        let inner = changes.into_iter().chain(self.causes.iter().flat_map(Cause::lines));
        std::iter::once(first).chain(inner.map(|line| format!("  {line}"))).collect()
    }
}

fn sign(what: &str, is_new: bool) -> String {
    format!("{} {}", if is_new { '+' } else { '-' }, printable(what))
}

fn bounded(changes: &[String]) -> impl Iterator<Item = String> + '_ {
    let more = changes.len().saturating_sub(PATHS);
    let rest = (more > 0).then(|| format!("… and {more} more paths"));
    changes.iter().take(PATHS).map(|change| printable(change)).chain(rest)
}
