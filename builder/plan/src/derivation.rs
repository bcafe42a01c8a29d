// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Derivations: resolved actions, identified by a canonical encoding of everything that can reach their outputs.
//!
//! The encoding is canonical JSON with the first line `ashlar-derivation 1`. It holds the digests of input *artifacts*, never of
//! the recipes that made them; and no name, job count, log or path of the machine, because none of these may reach a result.
//! It maps onto the Remote Execution API: sysroot, target and sources are the input root, steps and environment the
//! command, and the outputs are captured from `/out`.

use std::collections::BTreeMap;
use std::sync::Arc;

use ashlar_digest::{CanonicalError, CanonicalWriter, DerivationId, Sha256, SourceDigest, TreeDigest};
use serde_json::Value;

/// The version of what a sandboxed build sees (docs/sandbox.md), of the scripts that drive it, and of how its result is captured
/// and shared out. Part of every identity; a test of the engine pins what it stands for.
pub const SANDBOX_POLICY: u32 = 1;

/// Something that a derivation reads, by digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// An artifact.
    Tree(TreeDigest),
    /// One upstream file.
    Source(SourceDigest),
}

/// A step that our own code does in-process, named and versioned: the version moves when its output does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Builtin {
    /// One Debian package to the tree of its files.
    UnpackDeb,
    /// Several trees, links and files to one tree.
    Merge,
    /// Crate archives to a directory as `cargo vendor` makes it.
    CargoVendor,
    /// Files of Go modules to a folder that serves as a module proxy.
    GoProxy,
    /// An output and its declared closure to what breaks rules in it, and what it needs of each output of the closure.
    Lint,
    /// What was found in an output to the facts that bear its declared closure out, if nothing that was found is an error.
    LintGate,
    /// The closure of an image and its own entries to the root tree, with the owner of each path.
    ComposeRoot,
    /// What recipes, lock and trees say of an image to its SBOM.
    Describe,
    /// Licence texts to the licences that they are the texts of.
    LicenceTexts,
    /// A tree to the checksums of its files.
    Checksums,
    /// A root and its SBOM to the root that holds it, with a list of all its files.
    ListFiles,
    /// A tree to a tar stream with owners, modes and attributes.
    TarStream,
    /// A file system image to the same image followed by its dm-verity tree, and the boot description.
    Verity,
    /// Files to an initramfs.
    Initramfs,
    /// Stub, kernel, initramfs and command line to a unified kernel image.
    UnifiedKernelImage,
    /// Unsigned modules to certificates and signatures by derived keys that nobody ever held.
    KeylessSign,
    /// A linked kernel to the same with certificates in the area that it keeps for them.
    InsertCertificates,
    /// Unsigned modules and detached signatures to signed modules.
    SpliceSignatures,
    /// A kernel and signed modules to the fact that each signature verifies by the certificates in that kernel.
    SignatureGate,
    /// What an image says of itself: release.json, and the lists that PID 1 reads.
    ReleaseFiles,
    /// The closure of an extension to its tree, with the owner of each path.
    ComposeExtension,
    /// The file system of a container to an archive that holds it as an OCI image layout.
    ContainerImage,
    /// A file system image to what is attached to a machine as an extension.
    ExtensionImage,
}

impl Builtin {
    /// Name and version, as they stand in the identity.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::UnpackDeb => "unpack-deb@1",
            Self::Merge => "merge@1",
            Self::CargoVendor => "cargo-vendor@1",
            Self::GoProxy => "go-proxy@1",
            Self::Lint => "lint@1",
            Self::LintGate => "lint-gate@1",
            Self::ComposeRoot => "compose-root@2",
            Self::Describe => "describe@3",
            Self::LicenceTexts => "licence-texts@2",
            Self::Checksums => "checksums@1",
            Self::ListFiles => "list-files@2",
            Self::TarStream => "tar-stream@1",
            Self::Verity => "verity@1",
            Self::Initramfs => "initramfs@1",
            Self::UnifiedKernelImage => "unified-kernel-image@1",
            Self::KeylessSign => "keyless-sign@1",
            Self::InsertCertificates => "insert-certificates@1",
            Self::SpliceSignatures => "splice-signatures@2",
            Self::SignatureGate => "signature-gate@1",
            Self::ReleaseFiles => "release-files@1",
            Self::ComposeExtension => "compose-extension@3",
            Self::ContainerImage => "container-image@1",
            Self::ExtensionImage => "extension-image@1",
        }
    }
}

/// What our own code does with its inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltinAction {
    /// Which.
    pub builtin: Builtin,
    /// What it reads, by role.
    pub inputs: BTreeMap<String, Input>,
    /// Everything else that it depends on. Integers, strings, arrays and objects only.
    pub arguments: Arc<Value>,
}

