// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What templates may and may not do.

use super::*;
use serde_json::json;

fn values(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn render(text: &str, with: &Value) -> Result<String, TemplateError> {
    Template::parse("t.hbs", text)?.render(&values(with))
}

#[test]
fn the_declaration_leaves_no_trace_and_nothing_is_escaped() {
    let text = "{{! parameters: id flags on }}\nID={{id}}\n{{#if on}}\nON\n{{else}}\nOFF\n{{/if}}\n\
                {{#each flags}}\n{{@index}} {{this}} {{../id}}\n{{/each}}\n";
    let with = json!({"id": "a<b>&\"c\"", "flags": ["x", "y"], "on": true, "other": {}});
    assert_eq!(render(text, &with).unwrap(), "ID=a<b>&\"c\"\nON\n0 x a<b>&\"c\"\n1 y a<b>&\"c\"\n");
    let off = json!({"id": "", "flags": [], "on": false});
    assert_eq!(render(text, &off).unwrap(), "ID=\nOFF\n");
}

#[test]
fn a_missing_parameter_is_an_error_even_in_if() {
    for body in ["{{x}}", "{{#if x}}a{{/if}}", "{{#unless x}}a{{/unless}}", "{{#each x}}a{{/each}}"] {
        let undeclared =
            render(&format!("{{{{! parameters: }}}}\n  {body}\n"), &json!({"x": 1})).unwrap_err();
        assert!(
            matches!(&undeclared, TemplateError::Undeclared { line: 2, column: 3, name, .. } if name == "x"),
            "{undeclared:?}"
        );
        let missing = render(&format!("{{{{! parameters: x }}}}\n{body}\n"), &json!({})).unwrap_err();
        assert_eq!(missing.to_string(), "render t.hbs: the parameter `x` has no value");
        assert!(missing.help().is_some());
    }
}

#[test]
fn names_are_checked_in_every_branch() {
    for body in [
        "{{#if a}}{{x}}{{/if}}",
        "{{#if a}}{{else}}{{x}}{{/if}}",
        "{{#if a}}{{else if x}}{{/if}}",
        "{{#each a}}{{x}}{{/each}}",
        "{{#each a}}{{../x}}{{/each}}",
        "{{#each a}}{{a}}{{/each}}",
        "{{a.b}}",
        "{{../a}}",
        "{{this}}",
        "{{@root.a}}",
        "{{@index}}",
        "{{{x}}}",
        "{{&x}}",
    ] {
        let result = Template::parse("t.hbs", &format!("{{{{! parameters: a }}}}{{{{a}}}}{body}"));
        assert!(matches!(result, Err(TemplateError::Undeclared { .. })), "{body}: {result:?}");
    }
}

#[test]
fn what_could_run_or_include_something_is_refused() {
    for body in [
        "{{lookup a \"b\"}}",
        "{{log a}}",
        "{{#with a}}{{/with}}",
        "{{#if (eq a a)}}{{/if}}",
        "{{#if 1}}{{/if}}",
        "{{#each a as |x|}}{{/each}}",
        "{{> part}}",
        "{{#> part}}{{/part}}",
        "{{* inline a}}",
        "{{helper a=1}}",
    ] {
        let result = Template::parse("t.hbs", &format!("{{{{! parameters: a }}}}{{{{a}}}}{body}"));
        assert!(matches!(result, Err(TemplateError::NotAllowed { .. })), "{body}: {result:?}");
    }
}

#[test]
fn a_declaration_is_needed_and_must_be_used() {
    assert!(matches!(Template::parse("t", "ID=1\n"), Err(TemplateError::NoDeclaration { .. })));
    assert!(matches!(Template::parse("t", "{{! a comment }}"), Err(TemplateError::NoDeclaration { .. })));
    let unused = Template::parse("t", "{{! parameters: a b }}{{a}}").unwrap_err();
    assert_eq!(unused.to_string(), "t:1:1: use the declared parameter `b`");
    let syntax = Template::parse("t", "{{! parameters: }}\n\n{{#if").unwrap_err();
    assert!(syntax.to_string().starts_with("t:3:"), "{syntax}");
}

#[test]
fn a_value_cannot_smuggle_in_a_line() {
    let text = "{{! parameters: a }}A={{a}}\n";
    for bad in [
        json!("x\nB=1"),
        json!("x\r"),
        json!(["x", "\u{0}"]),
        json!(1.5),
        json!(null),
        json!({}),
        json!([[]]),
    ] {
        let result = render(text, &json!({ "a": bad }));
        assert!(matches!(result, Err(TemplateError::Value { .. })), "{bad}: {result:?}");
    }
    assert_eq!(render(text, &json!({"a": 7})).unwrap(), "A=7\n");
}

#[test]
fn the_templates_of_this_repository_give_what_their_readers_take() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let own = json!({
        "id": "ashlar", "name": "Ashlar", "home_url": "https://ashlar.invalid/",
        "io_uring": true, "kexec": false, "sysrq": false, "userfaultfd": false,
    });
    let with = image_values("qemu", "1.2.3", values(&own)).unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text =
            Template::parse(&name, &std::fs::read_to_string(&path).unwrap()).unwrap().render(&with).unwrap();
        let lines: Vec<&str> =
            text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        assert!(lines.iter().all(|line| line.contains('=')), "{name}: {text}");
        match name.as_str() {
            "os-release.hbs" => assert!(text.contains("ID=ashlar\n") && text.contains("VERSION=\"1.2.3\"\n")),
            "sysctl.conf.hbs" => {
                assert!(lines.contains(&"kernel.io_uring_disabled = 2"));
                assert!(!text.contains("kexec"), "a setting of a feature that is off was written");
            }
            other => panic!("{other} has no test"),
        }
        seen += 1;
    }
    assert_eq!(seen, 2);
    let again = image_values("qemu", "1", [("version".to_owned(), json!("2"))]).unwrap_err();
    assert!(matches!(again, TemplateError::Reserved { .. }));
}
