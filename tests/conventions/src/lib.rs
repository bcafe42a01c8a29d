// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Architecture and style rules that the compiler cannot hold.
//!
//! Each module is one rule: a function that names every violation, a test that applies it to the repository, and a test
//! that shows it finding a planted violation. A rule that gets in the way of clarity is changed here, with the reason.
#![forbid(unsafe_code)]

#[cfg(test)]
mod arrows;
#[cfg(test)]
mod cpes;
#[cfg(test)]
mod crate_roots;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod fuzz_targets;
#[cfg(test)]
mod hosts;
#[cfg(test)]
mod licences;
#[cfg(test)]
mod machine_paths;
#[cfg(test)]
mod manifests;
#[cfg(test)]
mod names;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod pipeline;
#[cfg(test)]
mod purity;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod repository;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod source_files;
#[cfg(test)]
mod workspaces;
