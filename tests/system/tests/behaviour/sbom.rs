// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What `ashlar sbom` does with documents alone: no project, no store, no build.

use std::fs;
use std::path::PathBuf;

use ashlar_system_tests::{Call, Ended, Folder};
use serde_json::{Value, json};

/// A folder with documents.
struct Shelf(Folder);

impl Shelf {
    fn new() -> Self {
        Self(Folder::temporary())
    }

    fn put(&self, name: &str, document: &Value) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, document.to_string()).unwrap();
        path
    }

    fn call(&self, words: &[&str]) -> Ended {
        Call::ashlar().working_folder(self.0.path()).arg("sbom").args(words).run()
    }
}

fn package(name: &str, version: &str, licence: &str) -> Value {
    json!({
        "SPDXID": format!("SPDXRef-{name}"),
        "name": name,
        "versionInfo": version,
        "supplier": format!("Organization: {name} project"),
        "downloadLocation": "NOASSERTION",
        "licenseConcluded": licence,
        "licenseDeclared": licence,
        "checksums": [{"algorithm": "SHA256", "checksumValue": "0".repeat(64)}],
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": format!("pkg:cargo/{name}@{version}")},
        ],
    })
}

/// An application `app` with the other packages in it, each linked into it.
fn document(packages: &[Value]) -> Value {
    let mut app = package("app", "1.0", "MIT");
    app["primaryPackagePurpose"] = json!("APPLICATION");
    let relation = |from: &str, kind: &str, to: &Value| json!({"spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to});
    let mut relations = vec![relation("SPDXRef-DOCUMENT", "DESCRIBES", &app["SPDXID"])];
    for package in packages {
        relations.push(relation("SPDXRef-app", "CONTAINS", &package["SPDXID"]));
        relations.push(relation("SPDXRef-app", "STATIC_LINK", &package["SPDXID"]));
    }
    let all: Vec<&Value> = std::iter::once(&app).chain(packages).collect();
    json!({
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "dataLicense": "CC0-1.0",
        "name": "app",
        "documentNamespace": "https://somebody.example/app-1",
        "creationInfo": {"created": "2026-01-02T03:04:05Z", "creators": ["Organization: Somebody"]},
        "packages": all,
        "relationships": relations,
    })
}

#[test]
fn the_components_of_a_foreign_document_are_shown_and_nothing_of_it_acts_on_the_terminal() {
    let shelf = Shelf::new();
    let mut strange = package("strange", "2", "MIT");
    strange["name"] = json!("str\u{1b}[2Jange\u{202e}");
    strange["licenseConcluded"] = json!("Some Licence\u{1b}]0;owned\u{7}");
    shelf.put("a.json", &document(&[package("zlib", "1.3.1", "Zlib"), strange]));
    let shown = shelf.call(&["show", "a.json"]).succeeds();
    for text in ["NAME", "zlib", "1.3.1", "zlib project", "Zlib", "app 1.0 links statically "] {
        assert!(shown.out.contains(text), "{text}: {shown}");
    }
    let shown = shown
        .tells(&["note: a.json: a licence that is no SPDX expression", "a.json: SPDX 2.3, 3 components"]);
    let foreign = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!shown.out.chars().chain(shown.err.chars()).any(foreign), "{shown}");
    let json = shelf.call(&["--json", "show", "a.json"]).succeeds();
    let value: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&value["format"], &value["author"]), (&json!("SPDX 2.3"), &json!("Organization: Somebody")));
    assert_eq!(value["components"].as_array().unwrap().len(), 3);
}

#[test]
fn the_page_of_a_document_is_one_file_in_which_markup_of_others_is_text() {
    let shelf = Shelf::new();
    let mut hostile = package("hostile", "1", "MIT");
    hostile["name"] = json!("<script>alert(1)</script>\"><img src=x onerror=alert(2)>");
    shelf.put("a.json", &document(&[hostile]));
    let ended = shelf.call(&["show", "a.json", "--html", "page.html"]).succeeds();
    assert_eq!(ended.out, "", "{ended}");
    let page = fs::read_to_string(shelf.0.join("page.html")).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<img"), "{page}");
    assert_eq!(page.matches("<script").count(), 1, "{page}");
}

