// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Readers of single values and arrays, from which the readers of tables are put together.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use toml::de::DeValue;

use super::scope::Scope;
use super::value::Value;
use crate::code::Code;
use crate::error::Invalid;

/// A reader of texts that `parse` accepts.
pub(crate) fn text<'a, 'i: 'a, T, E: Into<Invalid>>(
    parse: impl Fn(&str) -> Result<T, E>,
) -> impl Fn(&Value<'a, 'i>) -> Option<T> {
    move |value| {
        let DeValue::String(found) = value.value else {
            value.wrong_type("a string");
            return None;
        };
        parse(found).map_err(|cause| value.report(cause.into())).ok()
    }
}

/// A reader of any text that is not blank.
pub(crate) fn words(found: &str) -> Result<String, Invalid> {
    if found.trim().is_empty() {
        return Err(Invalid::new(Code::OutOfRange, "this must not be empty"));
    }
    Ok(found.to_owned())
}

/// A reader of one line of text.
pub(crate) fn line(found: &str) -> Result<String, Invalid> {
    if found.chars().any(char::is_control) {
        return Err(Invalid::new(Code::OutOfRange, "this must be one line without control characters"));
    }
    words(found)
}

/// A reader of any text at all.
pub(crate) fn any(found: &str) -> Result<String, Invalid> {
    Ok(found.to_owned())
}

/// A reader of integers in a range.
pub(crate) fn integer<'a, 'i: 'a>(range: RangeInclusive<i64>) -> impl Fn(&Value<'a, 'i>) -> Option<i64> {
    move |value| {
        let DeValue::Integer(found) = value.value else {
            value.wrong_type("an integer");
            return None;
        };
        match i64::from_str_radix(found.as_str(), found.radix()) {
            Ok(number) if range.contains(&number) => Some(number),
            _ => {
                let (low, high) = (range.start(), range.end());
                let message = format!("{found} is not between {low} and {high}");
                value.report(Invalid::new(Code::OutOfRange, message));
                None
            }
        }
    }
}

/// A reader of `true` and `false`.
pub(crate) fn boolean(value: &Value<'_, '_>) -> Option<bool> {
    match value.value {
        DeValue::Boolean(found) => Some(*found),
        _ => {
            value.wrong_type("`true` or `false`");
            None
        }
    }
}

/// A reader of tables.
pub(crate) fn table<'a, 'i: 'a, T>(
    read: impl Fn(&Scope<'a, 'i>) -> Option<T>,
) -> impl Fn(&Value<'a, 'i>) -> Option<T> {
    move |value| value.table(&read)
}

/// A reader of arrays; after a fault in any item there is no result.
pub(crate) fn list<'a, 'i: 'a, T>(
    read: impl Fn(&Value<'a, 'i>) -> Option<T>,
) -> impl Fn(&Value<'a, 'i>) -> Option<Vec<T>> {
    move |value| {
        let DeValue::Array(items) = value.value else {
            value.wrong_type("an array");
            return None;
        };
        let mut list = Vec::new();
        let mut whole = true;
        for (index, item) in items.iter().enumerate() {
            let item = Value {
                document: value.document,
                faults: value.faults,
                path: format!("{}[{index}]", value.path),
                value: item.get_ref(),
            };
            match read(&item) {
                Some(item) => list.push(item),
                None => whole = false,
            }
        }
        whole.then_some(list)
    }
}

/// A reader of arrays of texts, none of which may stand there twice.
pub(crate) fn distinct<'a, 'i: 'a, T, E: Into<Invalid>>(
    parse: impl Fn(&str) -> Result<T, E>,
) -> impl Fn(&Value<'a, 'i>) -> Option<Vec<T>> {
    move |value| {
        let seen = RefCell::new(BTreeSet::new());
        list(|item| {
            let parsed = text(&parse)(item)?;
            if let DeValue::String(found) = item.value
                && !seen.borrow_mut().insert(found.as_ref())
            {
                item.report(Invalid::new(Code::Duplicate, format!("`{found}` is stated twice")));
            }
            Some(parsed)
        })(value)
    }
}
