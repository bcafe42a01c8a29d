// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A database for grype, of schema 6 (anchore/grype v0.115.0, `grype/db/v6/models.go` and `blobs.go`): SQLite, written by SQL.
//!
//! ```text
//! providers ◀── vulnerability_handles ◀── affected_cpe_handles ──▶ cpes
//!                        │           ◀── affected_package_handles ──▶ packages
//!                        ▼                          ▼
//!                      blobs (VulnerabilityBlob, PackageBlob: JSON)
//! ```
//!
//! Only tables that get rows are made; `grype db import` adds the others, and all indexes.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::records::{Range, Record, Subject};
use crate::tools::{self, own};

const TABLES: &str = "
CREATE TABLE blobs (id integer PRIMARY KEY AUTOINCREMENT, value text NOT NULL);
CREATE TABLE db_metadata (build_timestamp datetime NOT NULL, model integer NOT NULL, revision integer NOT NULL,
  addition integer NOT NULL);
CREATE TABLE providers (id text, version text, processor text, date_captured datetime, input_digest text, PRIMARY KEY (id));
CREATE TABLE vulnerability_handles (id integer PRIMARY KEY AUTOINCREMENT, name text NOT NULL, status text NOT NULL,
  published_date datetime, modified_date datetime, withdrawn_date datetime, provider_id text NOT NULL, blob_id integer,
  CONSTRAINT fk_vulnerability_handles_provider FOREIGN KEY (provider_id) REFERENCES providers(id));
CREATE TABLE packages (id integer PRIMARY KEY AUTOINCREMENT, ecosystem text, name text);
CREATE TABLE cpes (id integer PRIMARY KEY AUTOINCREMENT, part text NOT NULL, vendor text, product text NOT NULL, edition text,
  language text, software_edition text, target_hardware text, target_software text, other text);
CREATE TABLE affected_package_handles (id integer PRIMARY KEY AUTOINCREMENT, vulnerability_id integer NOT NULL,
  operating_system_id integer, package_id integer, blob_id integer);
CREATE TABLE affected_cpe_handles (id integer PRIMARY KEY AUTOINCREMENT, vulnerability_id integer NOT NULL, cpe_id integer,
  blob_id integer);
";

/// Any moment will do: the age of the database is not asked for.
const MOMENT: &str = "2026-01-01 00:00:00+00:00";

/// Makes the database of `records` in `folder`, by the Python in `python`.
pub(crate) fn make(python: &Path, folder: &Path, records: &[Record]) -> PathBuf {
    let (statements, database) = (folder.join("vulnerability.sql"), folder.join("vulnerability.db"));
    fs::write(&statements, sql(records)).unwrap();
    let script = own("python/database.py");
    let arguments = ["-I", script.as_str(), database.to_str().unwrap(), statements.to_str().unwrap()];
    let output = tools::run(folder, &python.join("venv/bin/python"), &[], &arguments);
    assert!(output.status.success(), "{}", tools::said(&output));
    database
}

fn sql(records: &[Record]) -> String {
    let mut sql = format!("BEGIN;{TABLES}");
    let mut insert = |table: &str, columns: &str, values: &[&str]| {
        let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
        writeln!(sql, "INSERT INTO {table} ({columns}) VALUES ({});", values.join(", ")).unwrap();
    };
    insert("db_metadata", "build_timestamp, model, revision, addition", &[MOMENT, "6", "1", "7"]);
    let mut providers: Vec<&str> = records.iter().map(|record| record.provider).collect();
    providers.sort_unstable();
    providers.dedup();
    for provider in providers {
        let columns = "id, version, processor, date_captured, input_digest";
        insert("providers", columns, &[provider, "1", "ashlar-tests", MOMENT, "sha256:0"]);
    }
    for (number, record) in (1..).zip(records) {
        // Each record has a vulnerability, two blobs and one subject: their numbers follow from its own.
        let (id, first, second) =
            (number.to_string(), (number * 2 - 1).to_string(), (number * 2).to_string());
        insert("blobs", "id, value", &[&first, &vulnerability_blob(record)]);
        insert("blobs", "id, value", &[&second, &package_blob(record)]);
        let columns = "id, name, status, provider_id, blob_id";
        insert("vulnerability_handles", columns, &[&id, &record.id, "active", record.provider, &first]);
        match &record.subject {
            Subject::Cpe { part, vendor, product } => {
                let columns = "id, part, vendor, product, edition, language, software_edition, target_hardware, target_software, other";
                insert("cpes", columns, &[&id, part, vendor, product, "", "", "", "", "", ""]);
                insert("affected_cpe_handles", "vulnerability_id, cpe_id, blob_id", &[&id, &id, &second]);
            }
            Subject::Name { ecosystem, name } => {
                insert("packages", "id, ecosystem, name", &[&id, ecosystem, name]);
                insert(
                    "affected_package_handles",
                    "vulnerability_id, package_id, blob_id",
                    &[&id, &id, &second],
                );
            }
        }
    }
    sql + "COMMIT;\n"
}

/// As text; SQLite turns it into a number where the column is one.
fn literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn vulnerability_blob(record: &Record) -> String {
    let severity = json!({ "scheme": "CHML", "value": "high", "rank": 1 });
    json!({ "id": record.id, "description": "planted", "aliases": record.aliases, "severities": [severity] })
        .to_string()
}

fn package_blob(record: &Record) -> String {
    let range = |range: &Range| {
        let version = json!({ "type": record.order, "constraint": constraint(range) });
        let fix = range.before.as_ref().map(|version| json!({ "version": version, "state": "fixed" }));
        json!({ "version": version, "fix": fix })
    };
    let cves: Vec<&String> = record.aliases.iter().filter(|alias| alias.starts_with("CVE-")).collect();
    json!({ "cves": cves, "ranges": record.ranges.iter().map(range).collect::<Vec<_>>() }).to_string()
}

/// The parser of Go versions wants a comma and no blanks.
fn constraint(range: &Range) -> String {
    let from = range.from.iter().map(|version| format!(">={version}"));
    let before = range.before.iter().map(|version| format!("<{version}"));
    from.chain(before).collect::<Vec<_>>().join(",")
}

#[test]
fn a_record_cannot_leave_its_literal() {
    assert_eq!(literal("o'); DROP TABLE blobs; --"), "'o''); DROP TABLE blobs; --'");
}
