// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Upstream sources: where bytes may come from, and what they must hash to.
//!
//! A source without a digest cannot be written down, except where the digest stands in a lock of its language
//! (crates, Go modules) or is taken from the project itself (paths). So nothing unchecked can enter a build.
//! Syntax: docs/recipe-format.md, "sources".

use ashlar_digest::SourceDigest;
use ashlar_tree::Pattern;

use crate::code::Code;
use crate::error::Invalid;
use crate::location::{Fingerprint, ProjectPath, Url, pattern};
use crate::name::SourceName;
use crate::patch::Patch;
use crate::read::{Scope, distinct, line, table, text};

/// One `[[source]]`. It appears in the build as `/sources/<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name inside the recipe.
    pub name: SourceName,
    /// Where it comes from.
    pub kind: SourceKind,
    /// What is said of the patches in it.
    pub patches: Vec<Patch>,
}

/// Where a source comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// One file from a server.
    Url {
        /// The first place to look.
        url: Url,
        /// More places, tried in order.
        mirrors: Vec<Url>,
        /// What the file must hash to.
        digest: SourceDigest,
        /// A signature that is checked when locking.
        openpgp: Option<OpenPgp>,
    },
    /// One file of a Debian source package.
    Debian {
        /// Which.
        file: DebianFile,
        /// What the file must hash to.
        digest: SourceDigest,
        /// A signature that is checked when locking.
        openpgp: Option<OpenPgp>,
    },
    /// The registry packages that one package of a Cargo.lock needs, as a vendor folder.
    Crates {
        /// The Cargo.lock; it states the digests.
        lock: ProjectPath,
        /// The package whose closure is taken.
        package: String,
    },
    /// The modules of a go.sum, as a module proxy folder.
    Go {
        /// The go.sum; it states the digests.
        sum: ProjectPath,
        /// The go.mod beside it.
        module: ProjectPath,
    },
    /// Files and folders of the project itself; their digest is taken when they are read.
    Path {
        /// The folder.
        path: ProjectPath,
        /// What of it is taken; everything, where nothing is stated.
        include: Vec<Pattern>,
    },
}

/// A file of a Debian source package, found through signed Release → Sources metadata.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DebianFile {
    /// The source package.
    pub package: String,
    /// Its Debian version.
    pub version: String,
    /// The file, as the Sources index calls it.
    pub file: String,
}

/// A detached OpenPGP signature over a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPgp {
    /// The primary key that must have signed.
    pub fingerprint: Fingerprint,
    /// The file that holds the key.
    pub keyring: ProjectPath,
    /// The signature.
    pub signature: Signature,
    /// What was signed.
    pub over: SignedForm,
}

/// Where a detached signature comes from, and what it must hash to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// From a server.
    Url {
        /// Where.
        url: Url,
        /// Its digest.
        digest: SourceDigest,
    },
    /// From a Debian source package.
    Debian {
        /// Which file.
        file: DebianFile,
        /// Its digest.
        digest: SourceDigest,
    },
}

/// Which form of an archive a signature is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedForm {
    /// The file as it is fetched.
    Compressed,
    /// The archive inside, as kernel.org signs it.
    Uncompressed,
}

const KINDS: [&str; 5] = ["url", "debian", "crates", "go", "path"];

impl Source {
    /// What the file must hash to, where the recipe itself states it.
    #[must_use]
    pub const fn digest(&self) -> Option<SourceDigest> {
        match &self.kind {
            SourceKind::Url { digest, .. } | SourceKind::Debian { digest, .. } => Some(*digest),
            SourceKind::Crates { .. } | SourceKind::Go { .. } | SourceKind::Path { .. } => None,
        }
    }

    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let name = scope.required("name", text(SourceName::parse));
        let kind = match one_of(scope, &KINDS, Code::SourceKind, "a source") {
            Some("url") => url_kind(scope),
            Some("debian") => debian_kind(scope),
            Some(kind) => {
                refuse_digest(scope, kind);
                match kind {
                    "crates" => scope.optional("crates", table(crates_kind)),
                    "go" => scope.optional("go", table(go_kind)),
                    _ => path_kind(scope),
                }
            }
            None => {
                forget_keys(scope);
                None
            }
        };
        let patches = scope.array("patch", table(Patch::read))?;
        let kind = kind?;
        check_patches(scope, &kind, &patches);
        Some(Self { name: name?, kind, patches })
    }
}

/// A folder's patches are named, a source that is itself a patch has no files to name.
fn check_patches(scope: &Scope<'_, '_>, kind: &SourceKind, patches: &[Patch]) {
    let folder = matches!(kind, SourceKind::Path { .. });
    for (index, patch) in patches.iter().enumerate() {
        let earlier = patches[..index].iter().position(|earlier| earlier.file == patch.file);
        if folder != patch.file.is_some() {
            let message =
                if folder { "a patch in a folder needs `file`" } else { "this source is itself the patch" };
            let help =
                if folder { "name the file, as it is called in that folder" } else { "leave `file` out" };
            scope.report(&format!("patch[{index}]"), Invalid::new(Code::Patch, message).help(help));
        } else if let Some(earlier) = earlier {
            let name = patch
                .file
                .as_ref()
                .map_or_else(|| "the patch".to_owned(), |file| format!("the patch {file}"));
            scope.report_duplicate(&name, &format!("patch[{index}]"), &format!("patch[{earlier}]"));
        }
    }
}

