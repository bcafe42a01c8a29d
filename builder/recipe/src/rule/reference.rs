// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The reference of rules, made from the list that recipes are read by: docs/lints.md, and what `ashlar lints` prints.

use super::{Excepted, Rule};

/// Characters of a line.
const WIDTH: usize = 110;

const BEGIN: &str = "\
# Rules for what a recipe installs

Written by `ashlar lints`. Each output of a recipe is judged by these rules as soon as it is built. What breaks one whose
severity is *error* does not ship: the recipe's build fails, and so does that of every image with the output. Warnings are
shown by `ashlar lint`, which fails for them with `--strict`; `ashlar lint --explain RULE` shows one part of this page.

A rule that should not be applied to some files is excepted from, with a reason:

```toml
[[output.exception]]
rule = \"stripped\"
paths = [\"usr/lib/x.o\"]
because = \"its sections are read at run time\"
until = 2027-12-31                        # † the last day on which it holds
```

Whoever is refused is shown the exceptions with which the output would ship, all but their reason. An exception is no part of
what is built: adding one builds nothing again. Every pattern of `paths` has to take something that would break the rule.
`until` is compared with the source epoch when building, and with today by `ashlar lint` and `ashlar check`. Why things are judged as they are is told in
[design/lints.md](design/lints.md).
";

/// The page, in Markdown.
#[must_use]
pub fn rules_reference() -> String {
    let head = "\n| rule | severity | what holds | `paths` are |\n|---|---|---|---|\n".to_owned();
    let rows = Rule::ALL.iter().map(|rule| {
        let (id, severity) = (rule.id(), rule.severity().as_str());
        format!("| `{id}` | {severity} | {} | {} |\n", rule.summary(), rule.excepted().words())
    });
    let parts = Rule::ALL.iter().map(|rule| format!("\n{}", explanation(*rule)));
    [BEGIN.to_owned(), head].into_iter().chain(rows).chain(parts).collect()
}

/// The part of the page on one rule, in Markdown.
#[must_use]
pub fn explanation(rule: Rule) -> String {
    let exception = match rule.excepted() {
        Excepted::Files => "",
        Excepted::Outputs => "\n`paths` of an exception are outputs, as they stand in `runtime`.\n",
        Excepted::Folders => "\n`paths` of an exception are the folder that is missing.\n",
        Excepted::Attribute => {
            "\nThere are no exceptions: the `[[output.attribute]]` says why, in `because`.\n"
        }
        Excepted::Never => "\nThere are no exceptions.\n",
    };
    let holds = format!("{} ({})", rule.summary(), rule.severity().as_str());
    let next = format!("What to do: {}", rule.next());
    let [holds, why, next] = [&holds, rule.why(), &next].map(wrapped);
    format!("## `{}`\n\n{holds}\n{why}\n{next}{exception}", rule.id())
}

/// The words of `text` in lines of at most [`WIDTH`] characters, each with its end.
fn wrapped(text: &str) -> String {
    let (mut lines, mut line) = (String::new(), String::new());
    for word in text.split(' ') {
        if !line.is_empty() && line.len() + 1 + word.len() > WIDTH {
            line.push('\n');
            lines.push_str(&line);
            line.clear();
        }
        line += if line.is_empty() { "" } else { " " };
        line += word;
    }
    lines + &line + "\n"
}
