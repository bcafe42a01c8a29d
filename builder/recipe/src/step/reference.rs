// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The reference of typed steps, made from the table that they are read by: docs/steps.md, and what `ashlar steps` prints.

use super::kinds::StepKind;
use super::parameter::Presence;

const BEGIN: &str = "\
# Typed steps

Written by `ashlar steps`. A typed step does one usual thing, the same way for every recipe:

```toml
[[build.step]]
autotools = { in = \"libmnl\", configure = [\"--disable-static\"] }
```

Its parameters are checked when the recipe is read, and reach the step as files, never as text of a script. A *folder* is relative
to `/build`, where `unpack` puts sources, or is `/sources/<name>`; a *path* is in the installed tree; *source* and *sources* are names
of the recipe's sources. Variables of `[build.env]`, such as `CFLAGS`, are seen by the programs that a step runs; those come from the
seeds and from `host`.
";

/// The page, in Markdown.
#[must_use]
pub fn steps_reference() -> String {
    let mut page = BEGIN.to_owned();
    for kind in StepKind::ALL {
        page.extend(["\n## `", kind.name(), "`\n\nIt ", kind.summary(), ".\n\n"]);
        page += "| parameter | takes | if absent | what it is |\n|---|---|---|---|\n";
        for parameter in kind.parameters() {
            let absent = match parameter.presence {
                Presence::Required => "an error".to_owned(),
                Presence::Default([]) => "none".to_owned(),
                Presence::Default(values) => {
                    let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
                    quoted.join(", ")
                }
            };
            let takes = parameter.kind.words();
            let columns =
                ["| `", parameter.name, "` | ", &takes, " | ", &absent, " | ", parameter.summary, " |\n"];
            page.extend(columns);
        }
    }
    page
}
