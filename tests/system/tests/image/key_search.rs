// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Nothing holds the key afterwards: a release is made by an agent whose key this test knows, and every place outside of the agent
//! is searched for that key. The agent's own memory is searched from inside (signing/ceremony/agent/tests/agent/known_key.rs).
//!
//! The agent is a test build (feature `known-key`), made by the recipe of a changed copy of the checkout. Each search is made
//! twice: first with the key planted in each place, which has to be found there and nowhere else, and then without.
//!
//! The program of that agent holds the key by construction, masked, so that it does not find itself. The masked form is
//! searched for as well: that it is found in this one file shows that the search comes as far as the store's programs.
//! Not looked into: what is compressed, and the memory of other processes.

mod forms;
mod machine;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use ashlar_release_audit::certificates_from_pem;
use ashlar_signature_verifier::Certificates;
use ashlar_system_tests::{Call, Ended, Folder, checkout, copy_checkout, scratch_root};
use p384::SecretKey;
use p384::pkcs8::EncodePublicKey as _;

use crate::publication::{document, id};
use crate::scene::Scene;
use forms::{Form, KnownKey};
use machine::{Processes, Stranger};
use search::{Tally, search};

const VERSION: &str = "9.9.9";
const AGENT: &str = "recipe signing-agent:runtime";
const PROGRAM: &str = "usr/bin/signing-agent";
/// What every test build of the agent contains.
const MARKER: &[u8] = b"-test-build";

/// A release by the agent whose key is known, and all that lies around it.
struct Release {
    folder: Folder,
    store: PathBuf,
    key: KnownKey,
    built: Ended,
    said: String,
    processes: Processes,
}

impl Release {
    fn make() -> Self {
        let scene = Scene::get();
        scene.built.clone().succeeds();
        let folder = Folder::below(&scratch_root());
        let copy = folder.join("checkout");
        copy_checkout(&checkout(), &copy).unwrap();
        make_test_build(&copy.join("recipes/signing-agent/recipe.toml"));
        for name in ["temporary", "home", "output"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        let call = || Call::ashlar().arg("--store").arg(&scene.store).arg("--offline").working_folder(&copy);
        let built = call().args(["build", "qemu", "--accept"]).run().succeeds();
        let swap = if machine::swaps().is_empty() { None } else { Some("--allow-swap") };
        let call = call().args(["release", "qemu", "--version", VERSION]).args(swap).arg("--output");
        let call = call.arg(folder.join("output")).env("HOME", folder.join("home"));
        // An agent that finds its key in its own memory ends with another code than 0, and then there is no release.
        let ended = call.env("TMPDIR", folder.join("temporary")).run().succeeds().tells(&["ceremony: "]);
        let processes = Processes::named("signing-agent");
        let key = KnownKey::read(&copy.join("signing/ceremony/agent/src/scan.rs"));
        Self { folder, store: scene.store.clone(), key, built, said: ended.out + &ended.err, processes }
    }

    fn directory(&self) -> PathBuf {
        self.folder.join("output").join(id(VERSION))
    }

    fn agent(&self) -> PathBuf {
        agent(&self.built)
    }

    /// Where the key is planted, and in which form: each place that is searched.
    fn plants(&self) -> BTreeMap<PathBuf, Form> {
        let core = machine::core_files(&self.folder.join("checkout")).planted;
        // A name that the store takes for the log of a build: tests of the store run beside this one.
        let log = self.store.join("logs").join(format!("{}.log", "9".repeat(64)));
        BTreeMap::from([
            (log, Form::HexLower),
            (self.directory().join("planted"), Form::BigEndian),
            (self.folder.join("output/.planted"), Form::Base64(0)),
            (self.folder.join("temporary/planted"), Form::LittleEndian),
            (self.folder.join("home/planted"), Form::Base64(1)),
            (self.folder.join("checkout/os/planted"), Form::HexUpper),
            (self.folder.join("checkout/signing/planted"), Form::Base64(2)),
            (core, Form::MontgomeryLittleEndian),
        ])
    }

    /// All files outside. The test's own folder holds the checkout, the temporary folder, the home and the release.
    fn search(&self) -> Tally {
        let cores = machine::core_files(&self.folder.join("checkout"));
        let mut tops = vec![self.store.clone(), self.folder.path().to_owned()];
        tops.extend(cores.found);
        tops.extend(machine::swaps().into_iter().filter(|swap| fs::File::open(swap).is_ok()));
        search(&self.key, &tops)
    }

    /// What is found without a plant: the masked constant in the program of this agent. A store that is used again may have
    /// programs of earlier tests as well, which show themselves.
    fn expect(&self, tally: &Tally, plants: &BTreeMap<PathBuf, Form>) {
        let earlier = |path: &Path, forms: &BTreeSet<Form>| {
            *forms == BTreeSet::from([Form::Masked])
                && path.starts_with(self.store.join("blobs"))
                && contains(&fs::read(path).unwrap(), MARKER)
        };
        let agent = self.agent();
        let found = tally.finds.iter().filter(|(path, forms)| **path == agent || !earlier(path, forms));
        let found: BTreeMap<&Path, Vec<Form>> =
            found.map(|(path, forms)| (path.as_path(), forms.iter().copied().collect())).collect();
        let mut expected: BTreeMap<&Path, Vec<Form>> =
            plants.iter().map(|(path, form)| (path.as_path(), vec![*form])).collect();
        expected.insert(&agent, vec![Form::Masked]);
        assert_eq!(found, expected);
    }
}

/// The key in files, which go away with this value: the store outlives the test.
struct Planted<'a>(&'a BTreeMap<PathBuf, Form>);

