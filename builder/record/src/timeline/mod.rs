// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A record as one page that needs nothing but itself: no script, no other file, no network.
//!
//! All text of the record goes through the template's escaping, and the page's own policy
//! (`Content-Security-Policy`) lets nothing run and nothing be loaded, should an escape be missing one day.

mod amounts;
mod page;
#[cfg(test)]
mod tests;

use handlebars::Handlebars;

use crate::{BuildRecord, RecordError};

/// The page around what [`page::Page`] holds.
const TEMPLATE: &str = include_str!("page.hbs");
const NAME: &str = "timeline";

/// The page of a record: HTML that can be read without a script, and by who does not see the chart.
///
/// # Errors
/// [`RecordError::Render`], which would be a mistake in the template.
pub fn timeline(record: &BuildRecord) -> Result<String, RecordError> {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    let wrong = |reason: String| RecordError::Render { reason };
    engine.register_template_string(NAME, TEMPLATE).map_err(|error| wrong(error.to_string()))?;
    engine.render(NAME, &page::Page::of(record)).map_err(|error| wrong(error.to_string()))
}