/// One step of a sandboxed build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SandboxedStep {
    /// Unpack the archive `/sources/<name>` to `/build/<name>`, without the archive's first path component.
    Unpack {
        /// Name of the source.
        source: String,
    },
    /// Run a shell script.
    Run {
        /// Its text.
        script: String,
    },
    /// Run a script that is the same for every recipe, with parameters in files beside it.
    Typed {
        /// What kind of step it is, which names its files.
        kind: String,
        /// Its text.
        script: String,
        /// What each file holds, one item a line.
        parameters: BTreeMap<String, Vec<String>>,
    },
}

/// Which of the installed files an output takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputRule {
    /// Name of the output.
    pub name: String,
    /// Path patterns, `ashlar_tree::Pattern`.
    pub patterns: Vec<String>,
    /// Declared modes and owners, in canonical JSON form, by path.
    pub attributes: BTreeMap<String, Value>,
}

/// What runs in the sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxedAction {
    /// The platform that the build runs on, such as `x86_64-linux`.
    pub host: String,
    /// The platform that its outputs are for.
    pub target: String,
    /// What stands at `/`.
    pub sysroot: TreeDigest,
    /// What stands at `/target`.
    pub target_root: Option<TreeDigest>,
    /// What stands in `/sources`, by name.
    pub sources: BTreeMap<String, Input>,
    /// The steps, in order.
    pub steps: Arc<Vec<SandboxedStep>>,
    /// Scripts that judge the result in `/out`, which they cannot change.
    pub tests: Vec<String>,
    /// Checks of our own code on the result: name and arguments.
    pub asserts: Vec<Value>,
    /// The recipe's variables. The fixed ones belong to the sandbox policy.
    pub environment: BTreeMap<String, String>,
    /// `SOURCE_DATE_EPOCH`, seconds since 1970.
    pub epoch: u64,
    /// How the installed files are shared out, in order.
    pub outputs: Vec<OutputRule>,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// By our own code.
    Builtin(BuiltinAction),
    /// By programs in the sandbox.
    Sandboxed(Box<SandboxedAction>),
}

/// One resolved action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivation {
    /// For people: what this makes. Not part of the identity.
    pub label: String,
    /// What is done.
    pub action: Action,
}

impl Derivation {
    /// The canonical encoding.
    ///
    /// # Errors
    /// If an argument holds a number that has no canonical form.
    pub fn encode(&self) -> Result<String, CanonicalError> {
        let mut writer = CanonicalWriter::default();
        match &self.action {
            Action::Builtin(action) => writer.members([
                ("arguments", &|writer| writer.value(&action.arguments)),
                ("builtin", &|writer| text(writer, action.builtin.id())),
                ("inputs", &|writer| write_inputs(writer, &action.inputs)),
            ])?,
            Action::Sandboxed(action) => write_sandboxed(&mut writer, action)?,
        }
        Ok(format!("ashlar-derivation 1\n{}\n", writer.finish()))
    }

    /// The identity: the digest of the canonical encoding.
    ///
    /// # Errors
    /// As [`Derivation::encode`].
    pub fn id(&self) -> Result<DerivationId, CanonicalError> {
        Ok(DerivationId::new(Sha256::of(self.encode()?.as_bytes())))
    }

    /// The upstream files that it reads.
    pub fn sources(&self) -> impl Iterator<Item = SourceDigest> + '_ {
        let inputs = match &self.action {
            Action::Builtin(action) => &action.inputs,
            Action::Sandboxed(action) => &action.sources,
        };
        inputs.values().filter_map(|input| match input {
            Input::Source(digest) => Some(*digest),
            Input::Tree(_) => None,
        })
    }
}

type Written = Result<(), CanonicalError>;

#[expect(clippy::unnecessary_wraps, reason = "a member of an object may fail")]
fn text(writer: &mut CanonicalWriter, text: &str) -> Written {
    writer.text(text);
    Ok(())
}

fn texts(writer: &mut CanonicalWriter, all: &[String]) -> Written {
    writer.array(all, |writer, item| text(writer, item))
}

fn by_name<T>(map: &BTreeMap<String, T>) -> impl Iterator<Item = (&str, &T)> {
    map.iter().map(|(name, value)| (name.as_str(), value))
}

fn write_inputs(writer: &mut CanonicalWriter, inputs: &BTreeMap<String, Input>) -> Written {
    writer.object(by_name(inputs), |writer, input| {
        let (kind, digest) = match input {
            Input::Tree(digest) => ("tree", digest.to_string()),
            Input::Source(digest) => ("source", digest.to_string()),
        };
        writer.members([(kind, &|writer| text(writer, &digest))])
    })
}

fn write_step(writer: &mut CanonicalWriter, step: &SandboxedStep) -> Written {
    match step {
        SandboxedStep::Unpack { source } => writer.members([("unpack", &|writer| text(writer, source))]),
        SandboxedStep::Run { script } => writer.members([("run", &|writer| text(writer, script))]),
        SandboxedStep::Typed { kind, script, parameters } => writer.members([
            ("parameters", &|writer| {
                writer.object(by_name(parameters), |writer, lines| texts(writer, lines))
            }),
            ("run", &|writer| text(writer, script)),
            ("typed", &|writer| text(writer, kind)),
        ]),
    }
}

