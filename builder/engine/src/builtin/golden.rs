// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The bytes that builtins make of fixed inputs. Whoever changes one of these digests changes what everybody's store and every release
//! holds: the version in `ashlar_plan::Builtin::id`, which stands beside it here, has to move as well.
//!
//! Where each is pinned says [`pinned`]; a kernel is too large for a table.

mod sbom;

use std::collections::BTreeMap;

use ashlar_digest::TreeDigest;
use ashlar_plan::{Builtin, BuiltinAction, Input};
use ashlar_store::Store;
use ashlar_tree::{Node, Tree, TreePath};
use serde_json::{Value, json};

/// A store for one test.
struct Bench {
    _folder: tempfile::TempDir,
    store: Store,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        Self { _folder: folder, store }
    }

    /// A tree of these files.
    fn tree(&self, files: &[(&str, &[u8])]) -> TreeDigest {
        let mut tree = Tree::new();
        for (path, bytes) in files {
            let (blob, size) = self.store.add_bytes(bytes, false).unwrap();
            tree.insert(TreePath::parse(path).unwrap(), Node::file(blob, size, false)).unwrap();
        }
        self.store.put_tree(&tree).unwrap()
    }

    /// The digests of the outputs, by name.
    fn run(
        &self,
        builtin: Builtin,
        inputs: &[(&str, TreeDigest)],
        arguments: Value,
    ) -> BTreeMap<String, TreeDigest> {
        let inputs = inputs.iter().map(|(name, tree)| ((*name).to_owned(), Input::Tree(*tree))).collect();
        let action = BuiltinAction { builtin, inputs, arguments: arguments.into() };
        let outputs = super::run(&self.store, "golden", &action).unwrap();
        outputs.into_iter().map(|(name, tree)| (name, self.store.put_tree(&tree).unwrap())).collect()
    }
}

/// That `outputs` are what the table says, for the version that it says.
fn assert_golden(
    builtin: Builtin,
    id: &str,
    outputs: &BTreeMap<String, TreeDigest>,
    golden: &[(&str, &str)],
) {
    assert_eq!(pinned(builtin), HERE);
    let found: Vec<(&str, String)> =
        outputs.iter().map(|(name, digest)| (name.as_str(), digest.to_string())).collect();
    let golden: Vec<(&str, String)> =
        golden.iter().map(|(name, digest)| (*name, (*digest).to_owned())).collect();
    assert_eq!((builtin.id(), found), (id, golden));
}

/// A relocatable file with the section `.modinfo`: name `one`, no dependency.
const MODULE: &[u8] = include_bytes!("../../testdata/one.ko");
/// Another, `over`, which depends on it.
const OVER: &[u8] = include_bytes!("../../testdata/over.ko");
const RELEASE: &str = "ashlar-golden-1.0.0-x86_64";

#[test]
fn merge_gives_the_same_tree() {
    let bench = Bench::new();
    let (one, other) = (bench.tree(&[("a", b"1"), ("b/c", b"2")]), bench.tree(&[("a", b"3"), ("b/d", b"4")]));
    let arguments = json!({
        "winners": {"a": "other"},
        "links": [{"path": "lib", "target": "usr/lib"}],
        "files": [{"path": "run.sh", "content": "true\n", "executable": true}],
    });
    let outputs = bench.run(Builtin::Merge, &[("one", one), ("other", other)], arguments);
    assert_golden(
        Builtin::Merge,
        "merge@1",
        &outputs,
        &[("out", "7e97b33a9989ca89a7e2cd9ff7090ff8bd23ced07bfe424f31470aa47ef0b142")],
    );
}

