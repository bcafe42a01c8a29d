// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What was found in the outputs of a build: the reports that the store has of it.

use ashlar_engine::Built;
use ashlar_lint::Report;
use ashlar_plan::NodeId;
use ashlar_tree::Node;

use crate::failure::{Failure, chain};
use crate::session::{Planned, Session};

/// The report's name in the tree of a judgement.
const FILE: &str = "lint.json";

/// The reports of all judgements that `planned` needs.
pub(crate) fn reports(
    session: &Session<'_>,
    planned: &Planned,
    built: &Built,
) -> Result<Vec<Report>, Failure> {
    let lints = planned.graph.lints(&planned.goals).into_iter();
    lints.map(|node| report(session, planned, built, node)).collect()
}

fn report(session: &Session<'_>, planned: &Planned, built: &Built, node: NodeId) -> Result<Report, Failure> {
    let key = &planned.graph.node(node).key;
    let wrong =
        |reason: String| Failure::Finding { message: format!("read the {key}: {reason}"), help: None };
    let digest = built.tree(node, "out").ok_or_else(|| wrong("it is not built".to_owned()))?;
    let tree = session.store.get_tree(digest)?;
    let path = FILE.parse().map_err(|_| wrong("no path".to_owned()))?;
    let Some(Node::File { blob, .. }) = tree.get(&path) else {
        return Err(wrong(format!("it has no {FILE}")));
    };
    let text = String::from_utf8(session.store.read_blob(*blob)?);
    let text = text.map_err(|_| wrong("it is not text".to_owned()))?;
    Report::parse(&text).map_err(|cause| wrong(chain(&cause)))
}

/// One line for all warnings about what this build made, where there are any: who builds again has been told.
pub(crate) fn tell_of_warnings(
    session: &Session<'_>,
    goal: &str,
    planned: &Planned,
    built: &Built,
) -> Result<(), Failure> {
    let mut warnings = 0;
    for node in planned.graph.lints(&planned.goals) {
        if built.fresh.contains(&node) {
            warnings += report(session, planned, built, node)?.warnings().count();
        }
    }
    let counted = match warnings {
        0 => return Ok(()),
        1 => "one warning".to_owned(),
        several => format!("{several} warnings"),
    };
    session.terminal.note(&format!("{counted} about what is installed; `ashlar lint {goal}` shows them"));
    Ok(())
}
