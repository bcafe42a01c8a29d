// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A quorum: the word of other rebuilders, taken only where this checkout is the one that they rebuilt.

use std::fs;
use std::path::{Path, PathBuf};

use ashlar_attestation::{
    PublisherKey, RebuildStatement, Statement, StatementSigner, Subject, Verdict, envelope,
};
use ashlar_system_tests::{Call, Ended, Folder, checkout, copy_checkout, scratch_root};
use p384::SecretKey;
use p384::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::publication::{Publication, document, id};
use crate::scene::Scene;

/// A clone, and one rebuilder who states that the first release was identical.
struct Audited {
    folder: Folder,
}

impl Audited {
    fn new() -> Self {
        let audited = Self { folder: Folder::below(&scratch_root()) };
        copy_checkout(&checkout(), &audited.clone_of_checkout()).unwrap();
        let key = SecretKey::from_slice(&[7; 48]).unwrap();
        fs::write(audited.rebuilder(), key.public_key().to_public_key_pem(LineEnding::LF).unwrap()).unwrap();
        fs::create_dir(audited.statements()).unwrap();
        let text = statement(&Publication::get().first(), &key);
        fs::write(audited.statements().join("statement.json"), text).unwrap();
        audited
    }

    fn clone_of_checkout(&self) -> PathBuf {
        self.folder.join("clone")
    }

    fn rebuilder(&self) -> PathBuf {
        self.folder.join("rebuilder.pem")
    }

    fn statements(&self) -> PathBuf {
        self.folder.join("statements")
    }

    fn run(&self) -> Ended {
        let publication = Publication::get();
        let call = Call::ashlar().arg("--store").arg(&Scene::get().store).arg("--project");
        let call = call.arg(self.clone_of_checkout()).args(["--offline", "audit"]).arg(publication.first());
        let call = call.arg("--trust").arg(publication.public()).args(["--quorum", "1"]);
        call.arg("--rebuilder").arg(self.rebuilder()).arg("--statements").arg(self.statements()).run()
    }
}

/// What an audit of `release` in an empty store would write, signed by `key`.
fn statement(release: &Path, key: &SecretKey) -> String {
    let key = PublisherKey::from_pem(&key.to_pkcs8_pem(LineEnding::LF).unwrap()).unwrap();
    let sums = fs::read_to_string(release.join("SHA256SUMS")).unwrap();
    let line = sums.lines().find(|line| line.ends_with("  manifest.json")).unwrap();
    let manifest_sha256 = line[..64].parse().unwrap();
    let statement = Statement {
        subjects: vec![Subject::new("manifest.json", manifest_sha256)],
        predicate: RebuildStatement {
            release: id("1.0.0"),
            manifest_sha256,
            verdict: Verdict::Identical,
            rebuilder: "a rebuilder".to_owned(),
            checkout: document(release, "manifest.json")["checkout"].as_str().unwrap().parse().unwrap(),
        },
    };
    let signer: &dyn StatementSigner = &key;
    envelope::to_lines(&[envelope::seal(&statement, &[signer]).unwrap()]).unwrap()
}

#[test]
fn a_quorum_stands_in_the_checkout_that_was_rebuilt_and_a_pipe_among_the_statements_is_not_waited_for() {
    let audited = Audited::new();
    let pipe = audited.statements().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let ended = audited.run().succeeds();
    assert!(ended.out.contains("statements/pipe: does not count: "), "{ended}");
    assert!(ended.out.ends_with("1 of 1 rebuilders say that a rebuild was identical\n"), "{ended}");
    assert_eq!(ended.built(), Vec::<&str>::new(), "{ended}");
}

#[test]
fn a_quorum_in_a_checkout_whose_recipe_was_changed_is_refused() {
    let audited = Audited::new();
    let recipe = audited.clone_of_checkout().join("recipes/musl/recipe.toml");
    let text = fs::read_to_string(&recipe).unwrap();
    fs::write(&recipe, text + "\n# Another source than the one that was rebuilt.\n").unwrap();
    let ended = audited.run().ends_with(1);
    assert!(ended.out.contains("finding: the release is of the checkout "), "{ended}");
    assert!(ended.out.contains("not this release: 1 findings beside the statements; 1 of 1 "), "{ended}");
}