#[test]
fn a_root_gives_the_same_bytes_up_to_the_initramfs() {
    let bench = Bench::new();
    let init = bench.tree(&[("usr/bin/init", b"program")]);
    let arguments = json!({
        "image": "golden", "version": "1", "values": {},
        "directories": [{"path": "run", "mode": "0755", "uid": 0, "gid": 0}],
        "links": [{"path": "bin", "target": "usr/bin"}],
        "files": [{"path": "motd", "content": {"text": "hello\n"}, "uid": 0, "gid": 0}],
        "attributes": [{"path": "usr/bin/init", "mode": "0750", "uid": 0, "gid": 7}],
    });
    let composed = bench.run(Builtin::ComposeRoot, &[("init:runtime", init)], arguments);
    assert_golden(
        Builtin::ComposeRoot,
        "compose-root@2",
        &composed,
        &[
            ("owners", "39dc580093c136328d8b7d275eaa6c97754cd1cc0c5f68a82eece3c72d973593"),
            ("root", "176a2acc5516733e9459777055ad6c6e08492acf8df2942a907cb120eda91452"),
        ],
    );

    let tar =
        bench.run(Builtin::TarStream, &[("root", composed["root"])], json!({"epoch": 1_700_000_000_u64}));
    assert_golden(
        Builtin::TarStream,
        "tar-stream@1",
        &tar,
        &[("out", "d7cf667c8655d78971513049e4ebe85b2ca41412f4d599ef8b13269d8b01cdc1")],
    );

    let arguments = json!({
        "name": "golden", "version": "1.0.0", "architecture": "amd64", "entrypoint": ["/usr/bin/init"],
        "env": {"PATH": "/usr/bin"}, "uid": 65532, "gid": 65532, "epoch": 1_700_000_000_u64,
    });
    let inputs = [("root", tar["out"]), ("owners", composed["owners"])];
    let container = bench.run(Builtin::ContainerImage, &inputs, arguments);
    assert_golden(
        Builtin::ContainerImage,
        "container-image@1",
        &container,
        &[("out", "8b1fdfef85f1fd200d79fcf7bb210ba334924e14aa47a4b4ed254bd23f769dc6")],
    );

    let erofs = bench.tree(&[("root.erofs", &[7; 8192])]);
    let verity = bench.run(Builtin::Verity, &[("erofs", erofs)], json!({}));
    assert_golden(
        Builtin::Verity,
        "verity@1",
        &verity,
        &[("out", "d308918a534afeae7c93f7c5611013a0a51df63676acc83acc9e80c729423edb")],
    );

    let arguments = json!({"init": "usr/bin/init", "epoch": 1_700_000_000_u64});
    let initramfs = bench.run(Builtin::Initramfs, &[("verity", verity["out"]), ("init", init)], arguments);
    assert_golden(
        Builtin::Initramfs,
        "initramfs@1",
        &initramfs,
        &[("out", "82241e4ba55c52cfc0b91190868c47ad56351fc83c9debcdab27e8c2e8340f70")],
    );
}

#[test]
fn modules_give_the_same_signatures_and_lists() {
    let bench = Bench::new();
    let modules = bench.tree(&[("usr/lib/modules/6.12/one.ko", MODULE)]);
    let arguments = json!({"release": RELEASE, "epoch": 1_700_000_000_u64});
    let signatures = bench.run(Builtin::KeylessSign, &[("linux:modules", modules)], arguments);
    assert_golden(
        Builtin::KeylessSign,
        "keyless-sign@1",
        &signatures,
        &[("out", "70ec4168de8fde065068b21c75198f28df8d171c49163438f2bf3cdedca5bfec")],
    );

    let inputs = [("modules", modules), ("signatures", signatures["out"])];
    let spliced = bench.run(Builtin::SpliceSignatures, &inputs, json!({}));
    assert_golden(
        Builtin::SpliceSignatures,
        "splice-signatures@2",
        &spliced,
        &[("out", "b79d520f3767a183bf53df8df793565066aa790120cc19785b977e19c7867e54")],
    );

    // The root has and loads the module `one`, which the extension's module `over` needs.
    let over = bench.tree(&[("usr/lib/modules/6.12/over.ko", OVER)]);
    let arguments = json!({
        "name": "golden", "version": "2", "os": "ashlar", "os_version": "1.0.0", "release": RELEASE,
        "load": ["over"], "root_load": ["one"],
    });
    let inputs = [("extra:modules", over), ("root modules linux:modules", modules)];
    let extension = bench.run(Builtin::ComposeExtension, &inputs, arguments);
    assert_golden(
        Builtin::ComposeExtension,
        "compose-extension@3",
        &extension,
        &[
            ("owners", "c6519de3dcbcfa4d7f522c2433e8efd975dc28ba262458db85edec2b269c59a3"),
            ("root", "542399082c22342c06898fbcecdb45ad9b1a2bfebd24ab4977205370187a0ebc"),
        ],
    );

    let erofs = bench.tree(&[("root.erofs", &[7; 8192])]);
    let arguments = json!({"name": "golden", "version": "2", "release": RELEASE});
    let image = bench.run(Builtin::ExtensionImage, &[("erofs", erofs)], arguments);
    assert_golden(
        Builtin::ExtensionImage,
        "extension-image@1",
        &image,
        &[
            ("raw", "b59258d3ff5b55e2d5c33c9f1f33bcaeaf9fc1035765e42733fec7fc064ea2cd"),
            ("spec", "b080eeb5dee52060522fa5047ca5b7bc304a22aaabf76ec14788ee1ba3ce4ae9"),
        ],
    );

    let arguments = json!({
        "release": RELEASE, "project": "ashlar", "image": "golden", "version": "1.0.0",
        "platform": "x86_64-linux", "kind": "release", "signer": "keyless",
        "modules": ["linux:modules"], "load": ["one"],
    });
    let inputs = [
        ("modules linux:modules", modules),
        ("signatures", signatures["out"]),
        ("extension golden", image["spec"]),
    ];
    let files = bench.run(Builtin::ReleaseFiles, &inputs, arguments);
    assert_golden(
        Builtin::ReleaseFiles,
        "release-files@1",
        &files,
        &[
            ("inside", "919bc9b866d35c3e8c8e35dae46090ef188d5e644ac4a90fb61b9bc394a419da"),
            ("outside", "e2f281207bbb7e36058237712a45fb7c4d283b8f1dfb63a353f7a65f19ea53dc"),
        ],
    );
}

