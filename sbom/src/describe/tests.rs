// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A planted OS with one program of each kind: static, with a loader, and in Go; and a container that holds one of them again.

use ashlar_digest::{BlobDigest, Sha256};
use ashlar_tree::{Node, Tree, TreePath};
use serde_json::json;

use super::*;
use crate::relationship::Relationship;
use crate::sample_elf::elf;
use crate::{lint, with_files};

const BUILDINFO: &str = "path\texample.org/own/cmd\nmod\texample.org/own\tv1.0.0\th1:W5quZX/G/csjUnuI8SUYlsHs9M38FC7znL0lIO+DvMg=\n\
    dep\tgolang.org/x/net\tv0.40.0\th1:W5quZX/G/csjUnuI8SUYlsHs9M38FC7znL0lIO+DvMg=\nbuild\tCGO_ENABLED=0\n";

/// Every content that a test gives a file, so that it can be read again.
#[derive(Default)]
struct Planted(BTreeMap<BlobDigest, Vec<u8>>);

impl Planted {
    fn tree(&mut self, files: &[(&str, &[u8])]) -> Tree {
        let mut tree = Tree::new();
        for (name, bytes) in files {
            let blob = BlobDigest::new(Sha256::of(bytes));
            self.0.insert(blob, bytes.to_vec());
            tree.insert(path(name), Node::file(blob, bytes.len() as u64, name.contains("bin/"))).unwrap();
        }
        tree
    }

    fn read(&self, blob: BlobDigest) -> Result<Vec<u8>, SbomError> {
        Ok(self.0[&blob].clone())
    }
}

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

/// By an output, or where it is empty by the definition.
fn owned_by(output: &str) -> FileOwner {
    if output.is_empty() { FileOwner::Definition } else { FileOwner::Output(output.to_owned()) }
}

fn static_program() -> Vec<u8> {
    elf(".text", b"code", true)
}

/// Its one segment is the name of a loader.
fn program_with_loader() -> Vec<u8> {
    let mut program = elf(".text", b"code", true);
    program[64] = 3;
    program
}

fn go_program() -> Vec<u8> {
    let mut section = b"\xff Go buildinf:\x08\x02".to_vec();
    section.resize(32, 0);
    for text in ["go1.26.8", &format!("{0}{BUILDINFO}{0}", "#".repeat(16))] {
        section.extend([(0x80 | (text.len() & 0x7f)) as u8, (text.len() >> 7) as u8]);
        section.extend(text.as_bytes());
    }
    elf(".go.buildinfo", &section, true)
}

fn recipe(purl: &str, links: &[&str], seeds: &[&str]) -> serde_json::Value {
    json!({
        "version": "1", "license": "MIT", "supplier": "Organization: X", "homepage": "https://x.example/", "cpe": null,
        "purl": purl, "sources": [], "modules": [], "patches": [], "links": links, "seeds": seeds,
    })
}

