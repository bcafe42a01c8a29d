// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What was found in the outputs of a build: the reports that the store has of it.

use ashlar_engine::Built;
use ashlar_lint::Report;
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
    let mut reports = Vec::new();
    for node in planned.graph.lints(&planned.goals) {
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
        reports.push(Report::parse(&text).map_err(|cause| wrong(chain(&cause)))?);
    }
    Ok(reports)
}

/// One line for all warnings, where there are any.
pub(crate) fn tell_of_warnings(
    session: &Session<'_>,
    goal: &str,
    planned: &Planned,
    built: &Built,
) -> Result<(), Failure> {
    let reports = reports(session, planned, built)?;
    let warnings: usize = reports.iter().map(|report| report.warnings().count()).sum();
    if warnings > 0 {
        session
            .terminal
            .note(&format!("{warnings} warnings about what is installed; `ashlar lint {goal}` shows them"));
    }
    Ok(())
}
