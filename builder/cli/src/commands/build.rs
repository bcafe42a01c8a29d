// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar build`: makes recipes and images, prints their digests, compares with what is expected.

use std::collections::BTreeMap;

use ashlar_engine::Built;
use ashlar_plan::NodeId;
use ashlar_recipe::ImageDefinition;
use serde_json::{Map, Value, json};

use crate::arguments::Global;
use crate::expected::{self, Digests};
use crate::failure::{Failure, Kind, Outcome};
use crate::lint_reports;
use crate::session::{Goal, Planned, Session};
use crate::terminal::Terminal;

pub(crate) fn run(
    global: &Global,
    terminal: &Terminal,
    what: &[String],
    accept: bool,
) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let mut outcome = Outcome::DONE;
    let mut json = Map::new();
    for name in what {
        let goal = session.goal(name)?;
        let planned = session.plan(std::slice::from_ref(&goal), &[])?;
        let built = session.build(&planned)?;
        lint_reports::tell_of_warnings(&session, goal.name(), &planned, &built)?;
        let artifacts = match &goal {
            Goal::Image(image) | Goal::Identified(image, _) => {
                let found = image_digests(&session, image, &planned, &built)?;
                let against = if accept { Against::Accept } else { Against::All };
                if !judge(&session, image, &found, against)? {
                    outcome = Outcome(Kind::Unexpected);
                }
                found
            }
            Goal::Recipe(recipe) => recipe_digests(&format!("recipe {}", recipe.name), &planned, &built)?,
        };
        if terminal.json() {
            json.insert(goal.name().to_owned(), json!(artifacts));
            continue;
        }
        for (artifact, digest) in artifacts {
            terminal.result(&format!("{digest}  {artifact}"))?;
        }
    }
    if terminal.json() {
        terminal.result_json(&Value::Object(json))?;
    }
    Ok(outcome)
}

/// The artifacts of every goal of one plan, by the goal's name.
pub(crate) fn goal_digests(
    session: &Session<'_>,
    goals: &[Goal<'_>],
    planned: &Planned,
    built: &Built,
) -> Result<BTreeMap<String, Digests>, Failure> {
    let mut all = BTreeMap::new();
    for goal in goals {
        let digests = match goal {
            Goal::Image(image) | Goal::Identified(image, _) => image_digests(session, image, planned, built)?,
            Goal::Recipe(recipe) => recipe_digests(&format!("recipe {}", recipe.name), planned, built)?,
        };
        all.insert(goal.name().to_owned(), digests);
    }
    Ok(all)
}

/// The outputs of the recipe whose node is `key`.
fn recipe_digests(key: &str, planned: &Planned, built: &Built) -> Result<Digests, Failure> {
    let Some(node) = planned.graph.find(key) else {
        return Err(Failure::Finding { message: format!("find {key} in the plan"), help: None });
    };
    let key = &planned.graph.node(node).key;
    let own = built.trees.iter().filter(|(port, _)| port.node == node);
    Ok(own.map(|(port, tree)| (format!("{key}:{}", port.output), tree.to_string())).collect())
}

/// All artifacts of an image that the plan has, and its root hash.
pub(crate) fn image_digests(
    session: &Session<'_>,
    image: &ImageDefinition,
    planned: &Planned,
    built: &Built,
) -> Result<Digests, Failure> {
    let goal = planned.graph.find(&format!("image {}", image.name)).ok_or_else(|| Failure::Finding {
        message: format!("find image {} in the plan", image.name),
        help: None,
    })?;
    let mut found = expected::digests(&planned.graph, goal, built);
    if let Some(agent) = session.signing_agent(image).map(|agent| format!("recipe {agent}"))
        && planned.graph.find(&agent).is_some()
    {
        found.extend(recipe_digests(&agent, planned, built)?);
    }
    let hash = root_hash(session, image, goal, built)?;
    found.insert(expected::ROOT_HASH.to_owned(), hash);
    Ok(found)
}

/// The root hash that the image's own description states.
fn root_hash(
    session: &Session<'_>,
    image: &ImageDefinition,
    goal: NodeId,
    built: &Built,
) -> Result<String, Failure> {
    let wrong = |reason: &str| Failure::Finding {
        message: format!("read the root hash of image {}: {reason}", image.name),
        help: None,
    };
    let digest = built.tree(goal, "out").ok_or_else(|| wrong("it is not built"))?;
    let tree = session.store.get_tree(digest)?;
    let path = "boot.json".parse().map_err(|_| wrong("no path"))?;
    let Some(ashlar_tree::Node::File { blob, .. }) = tree.get(&path) else {
        return Err(wrong("it has no boot.json"));
    };
    let boot: Value = serde_json::from_slice(&session.store.read_blob(*blob)?)
        .map_err(|cause| wrong(&cause.to_string()))?;
    boot.pointer("/root/root_hash")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| wrong("boot.json does not state it"))
}

/// What an image's artifacts are held against.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Against<'a> {
    /// Everything that `ashlar.expected` says of the image.
    All,
    /// That without the artifacts whose names begin so, which were not built.
    AllBut(&'a str),
    /// Nothing: they are what is expected from now on.
    Accept,
}

/// Compares with `ashlar.expected`, or rewrites it; gives whether what was found is expected now.
pub(crate) fn judge(
    session: &Session<'_>,
    image: &ImageDefinition,
    found: &Digests,
    against: Against<'_>,
) -> Result<bool, Failure> {
    let (name, platform) = (image.name.as_str(), image.platform.as_str());
    let terminal = session.terminal;
    let left_out = match against {
        Against::AllBut(prefix) => Some(prefix),
        Against::Accept | Against::All => None,
    };
    let changes = expected::compare(&session.root, name, platform, found, left_out)?;
    if matches!(against, Against::Accept) {
        expected::accept(&session.root, name, platform, found)?;
        for line in changes
            .unwrap_or_else(|| vec![format!("+ image {name} on {platform}: {} artifacts", found.len())])
        {
            terminal.note(&line);
        }
        return Ok(true);
    }
    match changes {
        None => {
            terminal.note(&format!("ashlar.expected says nothing of image {name} on {platform}; `ashlar build {name} --accept` writes it"));
            Ok(false)
        }
        Some(lines) if lines.is_empty() => {
            terminal
                .note(&format!("image {name}: all {} artifacts are as ashlar.expected says", found.len()));
            Ok(true)
        }
        Some(lines) => {
            terminal.note(&format!("image {name} is not what ashlar.expected says:"));
            for line in lines {
                terminal.note(&format!("  {line}"));
            }
            terminal.note(&format!("help: if a recipe was changed on purpose, `ashlar build {name} --accept` writes the new digests"));
            Ok(false)
        }
    }
}
