// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Our SBOM documents in the hands of other people's programs: validators, and the scanners that users run.
//!
//! `fetch.sh` (`just sbom-readers`) brings the programs, pinned; `tools` finds them, or says how to get them. The documents
//! are those of a small OS (`samples`), and of a real image where the environment names a folder of them (`given`).
//! Scanners get a database (`database`) of published records (`records`), and have to find what is planted, and nothing
//! else. The [`recount`] asks no reader of SBOMs at all: it counts again what lies in a root.
#![forbid(unsafe_code)]

pub mod recount;

#[cfg(test)]
mod database;
#[cfg(test)]
mod given;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod records;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod scan;
#[cfg(test)]
mod scanners;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod tools;
#[cfg(test)]
mod validators;