#[test]
fn an_output_gives_the_same_judgement() {
    let bench = Bench::new();
    let own = bench.tree(&[("usr/share/x.pc", b"prefix=/build/x\n"), ("usr/lib/one.ko", MODULE)]);
    let text = bench.tree(&[("usr/share/licenses/x/COPYING", b"text\n")]);
    let arguments = json!({
        "recipe": "x", "output": "runtime", "declared": ["dep:runtime"], "sources": ["x"], "epoch": 1_700_000_000_u64,
        "exceptions": [{"rule": "runtime-used", "paths": ["dep:runtime"], "because": "it is loaded by name"}],
        "attributes": {"usr/bin/ping": "it opens raw sockets"},
    });
    let inputs = [("self", own), ("sibling licenses", text), ("dep:runtime", text)];
    let lint = bench.run(Builtin::Lint, &inputs, arguments);
    assert_golden(
        Builtin::Lint,
        "lint@1",
        &lint,
        &[("out", "03958c80a8d46acfce9934ee5d57b9f5400c6c63c0dd782b124a8fe76656163b")],
    );
    let gate = bench.run(Builtin::LintGate, &[("lint", lint["out"])], json!({}));
    assert_golden(
        Builtin::LintGate,
        "lint-gate@1",
        &gate,
        &[("out", "b08ea28c039a87fb9618271c50a262b7782fa1927c5ad768046a0488308ce320")],
    );
}

const HERE: &str = "here";

/// Where the bytes of a builtin are pinned. Whoever adds one has to say it.
const fn pinned(builtin: Builtin) -> &'static str {
    match builtin {
        Builtin::Merge
        | Builtin::ComposeRoot
        | Builtin::TarStream
        | Builtin::Verity
        | Builtin::Initramfs
        | Builtin::KeylessSign
        | Builtin::SpliceSignatures
        | Builtin::ComposeExtension
        | Builtin::ContainerImage
        | Builtin::ExtensionImage
        | Builtin::ReleaseFiles
        | Builtin::Lint
        | Builtin::Describe
        | Builtin::ListFiles
        | Builtin::LicenceTexts
        | Builtin::Checksums
        | Builtin::LintGate => HERE,
        Builtin::GoProxy => "the tests of go_proxy.rs",
        Builtin::UnifiedKernelImage => "the tests of ashlar-images, and ashlar.expected",
        Builtin::UnpackDeb | Builtin::CargoVendor | Builtin::InsertCertificates | Builtin::SignatureGate => {
            "ashlar.expected: every image has them, and its build has to give what is written there"
        }
    }
}
