// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The readers of a release's files, as the targets in fuzz/ reach them: bytes in, what was understood out.
//!
//! Everybody else has [`verify`](crate::verify) and [`compare`](crate::compare()), which give findings and not contents.

use std::ops::Range;

use crate::compare::place;
use crate::image::{archive, sections};
use crate::inputs::Inputs;
use crate::manifest::Manifest;
use crate::release_json::ReleaseJson;

/// The one text of what `manifest.json` says; nothing where it is refused.
#[must_use]
pub fn manifest(bytes: &[u8]) -> Option<String> {
    Manifest::parse(bytes).ok()?.canonical().ok()
}

/// Name and digest of an input, and the first place where it is to be had.
pub type Place = (String, String, Option<String>);

/// Each input in `inputs.json`; nothing where it is refused.
#[must_use]
pub fn inputs(bytes: &[u8]) -> Option<Vec<Place>> {
    let inputs = Inputs::parse(bytes).ok()?;
    let places = inputs.places();
    Some(places.map(|((name, digest), place)| (name.into(), digest.into(), place.map(Into::into))).collect())
}

/// Whether these bytes are taken for `release.json`.
#[must_use]
pub fn release_json(bytes: &[u8]) -> bool {
    ReleaseJson::parse(bytes).is_ok()
}

/// Name of each entry of an initramfs, and where its content lies; nothing where it is refused.
#[must_use]
pub fn archive(bytes: &[u8]) -> Option<Vec<(String, Range<usize>)>> {
    let entries = archive::entries(bytes).ok()?;
    Some(entries.into_iter().map(|entry| (entry.name, entry.content)).collect())
}

/// Name of each section of an EFI program, and where its content lies; nothing where it is refused.
#[must_use]
pub fn sections(bytes: &[u8]) -> Option<Vec<(String, Range<usize>)>> {
    let program = sections::Program::read(bytes).ok()?;
    Some(program.sections.into_iter().map(|section| (section.name, section.content)).collect())
}

/// The parts in which two versions of the file at `path` part, outermost first.
#[must_use]
pub fn place(path: &str, ours: &[u8], theirs: &[u8]) -> Vec<String> {
    place::of_difference(path, ours, theirs)
}