#[test]
fn a_mounted_root_says_who_owns_a_file_and_what_is_near_an_unknown_one() {
    let shelf = Shelf::new();
    let mut list = document(&[package("zlib", "1.3.1", "Zlib")]);
    list["files"] = json!([{
        "SPDXID": "SPDXRef-path",
        "fileName": "./usr/lib/libz.so",
        "checksums": [{"algorithm": "SHA1", "checksumValue": "0".repeat(40)}],
    }]);
    list["packages"][1]["hasFiles"] = json!(["SPDXRef-path"]);
    shelf.put("root/usr/share/spdx/os-files.spdx.json", &list);

    for root in ["root", "./root"] {
        let owner = shelf.call(&["who-owns", "/usr/lib/libz.so", root]).succeeds();
        assert_eq!(owner.out, "zlib 1.3.1 (pkg:cargo/zlib@1.3.1; Zlib)\n");
    }
    shelf.call(&["who-owns", "/usr/lib/libs.so", "./root"]).ends_with(1).tells(&[
        "error: failed to find who owns /usr/lib/libs.so: no component brings it\n",
        "help: did you mean /usr/lib/libz.so?\n",
    ]);
    shelf
        .call(&["who-owns", "/usr", "./root"])
        .ends_with(1)
        .tells(&["it is a folder, with files of zlib 1.3.1"]);
    shelf.call(&["who-owns", "../etc/passwd", "./root"]).ends_with(2).tells(&["../etc/passwd"]);
}

#[test]
fn lint_fails_for_what_misleads_a_scanner_and_says_what_to_do() {
    let shelf = Shelf::new();
    shelf.put("good.json", &document(&[package("zlib", "1.3.1", "Zlib")]));
    shelf.call(&["lint", "good.json"]).succeeds().tells(&["2 components: 0 errors, 0 warnings"]);
    let mut quiet = package("zlib", "1.3.1", "Zlib");
    quiet.as_object_mut().unwrap().remove("supplier");
    shelf.put("quiet.json", &document(&[quiet]));
    let warned = shelf.call(&["lint", "quiet.json"]).succeeds();
    assert_eq!(
        warned.out,
        "warning[no-supplier] zlib 1.3.1: it has no supplier; state upstream's supplier\n"
    );
    shelf.call(&["lint", "--strict", "quiet.json"]).ends_with(1);
    let mut bad = package("zlib", "1.3.1", "Zlib");
    bad.as_object_mut().unwrap().remove("externalRefs");
    shelf.put("bad.json", &document(&[bad]));
    let failed = shelf.call(&["lint", "bad.json"]).ends_with(1);
    assert!(failed.out.contains("error[no-purl] zlib 1.3.1: it has no purl"), "{failed}");
    let json = shelf.call(&["--json", "lint", "bad.json"]).ends_with(1);
    let value: Value = serde_json::from_str(&json.out).unwrap();
    assert!(value["findings"][0]["next"].as_str().is_some_and(|next| !next.is_empty()), "{json}");
}

#[test]
fn diff_reads_like_release_notes() {
    let shelf = Shelf::new();
    shelf.put(
        "old.json",
        &document(&[
            package("zlib", "1.3", "Zlib"),
            package("a", "2.10", "MIT"),
            package("gone", "1", "MIT"),
        ]),
    );
    shelf.put(
        "new.json",
        &document(&[package("zlib", "1.3.1", "MIT"), package("a", "2.9", "MIT"), package("new", "1", "MIT")]),
    );
    let changed = shelf.call(&["diff", "old.json", "new.json"]).ends_with(4);
    let lines: Vec<&str> = changed.out.lines().collect();
    assert_eq!(
        lines[..10],
        [
            "Added:",
            "  new 1",
            "Removed:",
            "  gone 1",
            "Upgraded:",
            "  zlib 1.3 -> 1.3.1",
            "Downgraded:",
            "  a 2.10 -> 2.9",
            "Licence changes:",
            "  zlib 1.3.1 (declared): Zlib -> MIT",
        ],
        "{changed}"
    );
    let same = shelf.call(&["diff", "old.json", "old.json"]).succeeds();
    assert_eq!(same.out, "Nothing changed.\n");
    let json = shelf.call(&["--json", "diff", "old.json", "new.json"]).ends_with(4);
    let value: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["added"][0]["name"], "new");
}