fn facts() -> Facts {
    let mut libc = recipe("pkg:generic/libc@1", &[], &["c"]);
    libc["sources"] =
        json!([{"name": "libc.tar", "sha256": "a".repeat(64), "location": "https://x.example/libc.tar"}]);
    libc["patches"] = json!([{"name": "1.patch", "fixes": ["CVE-2026-0001"]}]);
    let h1 = "h1:W5quZX/G/csjUnuI8SUYlsHs9M38FC7znL0lIO+DvMg=";
    let mut own = recipe("pkg:golang/example.org/own@v1.0.0", &["libc:dev"], &["c"]);
    own["modules"] = json!([
        {"name": "example.org/own@v1.0.0.zip", "sha256": "c".repeat(64), "location": null, "h1": h1},
        {"name": "golang.org/x/net@v0.40.0.zip", "sha256": "d".repeat(64), "location": null, "h1": h1},
    ]);
    let runtime = json!({
        "set": "c", "package": "rt", "name": "rt", "ecosystem": "generic", "version": "9", "license": "MIT",
        "supplier": "Organization: R", "homepage": "https://r.example/", "cpe": null,
    });
    serde_json::from_value(json!({
        "name": "test", "version": "1", "supplier": "Organization: T", "namespace": "https://t.invalid/spdx",
        "created": 1_700_000_000, "carrier": "os",
        "recipes": {
            "libc": libc,
            "extra": recipe("pkg:generic/extra@1", &[], &[]),
            "small": recipe("pkg:generic/small@1", &["libc:dev", "extra:dev"], &["c"]),
            "large": recipe("pkg:generic/large@1#part", &["libc:dev", "extra:dev"], &["c"]),
            "own": own,
            "contained": recipe("pkg:generic/contained@1", &[], &["c"]),
            "unshipped": recipe("pkg:generic/unshipped@1", &[], &[]),
        },
        "boot": {"kernel": {"recipe": "libc", "file": "boot/image"}},
        "containers": {"trial": {"version": "2", "path": "usr/trial.tar"}},
        "tools": {"rt_1": {"name": "rt", "version": "1", "architecture": "all", "sha256": "b".repeat(64)}},
        "seeds": {"c": ["rt_1"]},
        "runtimes": [runtime],
    }))
    .unwrap()
}

fn evidence(planted: &mut Planted) -> Evidence {
    let root = planted.tree(&[
        ("usr/lib/libc.so", b"no program"),
        ("usr/bin/small", &static_program()),
        ("usr/bin/large", &program_with_loader()),
        ("usr/bin/own", &go_program()),
        ("etc/motd", b"hello"),
        ("usr/trial.tar", b"archive"),
    ]);
    let owners = [
        ("usr/lib/libc.so", "libc:runtime"),
        ("usr/bin/small", "small:runtime"),
        ("usr/bin/large", "large:runtime"),
        ("usr/bin/own", "own:runtime"),
        ("etc/motd", ""),
        ("usr/trial.tar", ""),
    ];
    let container = planted.tree(&[("usr/bin/small", &static_program()), ("usr/contained", b"no program")]);
    let needed = BTreeMap::from([("libc:runtime".to_owned(), BTreeSet::from(["libc.so".to_owned()]))]);
    Evidence {
        root: OwnedTree {
            tree: root,
            owners: owners.map(|(file, owner)| (path(file), owned_by(owner))).into(),
        },
        containers: BTreeMap::from([(
            "trial".to_owned(),
            OwnedTree {
                tree: container,
                owners: BTreeMap::from([
                    (path("usr/bin/small"), owned_by("small:runtime")),
                    (path("usr/contained"), owned_by("contained:runtime")),
                ]),
            },
        )]),
        needs: BTreeMap::from([("large:runtime".to_owned(), needed)]),
        built_against: BTreeMap::from([
            ("libc:dev".to_owned(), planted.tree(&[("usr/lib/libc.a", b"!"), ("usr/lib/libc.so", b"!")])),
            ("extra:dev".to_owned(), planted.tree(&[("usr/lib/libextra.a", b"!")])),
        ]),
        licence_texts: BTreeMap::new(),
        package_texts: BTreeMap::from([("rt".to_owned(), LicenceText::default())]),
        crates: BTreeMap::new(),
        checksums: BTreeMap::new(),
        boot: BTreeMap::from([("kernel".to_owned(), Checksums::of(b"kernel"))]),
    }
}

fn described() -> Description {
    let mut planted = Planted::default();
    let evidence = evidence(&mut planted);
    describe(&facts(), &evidence, |blob| planted.read(blob)).unwrap()
}