/// The one key of `keys` that is there; none or several are a fault.
pub(crate) fn one_of(
    scope: &Scope<'_, '_>,
    keys: &[&'static str],
    code: Code,
    what: &str,
) -> Option<&'static str> {
    let present: Vec<&'static str> = keys.iter().copied().filter(|key| scope.has(key)).collect();
    match present.as_slice() {
        [one] => return Some(one),
        [] => {
            let message = format!("{what} says none of {}", words(keys));
            scope.report("", Invalid::new(code, message).help("state exactly one of them"));
        }
        [_, second, ..] => {
            let message = format!("{what} says {} at once", words(&present));
            scope.report(second, Invalid::new(code, message).help("keep one of them"));
        }
    }
    None
}

fn words(keys: &[&str]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    quoted.join(", ")
}

/// Where the kind is unclear, the keys of every kind are let pass: one fault, one message.
fn forget_keys(scope: &Scope<'_, '_>) {
    for key in ["mirrors", "sha256", "openpgp", "include", "patch"] {
        scope.has(key);
    }
}

fn refuse_digest(scope: &Scope<'_, '_>, kind: &str) {
    if scope.has("sha256") {
        let help = match kind {
            "path" => "the project's own files are identified by what they hold when they are read",
            _ => "its digests stand in the file that it names",
        };
        let message = format!("a `{kind}` source has no sha256 of its own");
        scope.report("sha256", Invalid::new(Code::SourceKind, message).help(help));
    }
}

fn url_kind(scope: &Scope<'_, '_>) -> Option<SourceKind> {
    let url = scope.optional("url", text(Url::parse));
    let mirrors = scope.optional("mirrors", distinct(Url::parse)).unwrap_or_default();
    let digest = scope.required("sha256", text(digest));
    let openpgp = scope.optional("openpgp", table(OpenPgp::read));
    Some(SourceKind::Url { url: url?, mirrors, digest: digest?, openpgp })
}

fn debian_kind(scope: &Scope<'_, '_>) -> Option<SourceKind> {
    let file = scope.optional("debian", table(DebianFile::read));
    let digest = scope.required("sha256", text(digest));
    let openpgp = scope.optional("openpgp", table(OpenPgp::read));
    Some(SourceKind::Debian { file: file?, digest: digest?, openpgp })
}

fn crates_kind(scope: &Scope<'_, '_>) -> Option<SourceKind> {
    let lock = scope.required("lock", text(ProjectPath::parse));
    let package = scope.required("package", text(line));
    Some(SourceKind::Crates { lock: lock?, package: package? })
}

fn go_kind(scope: &Scope<'_, '_>) -> Option<SourceKind> {
    let sum = scope.required("sum", text(ProjectPath::parse));
    let module = scope.required("mod", text(ProjectPath::parse));
    Some(SourceKind::Go { sum: sum?, module: module? })
}

fn path_kind(scope: &Scope<'_, '_>) -> Option<SourceKind> {
    let path = scope.optional("path", text(ProjectPath::parse));
    let include = scope.optional("include", distinct(pattern)).unwrap_or_default();
    Some(SourceKind::Path { path: path?, include })
}

impl DebianFile {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let package = scope.required("package", text(line));
        let version = scope.required("version", text(line));
        let file = scope.required("file", text(file_name));
        Some(Self { package: package?, version: version?, file: file? })
    }
}

impl OpenPgp {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let fingerprint = scope.required("fingerprint", text(Fingerprint::parse));
        let keyring = scope.required("keyring", text(ProjectPath::parse));
        let signature = scope.required("signature", table(Signature::read));
        let over = scope.optional("over", text(SignedForm::parse)).unwrap_or(SignedForm::Compressed);
        Some(Self { fingerprint: fingerprint?, keyring: keyring?, signature: signature?, over })
    }
}

impl Signature {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let kind = one_of(scope, &["url", "debian"], Code::SourceKind, "a signature");
        let url = scope.optional("url", text(Url::parse));
        let file = scope.optional("debian", table(DebianFile::read));
        let digest = scope.required("sha256", text(digest));
        match kind? {
            "url" => Some(Self::Url { url: url?, digest: digest? }),
            _ => Some(Self::Debian { file: file?, digest: digest? }),
        }
    }
}

impl SignedForm {
    fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "compressed" => Ok(Self::Compressed),
            "uncompressed" => Ok(Self::Uncompressed),
            _ => Err(Invalid::new(Code::Choice, format!("{text:?} is no form that is signed"))
                .help("write \"compressed\" (the file as fetched) or \"uncompressed\" (the archive inside)")),
        }
    }
}

fn digest(text: &str) -> Result<SourceDigest, Invalid> {
    text.parse().map_err(|cause: ashlar_digest::DigestError| {
        Invalid::new(Code::Digest, cause.to_string()).help("write it as `sha256sum FILE` prints it")
    })
}

/// A name without folders: a Sources index that says otherwise would escape its own folder.
fn file_name(text: &str) -> Result<String, Invalid> {
    if text.contains('/') || text == "." || text == ".." {
        return Err(Invalid::new(Code::Path, format!("{text:?} is no file name")));
    }
    line(text)
}
