// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Runs of grype and syft: what they find in a document, and what they say about it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::database;
use crate::records::{self, Record};
use crate::samples::Written;
use crate::tools::{self, Tools};

/// grype with a database of its own, and syft.
#[derive(Debug)]
pub(crate) struct Scanners {
    programs: PathBuf,
    folder: tempfile::TempDir,
}

/// What grype finds: the record's number, name and version of the component.
pub(crate) type Matches = BTreeSet<(String, String, String)>;

/// What syft takes for a component: name, version, purl, first CPE.
pub(crate) type Components = BTreeSet<(String, String, String, Option<String>)>;

/// What syft says of every conversion, whatever it converts; it has no other command that reads a document.
const EXPERIMENTAL: &str = "WARN convert is an experimental feature, run `syft convert -h` for help";

impl Scanners {
    /// With the database of records/; none where the programs are missing.
    pub(crate) fn ready() -> Option<Self> {
        Self::knowing(&records::all())
    }

    /// With a database of `records`; none where the programs are missing.
    pub(crate) fn knowing(records: &[Record]) -> Option<Self> {
        let (programs, python) = (Tools::Scanners.folder_of()?, Tools::Python.folder_of()?);
        let folder = tempfile::tempdir().unwrap();
        let database = database::make(&python, folder.path(), records);
        let scanners = Self { programs, folder };
        let imported = scanners.grype(&["db", "import", database.to_str().unwrap()]);
        assert!(imported.status.success(), "import: {}", tools::said(&imported));
        Some(scanners)
    }

    /// Where documents can be written.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn grype(&self, arguments: &[&str]) -> Output {
        let cache = self.folder.path().join("grype");
        let variables = [
            ("GRYPE_DB_CACHE_DIR", cache.to_str().unwrap()),
            ("GRYPE_DB_AUTO_UPDATE", "false"),
            ("GRYPE_DB_VALIDATE_AGE", "false"),
            ("GRYPE_CHECK_FOR_APP_UPDATE", "false"),
            ("GRYPE_LOG_LEVEL", "warn"),
            ("NO_COLOR", "1"),
        ];
        tools::run(self.folder.path(), &self.programs.join("grype"), &variables, arguments)
    }

    /// What grype finds in `document`, and what it says.
    pub(crate) fn matches(&self, document: &Written) -> (Matches, Vec<String>) {
        let output = self.grype(&[&format!("sbom:{}", document.path()), "--output", "json"]);
        assert!(output.status.success(), "{}: {}", document.path(), tools::said(&output));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = report["matches"].as_array().unwrap().iter().map(|it| {
            let of = |part: &str, key: &str| it[part][key].as_str().unwrap().to_owned();
            (of("vulnerability", "id"), of("artifact", "name"), of("artifact", "version"))
        });
        assert_eq!(report["ignoredMatches"].as_array().map_or(0, Vec::len), 0, "{report:#}");
        (found.collect(), complaints(&output))
    }

    /// What syft reads from `document`, and what it says.
    pub(crate) fn components(&self, document: &Written) -> (Components, Vec<String>) {
        let variables =
            [("SYFT_CHECK_FOR_APP_UPDATE", "false"), ("SYFT_LOG_LEVEL", "warn"), ("NO_COLOR", "1")];
        let arguments = ["convert", document.path(), "--output", "syft-json"];
        let output = tools::run(self.folder.path(), &self.programs.join("syft"), &variables, &arguments);
        assert!(output.status.success(), "{}: {}", document.path(), tools::said(&output));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let components = report["artifacts"].as_array().unwrap().iter().map(|it| {
            let of = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
            (of("name"), of("version"), of("purl"), it["cpes"][0]["cpe"].as_str().map(str::to_owned))
        });
        let mut complaints = complaints(&output);
        complaints.retain(|line| !line.ends_with(EXPERIMENTAL));
        (components.collect(), complaints)
    }
}

/// What a scanner says beside its report: warnings and errors.
fn complaints(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}
