// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar trial` (hidden): boots a kernel with a program that tries to load each module of a disk, and prints what the kernel said.

use std::path::Path;
use std::time::Duration;

use ashlar_images::write_newc;
use ashlar_store::CaptureOptions;
use ashlar_tree::{Node, Tree, TreePath};
use serde_json::json;

use crate::arguments::Global;
use crate::boot::{TrialRequest, try_modules};
use crate::failure::{Failure, Outcome, chain};
use crate::session::{Goal, Session, helper};
use crate::terminal::Terminal;

/// The recipe of the program, and where it lies in its output.
const RECIPE: &str = "module-trial";
const PROGRAM: &str = "usr/bin/module-trial";
/// Where it mounts.
const FOLDERS: [&str; 4] = ["dev", "disk", "proc", "sys"];
const TOOLS: &str = "test-tools";
/// The console must be the serial port.
const COMMAND_LINE: &str = "console=ttyS0,115200 panic=-1";
const TIMEOUT: Duration = Duration::from_secs(300);

pub(crate) fn run(
    global: &Global,
    terminal: &Terminal,
    kernel: &Path,
    modules: &Path,
) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let options = CaptureOptions { attributes: None, unlock: false, skip: None };
    let disk = session.store.capture(modules, options)?;
    let disk = session.store.put_tree(&disk)?;
    let recipe = session.recipes.find_recipe(RECIPE)?;
    let planned = session.plan_disk(&[Goal::Recipe(recipe)], &[TOOLS], disk)?;
    let built = session.build(&planned)?;
    let missing = || Failure::surroundings("build the trial");
    let tree = |position: usize, output: &str| -> Result<_, Failure> {
        let node = planned.goals.get(position).ok_or_else(missing)?;
        Ok(session.store.checkout(built.tree(*node, output).ok_or_else(missing)?)?)
    };
    let last = planned.goals.len();
    let program = tree(0, "runtime")?.join(PROGRAM);
    let tools = tree(last.saturating_sub(2), "out")?;
    let disk = tree(last.saturating_sub(1), "out")?.join("root.erofs");
    let scratch = session.store.scratch("trial")?;
    let initramfs = scratch.path().join("initramfs.cpio");
    std::fs::write(&initramfs, archive(&session, &program)?)
        .map_err(|cause| Failure::surroundings(format!("write {}: {cause}", initramfs.display())))?;
    let request = TrialRequest {
        tools: &tools,
        kernel,
        initramfs: &initramfs,
        disk: &disk,
        command_line: COMMAND_LINE,
        memory_mib: 512,
        cpus: 1,
        timeout: TIMEOUT,
        scratch: scratch.path(),
        helper: &helper(),
        cancel: &session.cancel,
        console: &scratch.path().join("console"),
    };
    let report = try_modules(&request, &|line| terminal.note(&format!("  | {line}")))
        .map_err(|cause| Failure::surroundings(chain(&cause)))?;
    scratch.remove()?;
    terminal.result_json(&json!(report))?;
    Ok(Outcome::DONE)
}

/// The initramfs of the machine: the program as /init, and where it mounts.
fn archive(session: &Session<'_>, program: &Path) -> Result<Vec<u8>, Failure> {
    let wrong = |cause: String| Failure::surroundings(format!("make the initramfs of the trial: {cause}"));
    let path = |text: &str| TreePath::parse(text).map_err(|cause| wrong(cause.to_string()));
    let mut tree = Tree::new();
    for name in FOLDERS {
        tree.insert(path(name)?, Node::directory()).map_err(|cause| wrong(cause.to_string()))?;
    }
    let (blob, size) = session.store.add_file(program)?;
    tree.insert(path("init")?, Node::file(blob, size, true)).map_err(|cause| wrong(cause.to_string()))?;
    let mut bytes = Vec::new();
    let blobs = crate::release::StoreBlobs(&session.store);
    write_newc(&tree, &blobs, 0, &mut bytes).map_err(|cause| wrong(chain(&cause)))?;
    Ok(bytes)
}
