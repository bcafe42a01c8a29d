// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar diff` of two releases, taken apart and compared; what may differ is one list, in `ashlar-release-bundle`.

use std::collections::BTreeMap;
use std::path::Path;

use ashlar_release_bundle::diff::{
    Entry, ErofsDecoder, JsonDecoder, KeyValueDecoder, NewcDecoder, Outcome as Found, Reason, Report, Side,
    UkiDecoder, compare,
};
use ashlar_release_bundle::limits::DOCUMENT_LIMIT;
use ashlar_release_bundle::{BundlePath, read_file};
use serde_json::json;

use crate::arguments::Global;
use crate::diff::{KernelDecoder, ModuleDecoder, SandboxedErofs};
use crate::failure::{Failure, Kind, Outcome};
use crate::session::{Session, helper};
use crate::terminal::Terminal;

/// The seed set that holds fsck.erofs.
const TOOLS: &str = "image-tools";
/// The addresses in the kernel.
const SYSTEM_MAP: &str = "System.map";

pub(crate) fn run(
    global: &Global,
    terminal: &Terminal,
    first: &Path,
    second: &Path,
) -> Result<Outcome, Failure> {
    let sides = (Side::of_directory(first)?, Side::of_directory(second)?);
    let system_map = read_file(first, &BundlePath::parse(SYSTEM_MAP)?, DOCUMENT_LIMIT)?;
    let session = Session::open(global, terminal)?;
    let planned = session.plan(&[], &[TOOLS])?;
    let built = session.build(&planned)?;
    let tools = planned.goals.first().and_then(|node| built.tree(*node, "out"));
    let tools =
        session.store.checkout(tools.ok_or_else(|| Failure::surroundings("build the image tools"))?)?;
    let scratch = session.store.scratch("diff")?;
    let report = compare(
        &sides.0,
        &sides.1,
        &[
            &JsonDecoder,
            &KeyValueDecoder,
            &NewcDecoder,
            &UkiDecoder,
            &ModuleDecoder,
            &KernelDecoder { system_map: String::from_utf8_lossy(&system_map).into_owned() },
            &ErofsDecoder(SandboxedErofs::new(&tools, scratch.path(), helper(), &session.cancel)),
        ],
    )?;
    scratch.remove()?;
    show(terminal, global.verbose, &report)?;
    Ok(Outcome(if report.is_equal() { Kind::Done } else { Kind::Unexpected }))
}

fn show(terminal: &Terminal, verbose: bool, report: &Report) -> Result<(), Failure> {
    if terminal.json() {
        let entries: Vec<_> = report
            .entries()
            .iter()
            .map(|entry| json!({"path": entry.path, "outcome": words(&entry.outcome), "differs": entry.outcome.is_difference()}))
            .collect();
        return terminal.result_json(&json!({"entries": entries, "equal": report.is_equal()}));
    }
    lines(report, verbose).iter().try_for_each(|line| terminal.result(line))
}

/// What may differ by its reason, then what may not, then the conclusion.
fn lines(report: &Report, verbose: bool) -> Vec<String> {
    let mut excused: BTreeMap<Reason, Vec<&Entry>> = BTreeMap::new();
    for entry in report.entries() {
        if let Found::Excluded { reason, .. } = entry.outcome {
            excused.entry(reason).or_default().push(entry);
        }
    }
    let mut lines = Vec::new();
    for (reason, entries) in &excused {
        lines.push(format!("{:>5} differ as they may: {}", entries.len(), meaning(*reason)));
        if verbose {
            lines.extend(
                entries.iter().map(|entry| format!("        {}: {}", entry.path, words(&entry.outcome))),
            );
        }
    }
    let identical = report.entries().iter().filter(|entry| entry.outcome == Found::Identical).count();
    lines.push(format!("{identical:>5} are identical"));
    lines.extend(report.differences().map(|entry| format!("{}: {}", entry.path, words(&entry.outcome))));
    lines.push(match report.differences().count() {
        0 => "0 differences: both are releases of one source".to_owned(),
        1 => "1 difference".to_owned(),
        count => format!("{count} differences"),
    });
    lines
}

const fn meaning(reason: Reason) -> &'static str {
    match reason {
        Reason::ModuleSignature => "signatures of modules",
        Reason::Certificate => "the certificate, its place in the kernel and the two counters beside that",
        Reason::Statement => "statements that keys make of a release",
        Reason::Version => "the version, where it is written",
        Reason::Derived => "digests, sizes and places that follow from these",
        Reason::Encoding => "how a file is packed and protected whose contents differ as above",
        Reason::Carried => "sources, which only one of them carries",
    }
}

fn words(outcome: &Found) -> String {
    match outcome {
        Found::Identical => "identical".to_owned(),
        Found::Excluded { reason, pattern } => format!("differs as it may: {reason} ({pattern})"),
        Found::Differs { offset } => format!("differs at byte {offset}"),
        Found::OnlyInFirst => "only in the first".to_owned(),
        Found::OnlyInSecond => "only in the second".to_owned(),
        Found::Order => "the same parts in another order".to_owned(),
        Found::Undecodable { reason } => format!("could not be taken apart: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_release_bundle::{Listing, Measured};

    fn report(one: &[(&str, &str)], two: &[(&str, &str)]) -> Report {
        let side = |files: &[(&str, &str)]| {
            let path = |name: &str| BundlePath::parse(name).unwrap();
            let files: BTreeMap<BundlePath, Vec<u8>> =
                files.iter().map(|(name, text)| (path(name), text.as_bytes().to_vec())).collect();
            let listing = files.iter().map(|(name, bytes)| (name.clone(), Measured::of(bytes))).collect();
            Side::new(Listing::new(listing), move |path| Ok(files[path].clone()))
        };
        compare(&side(one), &side(two), &[]).unwrap()
    }

    #[test]
    fn what_may_differ_is_counted_and_what_may_not_is_named() {
        let one =
            [("cmdline", "quiet"), ("manifest.sig", "a"), ("secure-boot.p7s", "a"), ("vmlinuz", "code")];
        let two = [("cmdline", "quiet"), ("manifest.sig", "b"), ("owners.json", "{}"), ("vmlinuz", "cope")];
        let statements = "    2 differ as they may: statements that keys make of a release";
        let equal = report(&one[..3], &two[..2]);
        let conclusion = "0 differences: both are releases of one source";
        assert_eq!(lines(&equal, false), [statements, "    1 are identical", conclusion]);
        assert_eq!(
            lines(&equal, true)[..3],
            [
                statements,
                "        manifest.sig: differs as it may: statement (manifest.sig)",
                "        secure-boot.p7s: differs as it may: statement (secure-boot.p7s)",
            ]
        );
        let other = lines(&report(&one, &two), false);
        assert_eq!(
            other[2..],
            ["owners.json: only in the second", "vmlinuz: differs at byte 2", "2 differences"]
        );
    }
}
