// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The page's text. How a browser shows it is looked at by people.

use super::*;
use crate::builder::InventoryBuilder;
use crate::component::{Component, Kind};
use crate::document::{Format, write};
use crate::inventory::Inventory;
use crate::location::Location;
use crate::reading::read;
use crate::relationship::Verb;
use crate::samples;
use crate::supplier::Supplier;

/// Markup, an attribute's end, an entity, a template, a script's end and a comment's.
const HOSTILE: &str = r#"</a></script><script>alert(1)</script>" onmouseover='x' <img src=x onerror=alert(2)> &lt; {{title}} --> ]]>"#;

fn page_of(inventory: &Inventory) -> String {
    let bytes = write(Format::Spdx23, &samples::document(), inventory).unwrap();
    page(&read(&bytes).unwrap(), &BTreeMap::new()).unwrap()
}

/// All tags of a page, from `<` to `>`.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()).collect()
}

#[test]
fn a_size_is_shown_in_units_of_a_thousand_where_it_is_known() {
    let inventory = samples::inventory();
    let bytes = write(Format::Spdx23, &samples::document(), &inventory.shipped()).unwrap();
    let reading = read(&bytes).unwrap();
    let shown = |size: u64| {
        let sizes = BTreeMap::from([(inventory.root().clone(), size)]);
        let page = page(&reading, &sizes).unwrap();
        let (_, rest) = page.split_once("<p class=\"soft\">brings ").unwrap();
        assert!(!rest.contains("brings "), "a size that nobody gave");
        rest.split('<').next().unwrap().to_owned()
    };
    for (size, text) in [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_999, "1.0 MB"),
        (1_250_000, "1.3 MB"),
        (38_949_999, "38.9 MB"),
    ] {
        assert_eq!(shown(size), text);
    }
}

#[test]
fn every_component_is_there_with_licence_supplier_version_and_what_is_linked_into_what() {
    let inventory = samples::inventory();
    let page = page_of(&inventory);
    for (id, component) in inventory.components() {
        let start = page.find(&format!("<tr id=\"{id}\">")).unwrap();
        let row = page[start..].split("</tr>").next().unwrap();
        assert!(row.contains(&component.name), "{id}");
        for text in [
            component.version.clone(),
            component.supplier.as_ref().map(|supplier| supplier.name().to_owned()),
            component.licence().map(|licence| licence.as_str().to_owned()),
        ] {
            assert!(row.contains(&format!(">{}</td>", text.unwrap_or_else(|| "–".to_owned()))), "{row}");
        }
        for verb in Verb::ALL.into_iter().filter(|_| id != inventory.root()) {
            for other in inventory.related(id, verb) {
                assert!(
                    row.contains(verb.text()) && row.contains(&format!("<a href=\"#{other}\">")),
                    "{row}"
                );
                let there = page.find(&format!("<tr id=\"{other}\">")).unwrap();
                let there = page[there..].split("</tr>").next().unwrap();
                assert!(
                    there.contains(verb.reversed_text()) && there.contains(&format!("\"#{id}\"")),
                    "{there}"
                );
            }
        }
    }
    assert!(page.contains("<p class=\"soft\">brings 2 files</p>"));
}

#[test]
fn markup_in_what_a_foreign_document_says_stays_text() {
    let tame = InventoryBuilder::new(samples::os()).build().unwrap();
    let mut root = samples::os();
    root.name = HOSTILE.to_owned();
    root.version = Some(HOSTILE.to_owned());
    root.copyright = Some(HOSTILE.to_owned());
    root.supplier = Some(Supplier::Organization(HOSTILE.to_owned()));
    let reading = read(&write(Format::Spdx23, &samples::document(), &tame).unwrap()).unwrap();
    let mut hostile = reading.clone();
    hostile.inventory = InventoryBuilder::new(root).build().unwrap();
    hostile.name = Some(HOSTILE.to_owned());
    hostile.namespace = Some(HOSTILE.to_owned());
    let none = BTreeMap::new();
    let (tame, hostile) = (page(&reading, &none).unwrap(), page(&hostile, &none).unwrap());
    let count = |page: &str, text: &str| page.matches(text).count();
    assert_eq!(tags(&hostile).len(), tags(&tame).len(), "{hostile}");
    for text in ["<script", "<img", "<!--"] {
        assert_eq!(count(&hostile, text), count(&tame, text), "{text}");
    }
    assert!(!tags(&hostile).iter().any(|tag| tag.contains("onmouseover")), "{hostile}");
    assert!(hostile.contains("&lt;script&gt;alert(1)"), "{hostile}");
}

#[test]
fn a_home_page_that_would_run_something_is_no_link() {
    let with_homepage = |text: &str| {
        let mut component = Component::new(Kind::Library, "x");
        component.homepage = Location::parse(text);
        assert!(component.homepage.is_some());
        let mut builder = InventoryBuilder::new(samples::os());
        let root = builder.root().clone();
        builder.component_in(&root, component);
        page_of(&builder.build().unwrap())
    };
    assert!(
        with_homepage("https://x.example/")
            .contains(r#"<a href="https://x.example/" rel="noreferrer">x</a>"#)
    );
    for text in ["javascript:alert(1)", "vbscript:x", "HTTPS:x", "data:text/html;base64,x"] {
        assert!(!with_homepage(text).contains(&format!("href=\"{text}")), "{text}");
    }
}

#[test]
fn the_page_loads_nothing_and_its_policy_names_the_one_script_by_its_digest() {
    let page = page_of(&samples::inventory());
    let script = page.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    let policy =
        page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    // Handlebars writes `=` as an entity, which a browser reads as what it is.
    let named = policy.replace("&#x3D;", "=");
    assert!(named.contains(&format!("script-src '{}'", digest(script))), "{policy}");
    for tag in tags(&page) {
        assert!(!tag.contains("src=") && !tag.starts_with("link"), "{tag}");
    }
    // The digest of an empty script, as any browser prints it.
    assert_eq!(digest(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

#[test]
fn a_long_list_of_others_is_folded_with_its_number() {
    let mut builder = InventoryBuilder::new(samples::os());
    let root = builder.root().clone();
    let program = builder.component_in(&root, Component::new(Kind::Application, "program"));
    for number in 0..13 {
        let library = builder.component_in(&root, Component::new(Kind::Library, format!("library-{number}")));
        builder.relate(&program, Verb::LinksStatically, &library);
    }
    let page = page_of(&builder.build().unwrap());
    assert!(page.contains("<summary>links statically 13</summary>"), "{page}");
}
