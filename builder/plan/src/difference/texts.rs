// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Parts of an encoding as texts, so that they can be compared line by line, and lists of them aligned.

use serde_json::Value;

use super::Difference;

/// A value as people read it: a text as it is, nothing as nothing, all else as indented JSON.
pub(super) fn pretty(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => format!("{other:#}\n"),
    }
}

/// Each item of a list with the word for its kind.
pub(super) fn step_texts(list: &Value) -> Vec<(String, String)> {
    list.as_array().into_iter().flatten().map(step_text).collect()
}

fn step_text(step: &Value) -> (String, String) {
    let text = |key: &str| step.get(key).and_then(Value::as_str).map(str::to_owned);
    if let Some(kind) = text("typed") {
        let parameters = step.get("parameters").and_then(Value::as_object);
        let lines = parameters.into_iter().flatten().flat_map(|(name, values)| {
            let values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
            values.map(move |value| format!("{name}: {value}\n"))
        });
        return (kind, lines.collect::<String>() + &text("run").unwrap_or_default());
    }
    match (text("run"), text("unpack")) {
        (Some(script), None) => ("run".to_owned(), script),
        (None, Some(source)) => ("unpack".to_owned(), source + "\n"),
        _ if step.is_string() => (String::new(), pretty(step)),
        _ => (
            step.as_object().and_then(|object| object.keys().next().cloned()).unwrap_or_default(),
            pretty(step),
        ),
    }
}

/// What differs in two lists, after what they begin and end with in common. Items are counted from 1.
pub(super) fn listed(noun: &str, before: &[(String, String)], after: &[(String, String)]) -> Vec<Difference> {
    let start = before.iter().zip(after).take_while(|(one, two)| one == two).count();
    let rest = before.len().min(after.len()) - start;
    let end =
        before.iter().rev().zip(after.iter().rev()).take(rest).take_while(|(one, two)| one == two).count();
    let (one, two) = (&before[start..before.len() - end], &after[start..after.len() - end]);
    let title = |index: usize, kind: &str| match kind {
        "" => format!("{noun} {}", start + index + 1),
        kind => format!("{noun} {} ({kind})", start + index + 1),
    };
    let mut found = Vec::new();
    for index in 0..one.len().max(two.len()) {
        match (one.get(index), two.get(index)) {
            (Some((kind, before)), Some((other, after))) if kind == other => {
                found.push(Difference::Text {
                    what: title(index, kind),
                    before: before.clone(),
                    after: after.clone(),
                });
            }
            (before, after) => {
                found.extend(before.map(|(kind, text)| Difference::Text {
                    what: title(index, kind),
                    before: text.clone(),
                    after: String::new(),
                }));
                found.extend(after.map(|(kind, text)| Difference::Text {
                    what: title(index, kind),
                    before: String::new(),
                    after: text.clone(),
                }));
            }
        }
    }
    // Two equal items of another place give no text that differs.
    found.retain(
        |difference| !matches!(difference, Difference::Text { before, after, .. } if before == after),
    );
    found
}

/// What differs in the rules by which files are shared out.
pub(super) fn output_texts(before: &Value, after: &Value) -> Vec<Difference> {
    let rules = |list: &Value| -> Vec<(String, String)> {
        let rules = list.as_array().into_iter().flatten();
        rules.map(|rule| (rule["name"].as_str().unwrap_or_default().to_owned(), rule_text(rule))).collect()
    };
    let (one, two) = (rules(before), rules(after));
    let text = |rules: &[(String, String)], name: &str| {
        rules.iter().find(|(other, _)| other == name).map(|(_, text)| text.clone()).unwrap_or_default()
    };
    let mut names: Vec<&String> = one.iter().chain(&two).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    let mut found = Vec::new();
    for name in names {
        let (before, after) = (text(&one, name), text(&two, name));
        if before != after {
            found.push(Difference::Text { what: format!("output {name}"), before, after });
        }
    }
    let order =
        |rules: &[(String, String)]| rules.iter().map(|(name, _)| format!("{name}\n")).collect::<String>();
    let (before, after) = (order(&one), order(&two));
    if found.is_empty() && before != after {
        found.push(Difference::Text { what: "order of outputs".to_owned(), before, after });
    }
    found
}

fn rule_text(rule: &Value) -> String {
    let patterns = rule["patterns"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let patterns: String = patterns.map(|pattern| format!("{pattern}\n")).collect();
    let attributes = rule["attributes"].as_object().into_iter().flatten();
    patterns + &attributes.map(|(path, value)| format!("{path}: {value}\n")).collect::<String>()
}
