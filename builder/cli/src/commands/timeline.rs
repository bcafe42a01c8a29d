// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar timeline`: the record of a build as one HTML page, and its critical path.

use std::path::{Path, PathBuf};

use ashlar_record::{BuildRecord, CriticalPath, Totals, timeline};
use serde_json::{Value, json};

use crate::arguments::Global;
use crate::failure::{Failure, Outcome};
use crate::output_file;
use crate::session::open_store;
use crate::terminal::Terminal;

pub(crate) fn run(
    global: &Global,
    terminal: &Terminal,
    record: Option<&Path>,
    output: Option<&Path>,
) -> Result<Outcome, Failure> {
    let path = find(global, terminal, record)?;
    let bytes = std::fs::read(&path).map_err(|cause| {
        Failure::surroundings(format!("read the build record {}: {cause}", path.display()))
    })?;
    let record = BuildRecord::read(&bytes)?;
    let page = timeline(&record)?;
    if let Some(output) = output {
        output_file::write(output, "the page", page.as_bytes())?;
    }
    if terminal.json() {
        terminal.result_json(&summary(&path, &record))?;
    } else if output.is_some() {
        lines(&record).iter().try_for_each(|line| terminal.result(line))?;
    } else {
        terminal.result(page.trim_end())?;
    }
    Ok(Outcome::DONE)
}

/// The record that is meant: a file; a name in the store; or the newest there.
fn find(global: &Global, terminal: &Terminal, record: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = record.filter(|path| path.exists()) {
        return Ok(path.to_owned());
    }
    let records = open_store(global, terminal)?.records()?;
    let help = Some(
        "`ashlar build WHAT` writes one; `ashlar store path` says where they lie, in `records`".to_owned(),
    );
    let Some(name) = record else {
        return records.into_iter().next_back().ok_or_else(|| Failure::Finding {
            message: "find a build record: the store has none".to_owned(),
            help,
        });
    };
    let named = |path: &PathBuf| {
        path.file_name() == Some(name.as_os_str()) || path.file_stem() == Some(name.as_os_str())
    };
    records.into_iter().find(named).ok_or_else(|| Failure::Usage {
        message: format!(
            "find the build record {}: it is neither a file nor a record of the store",
            name.display()
        ),
        help,
    })
}

/// What programs ask of a record.
fn summary(path: &Path, record: &BuildRecord) -> Value {
    let totals = Totals::of(record);
    let path_of_build = CriticalPath::of(record);
    let steps = path_of_build
        .steps()
        .iter()
        .map(|step| json!({"name": record.derivations()[step.derivation].name, "took_ms": step.took_ms}));
    json!({
        "record": path.display().to_string(),
        "what": record.what(),
        "start_ms": record.start_ms(),
        "complete": record.is_complete(),
        "succeeded": record.succeeded(),
        "jobs": record.jobs(),
        "wall_ms": totals.wall_ms,
        "busy_ms": totals.busy_ms,
        "cpu_ms": totals.cpu_ms,
        "sources_ms": record.sources().map(|sources| sources.ended_ms - sources.begun_ms),
        "bytes_in": totals.bytes_in,
        "bytes_out": totals.bytes_out,
        "built": totals.built,
        "hits": totals.hits,
        "failed": totals.failed,
        "interrupted": totals.interrupted,
        "skipped": totals.skipped,
        "critical_path": {"took_ms": path_of_build.total_ms(), "steps": steps.collect::<Vec<_>>()},
    })
}

/// The same for people.
fn lines(record: &BuildRecord) -> Vec<String> {
    let totals = Totals::of(record);
    let path = CriticalPath::of(record);
    let seconds = |ms: u64| format!("{}.{} s", ms / 1000, ms % 1000 / 100);
    let mut lines: Vec<String> = path
        .steps()
        .iter()
        .map(|step| format!("{:>10}  {}", seconds(step.took_ms), record.derivations()[step.derivation].name))
        .collect();
    lines.push(format!(
        "critical path {} of {}; {} built, {} hits",
        seconds(path.total_ms()),
        seconds(totals.wall_ms),
        totals.built,
        totals.hits
    ));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = concat!(
        r#"{"build":{"format":"ashlar-build-record","schema":1,"what":["it"],"start_ms":1,"jobs":1}}"#,
        "\n",
        r#"{"derivation":{"name":"package a","kind":"unpack-deb@1","needs":[]}}"#,
        "\n",
        r#"{"derivation":{"name":"recipe it","kind":"sandboxed","needs":[0]}}"#,
        "\n",
        r#"{"begun":{"derivation":0,"digest":"7777777777777777777777777777777777777777777777777777777777777777","queued_ms":0,"begun_ms":0,"worker":0}}"#,
        "\n",
        r#"{"ended":{"derivation":0,"ended_ms":1250,"outcome":"built","used":{}}}"#,
        "\n",
        r#"{"begun":{"derivation":1,"digest":"7777777777777777777777777777777777777777777777777777777777777777","queued_ms":1250,"begun_ms":1250,"worker":0}}"#,
        "\n",
    );

    #[test]
    fn the_critical_path_is_told_to_people_and_to_programs() {
        let record = BuildRecord::read(RECORD.as_bytes()).unwrap();
        assert_eq!(
            lines(&record),
            ["     1.2 s  package a", "critical path 1.2 s of 1.2 s; 1 built, 0 hits"]
        );
        let summary = summary(Path::new("/x"), &record);
        assert_eq!(
            summary["critical_path"],
            json!({"took_ms": 1250, "steps": [{"name": "package a", "took_ms": 1250}]})
        );
        assert_eq!((&summary["complete"], &summary["interrupted"]), (&json!(false), &json!(1)));
    }
}
