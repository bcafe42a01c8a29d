// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar why`: what changed since a recipe or image was built last, down to the first cause. Nothing is built.

use crate::arguments::Global;
use crate::failure::{Failure, Outcome};
use crate::outlook::Outlook;
use crate::session::Session;
use crate::terminal::Terminal;
use crate::why::{History, Question};

pub(crate) fn run(global: &Global, terminal: &Terminal, what: &str) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let goal = session.goal(what)?;
    let planned = session.plan(std::slice::from_ref(&goal), &[])?;
    let outlook = Outlook::of(&session.store, &planned.graph, &planned.goals)?;
    let history = History::of(&session.store, session.kept_derivations()?)?;
    let question = Question {
        store: &session.store,
        recipes: &session.recipes,
        graph: &planned.graph,
        catalog: &planned.catalog,
        outlook: &outlook,
        history: &history,
    };
    let answer = question.ask(planned.goals[0])?;
    if terminal.json() {
        terminal.result_json(&answer.to_json())?;
    } else {
        answer.lines().iter().try_for_each(|line| terminal.result(line))?;
    }
    Ok(Outcome::DONE)
}
