// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The page's text. How a browser shows it: `tests/system/tests/browser`.

use super::*;
use crate::samples::{Sample, read};

/// Markup, an attribute's end, an entity, a template, a script's end and a comment's.
const HOSTILE: &str = r#"</a></script><script>alert(1)</script>" onmouseover='x' <img src=x onerror=alert(2)> &lt; {{what}} --> ]]>"#;

fn page(sample: Sample) -> String {
    timeline(&read(sample)).unwrap()
}

fn ordinary() -> Sample {
    Sample::new(2)
        .hit("package make_4.4.1-2_amd64", &[])
        .built("recipe musl", &[0], 100..9_100)
        .built("recipe libmnl", &[0], 100..1_100)
        .built("image qemu", &[1, 2], 9_100..10_000)
        .end(10_000)
}

/// All tags of a page, from `<` to `>`: no text of ours has either, so none of a record may.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()).collect()
}

#[test]
fn totals_path_bars_and_hits_are_in_the_page() {
    let page = page(ordinary());
    for text in [
        "<h1>Build of qemu</h1>",
        "Begun on 2025-11-25 21:16:03 UTC. It succeeded.",
        "<dt>elapsed</dt><dd>10.0 s</dd>",
        "<dt>workers busy on average</dt><dd>1.09 of 2</dd>",
        "Together they took 9.900 s, 99.0 % of the elapsed time",
        r##"<a href="#d1">recipe musl</a></td><td class="number">9.000 s</td><td class="number">90.0 %</td>"##,
        r##"<a href="#d3">image qemu</a></td><td class="number">0.900 s</td><td class="number">9.0 %</td>"##,
        r##"style="left:1.0000%;width:90.0000%" title="recipe musl: built, 9.000 s, critical">recipe musl</a>"##,
        r##"style="left:1.0000%;width:10.0000%" title="recipe libmnl: built, 1.000 s">recipe libmnl</a>"##,
        "<h2>Hits: 1</h2>",
        "<li>package make_4.4.1-2_amd64 <code>7777",
    ] {
        assert!(page.contains(text), "{text}\n{page}");
    }
    assert_eq!(page.matches(r#"<a class="bar "#).count(), 3);
    assert_eq!(page.matches(r#"<div class="lane">"#).count(), 2);
}

#[test]
fn what_failed_was_skipped_or_interrupted_is_said() {
    let failed = Sample::new(1)
        .failed("recipe a", &[], 0..10, "build recipe a: its steps ended with status 1")
        .skipped("image qemu", &[0])
        .end(11);
    let page_of_failed = page(failed);
    for text in [
        "It failed.",
        "<li><strong>recipe a</strong>: build recipe a: its steps ended with status 1</li>",
        "<h2>Skipped: 1</h2>",
        "<li>image qemu</li>",
        "<dt>failed</dt><dd>1</dd>",
    ] {
        assert!(page_of_failed.contains(text), "{text}");
    }
    let killed = page(Sample::new(1).built("recipe a", &[], 0..10).begun("recipe b", &[0], 10));
    assert!(killed.contains("It was killed, or had not ended when this was written."));
    assert!(killed.contains("<dt>interrupted</dt><dd>1</dd>"));
    assert!(page(Sample::new(1).end(0)).contains("<p>Nothing was built.</p>"));
}

#[test]
fn markup_in_names_and_reasons_stays_text() {
    let hostile = |name: &str| {
        Sample::new(1)
            .hit(&format!("hit {name}"), &[])
            .built(&format!("built {name}"), &[], 0..10)
            .failed(&format!("failed {name}"), &[1], 10..20, name)
            .skipped(&format!("skipped {name}"), &[2])
            .end(20)
    };
    let (attacked, plain) = (page(hostile(HOSTILE)), page(hostile("plain")));
    // The same tags, apart from the two attributes that hold the name: no tag and no attribute was added.
    let shape = |page: &str| -> Vec<String> {
        let escaped = handlebars::html_escape(HOSTILE);
        tags(page).into_iter().map(|tag| tag.replace(&escaped, "plain")).collect()
    };
    assert_eq!(shape(&attacked), shape(&plain));
    assert!(attacked.contains("&lt;script&gt;alert(1)") && attacked.contains("{{what}}"), "{attacked}");
}

#[test]
fn the_page_loads_and_runs_nothing() {
    let page = page(ordinary());
    assert!(page.contains(
        r#"content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'""#
    ));
    for tag in tags(&page) {
        assert!(!tag.starts_with("script") && !tag.starts_with("link") && !tag.starts_with("img"), "{tag}");
        let attributes = tag.split(' ').filter_map(|word| word.split_once('=')).map(|(name, _)| name);
        assert!(attributes.into_iter().all(|name| name != "src" && !name.starts_with("on")), "{tag}");
        assert!(!tag.contains("href=") || tag.contains("href=\"#d"), "{tag}");
    }
    assert!(!page.contains("url(") && !page.contains("@import") && !page.contains("://"), "{page}");
}

#[test]
fn every_link_leads_to_a_row() {
    let page = page(ordinary());
    let links: Vec<&str> =
        page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(links.len(), 5);
    assert!(links.iter().all(|link| page.contains(&format!("<tr id=\"{link}\">"))), "{links:?}");
}