impl<'a> Planted<'a> {
    fn write(key: &KnownKey, plants: &'a BTreeMap<PathBuf, Form>) -> Self {
        for (path, form) in plants {
            fs::write(path, [b"planted: ".as_slice(), &key.written_as(*form), b"\n"].concat()).unwrap();
        }
        Self(plants)
    }
}

impl Drop for Planted<'_> {
    fn drop(&mut self) {
        self.0.keys().for_each(|path| fs::remove_file(path).unwrap());
    }
}

#[test]
fn no_place_outside_of_the_agent_holds_the_key_of_a_release() {
    let release = Release::make();

    // It was this key, and it was the build that searches itself.
    let pem = fs::read(release.directory().join("certificate.pem")).unwrap();
    let certificates = Certificates::parse(&certificates_from_pem(&pem).unwrap().concat()).unwrap();
    let public = SecretKey::from_slice(&release.key.scalar).unwrap().public_key();
    let spki: Vec<&[u8]> = certificates.iter().map(ashlar_signature_verifier::Certificate::spki).collect();
    assert_eq!(spki, [public.to_public_key_der().unwrap().as_bytes()]);
    let program = fs::read(release.agent()).unwrap();
    assert!(contains(&program, MARKER));
    let named = document(&release.directory(), "manifest.json")["agent_sha256"].clone();
    assert_eq!(release.agent().file_stem().unwrap().to_str(), named.as_str());

    // What it said, and what runs on.
    assert_eq!(release.key.forms_in(release.said.as_bytes()), BTreeSet::new(), "{}", release.said);
    release.processes.end();
    let processes = machine::search_processes(&release.key, release.folder.path());
    eprintln!("searched environment and arguments of {} processes", processes.readable);
    assert_eq!((processes.holding, processes.of_release), (BTreeMap::new(), BTreeSet::new()));
    let stranger = Stranger::start(&release.folder, &release.key);
    let processes = machine::search_processes(&release.key, release.folder.path());
    let holding = BTreeMap::from([(stranger.id(), BTreeSet::from([Form::HexLower]))]);
    assert_eq!((processes.holding, processes.of_release), (holding, BTreeSet::from([stranger.id()])));
    assert!(Processes::named("signing-agent").has(stranger.id()));
    drop(stranger);

    // What is written down.
    for swap in machine::swaps() {
        let read = if fs::File::open(&swap).is_ok() { "searched" } else { "not readable, so not searched" };
        eprintln!("swap is on: {} is {read}", swap.display());
    }
    let plants = release.plants();
    let planted = Planted::write(&release.key, &plants);
    let tally = release.search();
    eprintln!("with the key in each place: {tally}");
    drop(planted);
    release.expect(&tally, &plants);
    let tally = release.search();
    eprintln!("without it: {tally}");
    release.expect(&tally, &BTreeMap::new());

    // The store keeps what this checkout needs, not what its changed copy did.
    Scene::get().ashlar().args(["--offline", "build", "qemu"]).run().succeeds();
}

#[test]
fn the_agent_of_a_release_is_no_test_build() {
    let scene = Scene::get();
    let program = fs::read(agent(&scene.built.clone().succeeds())).unwrap();
    assert!(!contains(&program, MARKER));
    // It is a program of this source: a part of every `refused` is in it.
    assert!(contains(&program, b"signing-agent: failed to "));
}

/// The program of the agent, as the store has it (blobs that can be run end in `.x`).
fn agent(built: &Ended) -> PathBuf {
    Scene::get().files(built, AGENT)[PROGRAM].with_extension("x")
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Changes the agent's recipe: the key is known, and the test that refuses such a build wants it.
fn make_test_build(recipe: &Path) {
    let mut text = fs::read_to_string(recipe).unwrap();
    for (from, to) in [
        ("programs = ", "features = [\"known-key\"], programs = "),
        ("if grep -q -e '-test-build'", "if ! grep -q -e 'known-key-test-build'"),
    ] {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text = text.replace(from, to);
    }
    fs::write(recipe, text).unwrap();
}
