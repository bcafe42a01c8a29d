// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two artifacts, held against each other entry by entry.

use ashlar_compare::{Bounds, Comparison, Content, compare_bytes};
use serde_json::{Value, json};

use crate::arguments::Global;
use crate::artifact::{Artifact, Name};
use crate::failure::{Failure, Kind, Outcome};
use crate::terminal::Terminal;

pub(crate) fn run(
    global: &Global,
    terminal: &Terminal,
    first: &str,
    second: &str,
) -> Result<Outcome, Failure> {
    let (one, two) = (Name::parse(first)?, Name::parse(second)?);
    let bounds = Bounds::default();
    let (one, two) = (one.find(global, terminal)?, two.find(global, terminal)?);
    let found = match (&one, &two) {
        (Artifact::File(one), Artifact::File(two)) => {
            let read = |path: &std::path::Path| {
                std::fs::read(path)
                    .map_err(|cause| Failure::surroundings(format!("read {}: {cause}", path.display())))
            };
            Found::Content(compare_bytes(&read(one)?, &read(two)?, &bounds))
        }
        (Artifact::File(file), _) | (_, Artifact::File(file)) => {
            return Err(Failure::Usage {
                message: format!("compare the file {} with a tree", file.display()),
                help: Some("name two files, or two folders or artifacts".to_owned()),
            });
        }
        (one, two) => {
            // What lies in a folder has the owners of whoever unpacked it; only two folders are compared by them.
            let plain = !(one.is_folder() && two.is_folder());
            let (one, two) = (one.side(first, plain)?, two.side(second, plain)?);
            Found::Trees(ashlar_compare::compare(&one, &two, &bounds).map_err(crate::artifact::unreadable)?)
        }
    };
    let is_same = found.is_same();
    if terminal.json() {
        terminal.result_json(&found.to_json(is_same))?;
    } else {
        found.lines(&bounds).iter().try_for_each(|line| terminal.result(line))?;
    }
    Ok(Outcome(if is_same { Kind::Done } else { Kind::Unexpected }))
}

enum Found {
    Trees(Comparison),
    Content(Option<Content>),
}

impl Found {
    fn is_same(&self) -> bool {
        match self {
            Self::Trees(trees) => trees.is_same(),
            Self::Content(content) => content.is_none(),
        }
    }

    fn lines(&self, bounds: &Bounds) -> Vec<String> {
        match self {
            Self::Trees(trees) => trees.lines(bounds),
            Self::Content(Some(content)) => content.lines(bounds),
            Self::Content(None) => vec!["the same bytes".to_owned()],
        }
    }

    fn to_json(&self, is_same: bool) -> Value {
        match self {
            Self::Trees(trees) => {
                let mut value = trees.to_json();
                value["equal"] = json!(is_same);
                value
            }
            Self::Content(content) => {
                json!({"equal": is_same, "content": content.as_ref().map(Content::to_json)})
            }
        }
    }
}
