// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An inventory as one page for people that needs nothing but itself: no other file, no network.
//!
//! Names are those of strangers: all of them go through the template's escaping. The page's own policy
//! (`Content-Security-Policy`) lets nothing be loaded and runs one script, ours, by its digest, should an escape be missing one day.
//! Without the script everything is there to be read; with it, it can be searched.

mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use handlebars::Handlebars;
use sha2::Digest as _;

use crate::component::ComponentId;
use crate::error::SbomError;
use crate::reading::Reading;

/// The page around what [`rows::Page`] holds.
const TEMPLATE: &str = include_str!("page/page.hbs");
/// What makes it searchable.
const SCRIPT: &str = include_str!("page/search.js");
const NAME: &str = "sbom";

/// The page of a document: its components with versions, licences, suppliers, and what is linked into what; and how many
/// bytes each brings, which no document says, as far as `sizes` has them.
///
/// # Errors
/// [`SbomError::Page`], which would be a mistake in the template.
pub fn page(reading: &Reading, sizes: &BTreeMap<ComponentId, u64>) -> Result<String, SbomError> {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    let wrong = |reason: String| SbomError::Page { reason };
    engine.register_template_string(NAME, TEMPLATE).map_err(|error| wrong(error.to_string()))?;
    let page = rows::Page::of(reading, sizes, SCRIPT, digest(SCRIPT));
    engine.render(NAME, &page).map_err(|error| wrong(error.to_string()))
}

/// As a policy names a script (CSP level 3, `hash-source`).
fn digest(script: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(sha2::Sha256::digest(script)))
}