fn write_output(writer: &mut CanonicalWriter, rule: &OutputRule) -> Written {
    writer.members([
        ("attributes", &|writer| writer.object(by_name(&rule.attributes), CanonicalWriter::value)),
        ("name", &|writer| text(writer, &rule.name)),
        ("patterns", &|writer| texts(writer, &rule.patterns)),
    ])
}

fn write_sandboxed(writer: &mut CanonicalWriter, action: &SandboxedAction) -> Written {
    writer.members([
        ("asserts", &|writer| writer.array(&*action.asserts, CanonicalWriter::value)),
        ("environment", &|writer| {
            writer.object(by_name(&action.environment), |writer, value| text(writer, value))
        }),
        ("epoch", &|writer| writer.value(&action.epoch.into())),
        ("host", &|writer| text(writer, &action.host)),
        ("outputs", &|writer| writer.array(&*action.outputs, write_output)),
        ("sandbox", &|writer| writer.value(&SANDBOX_POLICY.into())),
        ("sources", &|writer| write_inputs(writer, &action.sources)),
        ("steps", &|writer| writer.array(&*action.steps, write_step)),
        ("sysroot", &|writer| text(writer, &action.sysroot.to_string())),
        ("target", &|writer| text(writer, &action.target)),
        ("target_root", &|writer| match action.target_root {
            Some(root) => text(writer, &root.to_string()),
            None => writer.value(&Value::Null),
        }),
        ("tests", &|writer| texts(writer, &action.tests)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn digest(of: &str) -> TreeDigest {
        TreeDigest::new(Sha256::of(of.as_bytes()))
    }

    fn sample() -> SandboxedAction {
        SandboxedAction {
            host: "x86_64-linux".into(),
            target: "x86_64-linux".into(),
            sysroot: digest("sysroot"),
            target_root: None,
            sources: BTreeMap::from([("a".into(), Input::Source(SourceDigest::new(Sha256::of(b"a"))))]),
            steps: Arc::new(vec![
                SandboxedStep::Unpack { source: "a".into() },
                SandboxedStep::Run { script: "make\n".into() },
            ]),
            tests: vec![],
            asserts: vec![],
            environment: BTreeMap::from([("CFLAGS".into(), "-O2".into())]),
            epoch: 1,
            outputs: vec![OutputRule {
                name: "runtime".into(),
                patterns: vec!["**".into()],
                attributes: BTreeMap::new(),
            }],
        }
    }

    fn id(action: SandboxedAction) -> DerivationId {
        Derivation { label: "sample".into(), action: Action::Sandboxed(Box::new(action)) }.id().unwrap()
    }

    #[test]
    fn the_encoding_is_fixed() {
        let derivation = Derivation { label: "sample".into(), action: Action::Sandboxed(Box::new(sample())) };
        let expected = [
            "ashlar-derivation 1\n".to_owned(),
            r#"{"asserts":[],"environment":{"CFLAGS":"-O2"},"epoch":1,"host":"x86_64-linux","#.to_owned(),
            r#""outputs":[{"attributes":{},"name":"runtime","patterns":["**"]}],"sandbox":1,"#.to_owned(),
            r#""sources":{"a":{"source":"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"}},"#.to_owned(),
            r#""steps":[{"unpack":"a"},{"run":"make\n"}],"#.to_owned(),
            format!(r#""sysroot":"{}","#, digest("sysroot")),
            r#""target":"x86_64-linux","target_root":null,"tests":[]}"#.to_owned(),
            "\n".to_owned(),
        ];
        assert_eq!(derivation.encode().unwrap(), expected.concat());
    }

    #[test]
    fn a_label_is_no_part_of_the_identity_and_everything_else_is() {
        let base = id(sample());
        let relabelled = Derivation { label: "other".into(), action: Action::Sandboxed(Box::new(sample())) };
        assert_eq!(relabelled.id().unwrap(), base);
        let changes: [fn(&mut SandboxedAction); 11] = [
            |action| action.host.push('x'),
            |action| action.target.push('x'),
            |action| action.sysroot = digest("other"),
            |action| action.target_root = Some(digest("t")),
            |action| action.sources.clear(),
            |action| Arc::make_mut(&mut action.steps).truncate(1),
            |action| action.tests.push("true".into()),
            |action| action.asserts.push(json!({"x": 1})),
            |action| action.environment.clear(),
            |action| action.epoch = 2,
            |action| action.outputs[0].patterns.push("x".into()),
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut changed = sample();
            change(&mut changed);
            assert_ne!(id(changed), base, "change {index}");
        }
    }
}
