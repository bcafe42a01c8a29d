// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A whole release: its files, changed at will, then sealed by a manifest and written into a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ashlar_attestation::{
    BuildDefinition, BuildMetadata, Builder, DigestSet, PublisherKey, RELEASE_BUILD_TYPE, RELEASE_BUILDER,
    ReleaseParameters, Resource, RunDetails, SlsaProvenance, SpdxDocument, Statement, StatementSigner,
    Subject as Named, envelope,
};
use ashlar_digest::{Sha256, TreeDigest, to_canonical_json};
use ashlar_images::{extensions_json, modules_json};
use ashlar_module_signature::{
    Commitment, EcdsaSigner, Envelope, KeyStatement, Memory, ModuleDigest, ReleaseId, Sha256 as WireDigest,
    SignedModule, Signer as _, Subject, certificate, cms, keyless, statement_payload,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::file_system::FileSystem;
use super::image_files::{extension, image_files, root_files};
use super::programs::system_map;
use crate::listing::{What, list};
use crate::pem;

/// The unsigned modules of every synthetic release.
pub(crate) const MODULES: [(&str, &[u8]); 3] = [
    ("usr/lib/modules/6.12/a.ko", b"\x7fELF module a"),
    ("usr/lib/modules/6.12/b.ko", b"\x7fELF module b"),
    ("usr/lib/modules/6.12/c.ko", b"\x7fELF module c"),
];
const EPOCH: u64 = 1_700_000_000;
/// The SBOM of the root.
pub(crate) const OS_DOCUMENT: &[u8] = b"{\"spdxVersion\": \"SPDX-2.3\", \"name\": \"os\"}\n";
/// The SBOM of the extension.
pub(crate) const TOOLS_DOCUMENT: &[u8] = b"{\"spdxVersion\": \"SPDX-2.3\", \"name\": \"tools\"}\n";
/// Blocks of data in the root.
const ROOT_BLOCKS: usize = 5;

/// How the modules are signed.
#[derive(Clone, Debug)]
pub(crate) enum Signing {
    /// By the key of a ceremony, made from this seed.
    Ceremony(&'static str),
    Keyless,
}

/// A release in memory.
#[derive(Clone, Debug)]
pub(crate) struct Synthetic {
    pub(crate) version: String,
    /// Every file that a manifest lists.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// The manifest without `files`; put into it when it is sealed.
    pub(crate) manifest: Value,
}

/// A release in a folder, which is removed with this value.
#[derive(Debug)]
pub(crate) struct Written {
    _parent: TempDir,
    pub(crate) path: PathBuf,
}

fn canonical(value: &Value) -> Vec<u8> {
    (to_canonical_json(value).unwrap() + "\n").into_bytes()
}

fn arch_id(version: &str) -> ReleaseId {
    ReleaseId::parse(&format!("ashlar-qemu-{version}-x86_64")).unwrap()
}

/// What signing gives.
struct Signed {
    /// DER.
    certificates: Vec<Vec<u8>>,
    signatures: BTreeMap<ModuleDigest, Vec<u8>>,
    /// Of a ceremony.
    statement: Option<Vec<u8>>,
}

fn sign(signing: &Signing, release: &ReleaseId) -> Signed {
    let modules = Commitment::new(MODULES.iter().map(|(_, bytes)| ModuleDigest::of(bytes))).unwrap();
    let mut signatures = BTreeMap::new();
    match signing {
        Signing::Keyless => {
            let mut certificates = Vec::new();
            for digest in modules.digests() {
                let derived = keyless(digest).unwrap();
                let subject = Subject::Module(*digest);
                certificates.push(certificate(&subject, release, EPOCH, &derived.public_key).unwrap());
                signatures.insert(*digest, cms(release, &derived.public_key, &derived.signature).unwrap());
            }
            Signed { certificates, signatures, statement: None }
        }
        Signing::Ceremony(seed) => {
            let signer = super::ceremony_key(seed);
            for digest in modules.digests() {
                let signature = signer.sign(digest).unwrap();
                signatures.insert(*digest, cms(release, signer.public_key(), &signature).unwrap());
            }
            let der = certificate(&Subject::Release, release, EPOCH, signer.public_key()).unwrap();
            let statement = key_statement(&signer, release, &der, &modules, &signatures);
            Signed { certificates: vec![der], signatures, statement: Some(statement) }
        }
    }
}

fn key_statement(
    signer: &EcdsaSigner,
    release: &ReleaseId,
    certificate: &[u8],
    modules: &Commitment,
    signatures: &BTreeMap<ModuleDigest, Vec<u8>>,
) -> Vec<u8> {
    let signed = |(module, cms): (&ModuleDigest, &Vec<u8>)| SignedModule {
        module: *module,
        signature: WireDigest::of(cms),
    };
    let statement = KeyStatement {
        agent_sha256: WireDigest::of(b"the agent"),
        algorithm: signer.public_key().algorithm(),
        certificate_sha256: WireDigest::of(certificate),
        committed: modules.digests().len() as u64,
        committed_sha256: modules.sha256(),
        epoch: EPOCH,
        hardening: vec!["seccomp".to_owned()],
        last: true,
        memory: Memory::MemfdSecret,
        release: release.clone(),
        signed: signatures.iter().map(signed).collect(),
        spki_sha256: signer.public_key().key_id(),
    };
    seal_statement(signer, &statement)
}

fn seal_statement(signer: &EcdsaSigner, statement: &KeyStatement) -> Vec<u8> {
    let envelope = Envelope::seal(signer, statement_payload(statement).unwrap()).unwrap();
    envelope::to_json(&envelope).unwrap().into_bytes()
}

impl Synthetic {
    /// A consistent release; the provenance is signed where there is a publisher.
    pub(crate) fn new(version: &str, signing: &Signing, publisher: Option<&PublisherKey>) -> Self {
        let release = arch_id(version);
        let Signed { certificates, signatures, statement } = sign(signing, &release);
        let root = FileSystem::new("os", OS_DOCUMENT).image(ROOT_BLOCKS);
        let mut files = image_files("qemu", &certificates.concat(), &root);
        let mut put = |path: &str, bytes: &[u8]| drop(files.insert(path.to_owned(), bytes.to_vec()));
        let tools = FileSystem::new("tools", TOOLS_DOCUMENT).image(3);
        let (raw, spec) = extension("tools", release.as_str(), &tools);
        put("extensions/tools.spdx.json", TOOLS_DOCUMENT);
        put("extensions/tools.raw", &raw);
        put("owners.json", b"{\"schema\":1}");
        put("kernel.config", b"CONFIG_MODULE_SIG_FORCE=y\n");
        put("System.map", system_map().as_bytes());
        let pem: String = certificates.iter().map(|der| pem::encode(der)).collect();
        put("certificate.pem", pem.as_bytes());
        for (digest, cms) in &signatures {
            put(&format!("signatures/{digest}.p7s"), cms);
        }
        if let Some(statement) = &statement {
            put("key-statement.intoto.json", statement);
        }
        let root_hash = spec.root_hash.clone();
        let mut facts = serde_json::Map::new();
        for (path, bytes) in MODULES {
            let digest = ModuleDigest::of(bytes);
            let place = signatures.keys().position(|other| *other == digest).unwrap();
            let certificate = if certificates.len() == 1 { 0 } else { place };
            let signature = Sha256::of(&signatures[&digest]).to_string();
            let fact =
                json!({"module": digest.to_string(), "signature": signature, "certificate": certificate});
            facts.insert(path.to_owned(), fact);
        }
        put("signing.json", &canonical(&json!({"schema": 1, "modules": facts})));
        put("os.spdx.json", OS_DOCUMENT);
        for name in ["build.spdx.json", "build.spdx3.json", "os.cdx.json", "os.spdx3.json"] {
            put(name, format!("{{\"about\": \"{name}\"}}\n").as_bytes());
        }
        put("modules.json", modules_json(&[format!("/{}", MODULES[0].0)]).unwrap().as_bytes());
        put("extensions.json", extensions_json(release.as_str(), &[spec]).unwrap().as_bytes());
        let signer = if statement.is_some() { "p384" } else { "keyless" };
        let source = b"a source";
        put(&format!("sources/{}", Sha256::of(source)), source);
        put(
            "inputs.json",
            &canonical(&json!({"schema": 1, "inputs": [{
                "name": "musl-1.2.tar.gz", "sha256": Sha256::of(source).to_string(), "size": source.len(),
                "uris": ["https://example.com/musl-1.2.tar.gz"],
            }]})),
        );
        let modules = MODULES
            .iter()
            .map(|(path, bytes)| ((*path).to_owned(), json!(ModuleDigest::of(bytes).to_string())));
        let described = json!({
            "schema": 1, "release": release.as_str(), "project": "ashlar", "image": "qemu", "version": version,
            "platform": "x86_64-linux", "kind": "release", "signer": signer,
            "certificates": certificates.iter().map(|der| Sha256::of(der).to_string()).collect::<Vec<_>>(),
            "modules": modules.collect::<serde_json::Map<_, _>>(), "extensions": {"tools": root_hash},
        });
        put("release.json", &canonical(&described));
        let manifest = json!({
            "schema": 1, "release": release.as_str(), "project": "ashlar", "image": "qemu", "version": version,
            "platform": "x86_64-linux", "epoch": EPOCH, "signer": signer, "checkout": Sha256::of(b"checkout").to_string(),
            "agent_sha256": statement.as_ref().map(|_| WireDigest::of(b"the agent").to_string()),
            "expected": {"recipe linux:vmlinux": Sha256::of(b"vmlinux").to_string()},
        });
        let mut synthetic = Self { version: version.to_owned(), files, manifest };
        synthetic.write_provenance(publisher, |_| {});
        synthetic
    }

    /// Its release id.
    pub(crate) fn id(&self) -> ReleaseId {
        arch_id(&self.version)
    }

    /// Makes the provenance of the files as they are now, changed by `change`.
    pub(crate) fn write_provenance(
        &mut self,
        publisher: Option<&PublisherKey>,
        change: impl FnOnce(&mut Statement<SlsaProvenance>),
    ) {
        let images = self.files.iter().filter(|(path, _)| role(path) == "image");
        let source = Sha256::of(b"a source");
        let word = |key: &str| self.manifest[key].as_str().unwrap();
        let parameters = ReleaseParameters {
            image: word("image"),
            version: word("version"),
            platform: word("platform"),
            signer: word("signer"),
        };
        let mut statement = Statement {
            subjects: images.map(|(path, bytes)| Named::new(path.clone(), Sha256::of(bytes))).collect(),
            predicate: SlsaProvenance {
                build_definition: BuildDefinition {
                    build_type: RELEASE_BUILD_TYPE.to_owned(),
                    external_parameters: parameters.external(),
                    internal_parameters: BTreeMap::new(),
                    resolved_dependencies: vec![
                        Resource {
                            name: "checkout".to_owned(),
                            uri: None,
                            digest: DigestSet::of_tree(TreeDigest::new(Sha256::of(b"checkout"))),
                        },
                        Resource {
                            name: "musl-1.2.tar.gz".to_owned(),
                            uri: Some("https://example.com/musl-1.2.tar.gz".to_owned()),
                            digest: DigestSet::of_file(source),
                        },
                    ],
                },
                run_details: RunDetails {
                    builder: Builder { id: RELEASE_BUILDER.to_owned(), version: BTreeMap::new() },
                    metadata: Some(BuildMetadata { invocation_id: self.id().to_string() }),
                },
            },
        };
        change(&mut statement);
        let signers: Vec<&dyn StatementSigner> =
            publisher.into_iter().map(|key| key as &dyn StatementSigner).collect();
        let text = envelope::to_lines(&[envelope::seal(&statement, &signers).unwrap()]).unwrap();
        self.files.insert("provenance.intoto.jsonl".to_owned(), text.into_bytes());
        self.write_sbom_statements(publisher, |_| {});
    }

    /// Makes the statements of what is in the image files as they are now, changed by `change`.
    pub(crate) fn write_sbom_statements(
        &mut self,
        publisher: Option<&PublisherKey>,
        change: impl FnOnce(&mut Vec<Statement<SpdxDocument>>),
    ) {
        let document = |path: String| {
            let bytes = self.files.get(&path).map_or(&b"null"[..], Vec::as_slice);
            SpdxDocument(serde_json::from_slice(bytes).unwrap_or_default())
        };
        let named = |(path, bytes): (&String, &Vec<u8>)| Named::new(path.clone(), Sha256::of(bytes));
        let images = || self.files.iter().filter(|(path, _)| role(path) == "image");
        let (extensions, os): (Vec<_>, Vec<_>) =
            images().partition(|(path, _)| path.starts_with("extensions/"));
        let mut statements = vec![Statement {
            subjects: os.into_iter().map(named).collect(),
            predicate: document("os.spdx.json".to_owned()),
        }];
        statements.extend(extensions.into_iter().map(|extension| Statement {
            subjects: vec![named(extension)],
            predicate: document(extension.0.replace(".raw", ".spdx.json")),
        }));
        change(&mut statements);
        let signers: Vec<&dyn StatementSigner> =
            publisher.into_iter().map(|key| key as &dyn StatementSigner).collect();
        let sealed: Vec<_> =
            statements.iter().map(|statement| envelope::seal(statement, &signers).unwrap()).collect();
        let text = envelope::to_lines(&sealed).unwrap();
        self.files.insert("sbom.intoto.jsonl".to_owned(), text.into_bytes());
    }

    /// Puts another root into every file that holds or describes it.
    pub(crate) fn set_root(&mut self, system: &FileSystem) {
        self.set_root_data(&system.image(ROOT_BLOCKS));
    }

    /// As [`Self::set_root`], with any bytes.
    pub(crate) fn set_root_data(&mut self, data: &[u8]) {
        let files = root_files("qemu", &self.files["vmlinuz"], data);
        self.files.extend(files);
    }

    /// Puts another extension into every file that holds or describes it.
    pub(crate) fn set_extension(&mut self, system: &FileSystem) {
        let release = self.id();
        let (raw, spec) = extension("tools", release.as_str(), &system.image(3));
        self.edit_release_json(|value| value["extensions"]["tools"] = spec.root_hash.clone().into());
        let list = extensions_json(release.as_str(), &[spec]).unwrap();
        self.files.insert("extensions.json".to_owned(), list.into_bytes());
        self.files.insert("extensions/tools.raw".to_owned(), raw);
    }

    /// Signs a changed key statement with the ceremony's key.
    pub(crate) fn write_key_statement(&mut self, seed: &str, change: impl FnOnce(&mut KeyStatement)) {
        let envelope = envelope::from_json(&self.files["key-statement.intoto.json"]).unwrap();
        let mut statement = ashlar_module_signature::parse_statement(&envelope.payload).unwrap();
        change(&mut statement);
        let bytes = seal_statement(&super::ceremony_key(seed), &statement);
        self.files.insert("key-statement.intoto.json".to_owned(), bytes);
    }

    /// Changes `release.json`.
    pub(crate) fn edit_release_json(&mut self, change: impl FnOnce(&mut Value)) {
        self.edit("release.json", change);
    }

    /// Changes a JSON document.
    pub(crate) fn edit(&mut self, path: &str, change: impl FnOnce(&mut Value)) {
        let mut value: Value = serde_json::from_slice(&self.files[path]).unwrap();
        change(&mut value);
        self.files.insert(path.to_owned(), canonical(&value));
    }

    /// Puts another kernel beside and into the unified kernel image.
    pub(crate) fn set_kernel(&mut self, kernel: Vec<u8>) {
        let image = super::unified(&kernel, "console=ttyS0 quiet", &self.files["initramfs.cpio"]);
        self.files.insert("vmlinuz".to_owned(), kernel);
        self.files.insert("qemu.efi".to_owned(), image);
    }

    /// The manifest of the files as they are now.
    pub(crate) fn manifest_bytes(&self) -> Vec<u8> {
        let mut manifest = self.manifest.clone();
        let entry = |(path, bytes): (&String, &Vec<u8>)| {
            let entry =
                json!({"role": role(path), "size": bytes.len(), "sha256": Sha256::of(bytes).to_string()});
            (path.clone(), entry)
        };
        manifest["files"] = Value::Object(self.files.iter().map(entry).collect());
        canonical(&manifest)
    }

    /// `SHA256SUMS` over `manifest` and the files as they are now.
    pub(crate) fn sums(&self, manifest: &[u8]) -> String {
        let mut lines: BTreeMap<&str, Sha256> =
            self.files.iter().map(|(path, bytes)| (path.as_str(), Sha256::of(bytes))).collect();
        lines.insert("manifest.json", Sha256::of(manifest));
        lines.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect()
    }

    /// Makes manifest, sums and the publisher's signature, and writes everything.
    pub(crate) fn write(&self, publisher: Option<&PublisherKey>) -> Written {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join(self.id().as_str());
        let manifest = self.manifest_bytes();
        for (name, bytes) in &self.files {
            let file = path.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
        if let Some(publisher) = publisher {
            fs::write(path.join("manifest.sig"), publisher.sign(&manifest).unwrap().as_der()).unwrap();
        }
        fs::write(path.join("SHA256SUMS"), self.sums(&manifest)).unwrap();
        fs::write(path.join("manifest.json"), manifest).unwrap();
        Written { _parent: parent, path }
    }
}

/// The digest of every file in `folder`, by path: what a rebuild says that it made.
pub(crate) fn digests(folder: &Path) -> BTreeMap<String, Sha256> {
    let files = list(folder).into_iter().filter(|entry| matches!(entry.what, What::File(_)));
    files.map(|entry| (entry.path.clone(), Sha256::of(&fs::read(folder.join(entry.path)).unwrap()))).collect()
}

/// The role of a file, as the layout has it.
fn role(path: &str) -> &'static str {
    let (folder, _) = path.split_once('/').unwrap_or_default();
    match (folder, path) {
        ("extensions", _) if path.ends_with(".spdx.json") => "record",
        ("extensions", _) => "image",
        ("signatures", _) => "signature",
        ("sources", _) => "source",
        (_, "certificate.pem" | "key-statement.intoto.json" | "secure-boot.p7s" | "secure-boot.pem") => {
            "signature"
        }
        (
            _,
            "provenance.intoto.jsonl"
            | "inputs.json"
            | "kernel.config"
            | "System.map"
            | "release.json"
            | "extensions.json"
            | "modules.json"
            | "signing.json"
            | "build.spdx.json"
            | "build.spdx3.json"
            | "os.cdx.json"
            | "os.spdx.json"
            | "os.spdx3.json"
            | "sbom.intoto.jsonl",
        ) => "record",
        _ => "image",
    }
}