/// Who is related so, by their purls without what is before the name.
fn related(inventory: &Inventory, verb: Verb) -> Vec<(String, String)> {
    let short = |id: &ComponentId| {
        let component = &inventory.components()[id];
        component
            .purl
            .as_ref()
            .map_or_else(|| component.name.clone(), |purl| purl.as_str().replace("pkg:generic/", ""))
    };
    let all = inventory.relationships().iter().filter(|it: &&Relationship| it.verb == verb);
    let mut all: Vec<(String, String)> = all.map(|it| (short(&it.from), short(&it.to))).collect();
    all.sort();
    all
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

#[test]
fn a_program_without_a_loader_holds_every_archive_and_another_only_what_has_no_shared_library() {
    let inventory = described().inventory;
    let own = "pkg:golang/example.org/own@v1.0.0";
    assert_eq!(
        related(&inventory, Verb::LinksStatically),
        pairs(&[
            ("large@1?in=os#part", "extra@1?in=os"),
            ("large@1?in=os#part", "rt@9?in=os"),
            (own, "pkg:golang/golang.org/x/net@v0.40.0"),
            (own, "pkg:golang/stdlib@1.26.8"),
            ("small@1?in=os", "extra@1?in=os"),
            ("small@1?in=os", "libc@1?in=os"),
            ("small@1?in=os", "rt@9?in=os"),
            ("small@1?in=trial", "extra@1?in=trial"),
            ("small@1?in=trial", "libc@1?in=trial"),
            ("small@1?in=trial", "rt@9?in=trial"),
        ])
    );
    assert_eq!(related(&inventory, Verb::LinksDynamically), pairs(&[("large@1?in=os#part", "libc@1?in=os")]));
}

#[test]
fn a_component_is_contained_by_what_carries_it() {
    let contained = related(&described().inventory, Verb::Contains);
    for pair in [
        ("test@1", "small@1?in=os"),
        ("test@1", "trial@2?in=os"),
        ("trial@2?in=os", "small@1?in=trial"),
        ("libc@1?in=os", "libc@1?in=os#boot%2Fimage"),
    ] {
        let pair = (pair.0.to_owned(), pair.1.replace("%2F", "/"));
        assert!(contained.contains(&pair), "{pair:?} is not in {contained:#?}");
    }
}

#[test]
fn what_an_image_was_made_from_stands_apart_from_what_ships() {
    let inventory = described().inventory;
    let shipped = inventory.shipped();
    assert!(shipped.components().values().all(|component| component.name != "unshipped"));
    let built = inventory.built();
    let patched = related(&built, Verb::PatchedBy);
    assert_eq!(patched, pairs(&[("libc@1?in=os", "libc/1.patch"), ("libc@1?in=trial", "libc/1.patch")]));
    let patch = built.components().values().find(|component| component.kind == Kind::Patch).unwrap();
    assert_eq!(patch.fixes, ["CVE-2026-0001".to_owned()].into());
    let own = "pkg:golang/example.org/own@v1.0.0";
    let sources = [
        ("libc@1?in=os", "libc.tar"),
        ("libc@1?in=trial", "libc.tar"),
        (own, "example.org/own@v1.0.0.zip"),
        (own, "golang.org/x/net@v0.40.0.zip"),
    ];
    assert_eq!(related(&built, Verb::GeneratedFrom), pairs(&sources));
    let tools = built.components().values().filter(|component| component.kind == Kind::Tool);
    let tools: BTreeSet<&str> = tools.map(|component| component.name.as_str()).collect();
    assert_eq!(tools, ["rt", "unshipped"].into(), "what ships in a container is no tool");
}

#[test]
fn a_file_that_no_list_of_owners_names_is_refused() {
    let mut planted = Planted::default();
    let mut evidence = evidence(&mut planted);
    let described = describe(&facts(), &evidence, |blob| planted.read(blob)).unwrap();
    let list = |root: &OwnedTree| {
        let known = BTreeMap::new();
        with_files::<SbomError>(&described.inventory, &described.owners, root, &known, |blob| {
            planted.read(blob)
        })
    };
    let listed = list(&evidence.root).unwrap();
    assert_eq!(listed.files().len(), 6);
    assert_eq!(listed.owner_of(&path("usr/bin/large")).unwrap().name, "large");
    assert_eq!(listed.owner_of(&path("etc/motd")).unwrap().name, "test");
    let executable =
        listed.files().iter().filter(|(_, file)| file.executable).map(|(path, _)| path.to_string());
    let executable: Vec<String> = executable.collect();
    assert_eq!(executable, ["usr/bin/large", "usr/bin/own", "usr/bin/small"]);
    evidence.root.owners.remove(&path("usr/bin/large"));
    let error = list(&evidence.root).unwrap_err().to_string();
    assert!(error.contains("usr/bin/large"), "{error}");
    evidence.root.owners.insert(path("usr/bin/large"), owned_by("nobody:runtime"));
    assert!(list(&evidence.root).is_err(), "a recipe that is no component owns a file");
}

#[test]
fn the_licence_of_the_whole_is_that_of_all_its_parts() {
    let (mut facts, mut planted) = (facts(), Planted::default());
    facts.recipes.get_mut("large").unwrap().license = "Apache-2.0 OR MIT".to_owned();
    let evidence = evidence(&mut planted);
    let inventory = describe(&facts, &evidence, |blob| planted.read(blob)).unwrap().inventory;
    let root = &inventory.components()[inventory.root()];
    assert_eq!(root.declared, None, "the licences of Go modules were not given");
    let trial = inventory.components().values().find(|component| component.name == "trial").unwrap();
    assert_eq!(trial.declared.as_ref().unwrap().as_str(), "MIT");
}

#[test]
fn what_a_package_of_the_seed_says_is_concluded_of_what_is_copied_from_it() {
    let (mut facts, mut planted) = (facts(), Planted::default());
    facts.recipes.get_mut("extra").unwrap().seed_package = Some("rt".to_owned());
    let mut evidence = evidence(&mut planted);
    let text = LicenceText { licences: [vec!["MIT".to_owned()]].into(), ..LicenceText::default() };
    evidence.package_texts.insert("rt".to_owned(), text);
    let inventory = describe(&facts, &evidence, |blob| planted.read(blob)).unwrap().inventory;
    for name in ["rt", "extra"] {
        let component = inventory.components().values().find(|it| it.name == name && it.kind != Kind::Tool);
        let component = component.unwrap();
        assert_eq!(component.concluded.as_ref().map(License::as_str), Some("MIT"), "{name}");
        assert_eq!(component.checksums, Checksums::sha256("b".repeat(64).parse().unwrap()), "{name}");
    }
    let tools = std::mem::take(&mut facts.tools);
    let error = describe(&facts, &evidence, |blob| planted.read(blob)).unwrap_err().to_string();
    assert!(error.contains("the lock does not have its package"), "{error}");
    facts.tools = tools;
    evidence.package_texts.clear();
    let error = describe(&facts, &evidence, |blob| planted.read(blob)).unwrap_err().to_string();
    assert!(error.contains("package rt"), "{error}");
}

#[test]
fn the_crates_of_a_library_in_rust_come_with_it_into_a_program() {
    let (mut facts, mut planted) = (facts(), Planted::default());
    let modules = ["cfg-if-1.0.4.crate", "cfg-if-macros-1.2.3.crate", "unused-2.0.0.crate"];
    let modules = modules.map(|name| json!({"name": name, "sha256": "e".repeat(64), "location": null}));
    facts.recipes.get_mut("extra").unwrap().modules = serde_json::from_value(json!(modules)).unwrap();
    let mut evidence = evidence(&mut planted);
    let files: [(&str, &[u8]); 2] =
        [("usr/lib/libcfg_if-0123456789abcdef.rlib", b"!"), ("usr/lib/libstd-0123456789abcdef.rlib", b"!")];
    evidence.built_against.insert("extra:dev".to_owned(), planted.tree(&files));
    let inventory = describe(&facts, &evidence, |blob| planted.read(blob)).unwrap().inventory;
    let from = |name: &str| {
        let all = related(&inventory, Verb::LinksStatically);
        let all = all.into_iter().filter(|(from, to)| from == name && to.starts_with("pkg:cargo"));
        all.map(|(_, to)| to).collect::<Vec<_>>()
    };
    assert_eq!(from("extra@1?in=os"), ["pkg:cargo/cfg-if@1.0.4"]);
    assert_eq!(from("small@1?in=os"), Vec::<String>::new());

    let twice = json!([{"name": "cfg-if-2.0.0.crate", "sha256": "f".repeat(64), "location": null}]);
    let twice: Vec<crate::facts::SourceFacts> = serde_json::from_value(twice).unwrap();
    facts.recipes.get_mut("extra").unwrap().modules.extend(twice);
    let error = describe(&facts, &evidence, |blob| planted.read(blob)).unwrap_err().to_string();
    assert!(error.contains("cfg-if in several versions"), "{error}");
}

#[test]
fn an_expression_is_taken_apart_where_all_of_it_holds() {
    let parts = |text: &str| terms(&License::parse(text).unwrap());
    assert_eq!(parts("MIT AND (ISC AND Zlib)"), ["MIT", "ISC", "Zlib"]);
    assert_eq!(parts("Apache-2.0 WITH LLVM-exception"), ["Apache-2.0 WITH LLVM-exception"]);
    assert_eq!(parts("MIT OR ISC"), ["(MIT OR ISC)"]);
}

#[test]
fn a_damaged_program_is_named() {
    let mut planted = Planted::default();
    let mut evidence = evidence(&mut planted);
    evidence.root.tree =
        planted.tree(&[("usr/bin/large", b"\x7fELF and nothing more"), ("usr/trial.tar", b"archive")]);
    let error = describe(&facts(), &evidence, |blob| planted.read(blob)).unwrap_err();
    assert!(error.to_string().contains("/usr/bin/large"), "{error}");
}

#[test]
fn what_facts_lack_or_say_wrongly_is_named() {
    type Change = fn(&mut Facts);
    let crates = |facts: &mut Facts| {
        let modules = facts.recipes["own"].modules.clone();
        let of = facts.recipes.get_mut("small").unwrap();
        of.modules = modules;
        of.modules[0].name = "x-1.crate".to_owned();
    };
    let changes: [(Change, &str); 8] = [
        (crates, "does not say which modules or crates"),
        (|facts| drop(facts.recipes.get_mut("own").unwrap().modules.pop()), "golang.org/x/net v0.40.0"),
        (
            |facts| facts.recipes.get_mut("own").unwrap().modules[0].h1 = Some("h1:other".to_owned()),
            "example.org/own",
        ),
        (|facts| drop(facts.recipes.remove("large")), "recipe large"),
        (|facts| facts.recipes.get_mut("large").unwrap().license = "my own".to_owned(), "my own"),
        (|facts| facts.recipes.get_mut("large").unwrap().supplier = "nobody".to_owned(), "nobody"),
        (|facts| facts.tools.clear(), "rt"),
        (
            |facts| facts.containers.get_mut("trial").unwrap().path = "usr/other.tar".to_owned(),
            "container trial",
        ),
    ];
    for (change, named) in changes {
        let (mut facts, mut planted) = (facts(), Planted::default());
        let evidence = evidence(&mut planted);
        change(&mut facts);
        let error = describe(&facts, &evidence, |blob| planted.read(blob)).unwrap_err();
        assert!(error.to_string().contains(named), "{named}: {error}");
    }
}

#[test]
fn no_scanner_is_misled_but_where_nothing_can_be_matched() {
    let misleading =
        lint(&described().inventory).into_iter().filter(|finding| finding.flaw.misleads_scanners());
    let flaws: BTreeSet<String> = misleading.map(|finding| format!("{:?}", finding.flaw)).collect();
    assert_eq!(
        flaws,
        ["NothingToSearchBy".to_owned()].into(),
        "the planted recipes have no CPE, and that alone"
    );
}