#[test]
fn export_converts_and_says_what_a_format_cannot_hold() {
    let shelf = Shelf::new();
    shelf.put("a.json", &document(&[package("zlib", "1.3.1", "Zlib")]));
    let cyclonedx = shelf.call(&["export", "a.json", "--format", "cyclonedx-1.6"]).succeeds();
    let value: Value = serde_json::from_str(&cyclonedx.out).unwrap();
    assert_eq!(value["metadata"]["timestamp"], "2026-01-02T03:04:05Z", "{cyclonedx}");
    cyclonedx.tells(&["note: CycloneDX 1.6 cannot say: kind of link (1)"]);
    for format in ["spdx-3.0.1", "spdx-2.3"] {
        shelf
            .call(&["export", "a.json", "--format", format, "--out", format])
            .succeeds()
            .does_not_tell("cannot say");
        // What is read back is what was written.
        shelf.call(&["diff", "a.json", format]).succeeds();
    }
    let nobody = json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"type": "library", "name": "zlib"}]});
    shelf.put("nobody.json", &nobody);
    let words = ["export", "nobody.json", "--format", "spdx-2.3"];
    shelf.call(&words).ends_with(2).tells(&["its author is not known", "help: name one by `--author"]);
    let named = shelf.call(&[&words[..], &["--author", "Person: Anna"]].concat()).succeeds();
    assert!(named.out.contains("Person: Anna"), "{named}");
}

#[test]
fn merge_joins_and_lists_every_conflict() {
    let shelf = Shelf::new();
    shelf.put("one.json", &document(&[package("zlib", "1.3.1", "Zlib")]));
    let mut two = document(&[package("other", "1", "MIT")]);
    two["packages"][0]["name"] = json!("extension");
    shelf.put("two.json", &two);
    shelf.call(&["merge", "one.json", "two.json", "--out", "both.json"]).succeeds();
    let json = shelf.call(&["--json", "show", "both.json"]).succeeds();
    let value: Value = serde_json::from_str(&json.out).unwrap();
    let names: Vec<&str> =
        value["components"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    for name in ["app", "zlib", "extension", "other"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let mut licence = package("zlib", "1.3.1", "MIT");
    licence["supplier"] = json!("Organization: somebody else");
    shelf.put("three.json", &document(&[licence, package("other", "1", "Zlib")]));
    let failed = shelf.call(&["merge", "both.json", "three.json"]).ends_with(1);
    assert_eq!(failed.out, "");
    failed.tells(&["error: failed to join the inventories: ", "supplier", "licence", "help: "]);
    shelf.call(&["merge", "one.json"]).ends_with(2);
}

#[test]
fn what_is_no_document_is_refused_with_place_and_next_step() {
    let shelf = Shelf::new();
    fs::write(shelf.0.join("a.json"), b"\xff\xfe").unwrap();
    fs::write(shelf.0.join("b.json"), "{}").unwrap();
    shelf.call(&["show", "a.json"]).ends_with(1).tells(&[
        "take a.json for an SBOM",
        "byte 0 is no UTF-8",
        "help: ",
    ]);
    shelf.call(&["show", "b.json"]).ends_with(1).tells(&["b.json", "neither `spdxVersion`", "help: "]);
    shelf
        .call(&["show", "./c.json"])
        .ends_with(2)
        .tells(&["./c.json: there is neither a file nor a folder", "help: "]);
    shelf.call(&["show", "c.json"]).ends_with(2).tells(&["find \"c.json\"", "help: "]);
    fs::create_dir(shelf.0.join("empty")).unwrap();
    shelf.call(&["show", "./empty"]).ends_with(2).tells(&["there is no os.spdx.json", "help: "]);
}
