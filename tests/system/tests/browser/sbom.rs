// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The page of `ashlar sbom show --html`.

use std::fs;

use ashlar_system_tests::{Call, Folder};
use serde_json::{Value, json};

use crate::look::look_by;

const ATTACK: &str = r#"</a></title></style><script>top.attacked=true</script><img src=x onerror="top.attacked=true">" onmouseover="top.attacked=true" x=""#;

/// A document with three components, one of which has a long name and one that attacks.
fn page() -> String {
    let folder = Folder::temporary();
    let component = |name: &str| json!({"type": "library", "bom-ref": name, "name": name, "version": "1.2.3", "supplier": {"name": format!("{name} project")}});
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": component(ATTACK)},
        "components": [component("zlib"), component(&"long".repeat(60))],
        "dependencies": [{"ref": ATTACK, "dependsOn": ["zlib"]}],
    });
    let (file, page) = (folder.join("bom.json"), folder.join("page.html"));
    fs::write(&file, document.to_string()).unwrap();
    Call::ashlar().args(["sbom", "show"]).arg(&file).arg("--html").arg(&page).run().succeeds();
    fs::read_to_string(page).unwrap()
}

fn look(flags: &str) -> Value {
    look_by(include_str!("sbom.html"), &page(), flags)
}

#[test]
#[ignore = "brings a browser of 110 MB; run by `just test-browser`"]
fn components_are_read_and_searched_on_a_wide_and_on_a_narrow_page() {
    let seen = look("");
    for width in ["wide", "narrow"] {
        let seen = &seen[width];
        assert_eq!(seen["fits"], json!(true), "it has to be scrolled sideways: {seen}");
        assert_eq!(seen["below_each_other"], json!(width == "narrow"), "{seen}");
        assert_eq!(seen["all"]["count"], "3 of 3", "{seen}");
        assert_eq!(seen["two_words"]["names"], json!(["zlib"]), "{seen}");
        assert_eq!(
            (&seen["two_words"]["count"], &seen["none"]["count"]),
            (&json!("1 of 3"), &json!("0 of 3"))
        );
        let text = seen["text"].as_str().unwrap();
        for part in ["zlib project", "1.2.3", "library", &format!("is needed by {ATTACK}")] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}

#[test]
#[ignore = "brings a browser of 110 MB; run by `just test-browser`"]
fn markup_in_a_foreign_document_is_read_and_not_run() {
    let seen = look("");
    assert_eq!(seen["attacked"], json!(false), "{seen}");
    for width in ["wide", "narrow"] {
        let seen = &seen[width];
        assert!(seen["title"].as_str().unwrap().contains(ATTACK), "{seen}");
        assert_eq!((&seen["active"], &seen["handlers"], &seen["loaded"]), (&json!(0), &json!(0), &json!(0)));
        assert_eq!(seen["scripts"], json!(1), "{seen}");
    }
}

#[test]
#[ignore = "brings a browser of 110 MB; run by `just test-browser`"]
fn light_and_dark_are_what_the_reader_prefers() {
    let brightness = |colour: &Value| {
        let numbers = colour.as_str().unwrap().split(|c: char| !c.is_ascii_digit());
        numbers.filter_map(|number| number.parse::<u32>().ok()).take(3).sum::<u32>()
    };
    // 0 is dark, 1 light (blink's PreferredColorScheme).
    for (scheme, is_dark) in [(0, true), (1, false)] {
        let seen = look(&format!("--blink-settings=preferredColorScheme={scheme}"));
        let (paper, ink) = (brightness(&seen["wide"]["paper"]), brightness(&seen["wide"]["ink"]));
        assert_eq!(paper < ink, is_dark, "{seen}");
        assert!(paper.abs_diff(ink) > 3 * 127, "they can hardly be told apart: {seen}");
    }
}
