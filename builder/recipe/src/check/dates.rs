// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Exceptions whose time is over.

use super::reporter::Reporter;
use crate::attribute::Attribute;
use crate::code::Code;
use crate::date::Date;
use crate::diagnostic::Diagnostics;
use crate::error::Invalid;
use crate::set::RecipeSet;

/// See [`RecipeSet::check_dates`].
pub(crate) fn dates(set: &RecipeSet, now: i64) -> Diagnostics {
    let mut faults = Diagnostics::new();
    for entry in set.recipes.values() {
        let mut reporter = Reporter { document: &entry.parsed.document, faults: &mut faults };
        for (index, output) in entry.parsed.value.outputs.iter().enumerate() {
            let key = format!("output[{index}]");
            for (number, exception) in output.exceptions.iter().enumerate() {
                report_expired(
                    &mut reporter,
                    &format!("{key}.exception[{number}].until"),
                    exception.until,
                    now,
                );
            }
            report_attributes(&mut reporter, &key, &output.attributes, now);
        }
    }
    for parsed in set.images.values() {
        let mut reporter = Reporter { document: &parsed.document, faults: &mut faults };
        report_attributes(&mut reporter, "root", &parsed.value.root.attributes, now);
    }
    faults
}

fn report_attributes(reporter: &mut Reporter<'_>, key: &str, attributes: &[Attribute], now: i64) {
    for (index, attribute) in attributes.iter().enumerate() {
        report_expired(reporter, &format!("{key}.attribute[{index}].until"), attribute.until, now);
    }
}

fn report_expired(reporter: &mut Reporter<'_>, key_path: &str, until: Option<Date>, now: i64) {
    if let Some(until) = until.filter(|until| until.is_over(now)) {
        let invalid = Invalid::new(Code::Expired, format!("this exception held until {until}"))
            .help("remove what needs it, or look at it again and set a later day");
        reporter.report(key_path, invalid);
    }
}
