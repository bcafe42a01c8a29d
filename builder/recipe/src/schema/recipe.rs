// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The shape of `recipe.toml`; read by [`crate::Recipe`].
#![expect(dead_code, reason = "these types exist for their schema")]

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::step::TypedStep;
use crate::rule::Rule;

/// How to build one thing, and what it is.
#[derive(JsonSchema)]
#[schemars(title = "recipe.toml", deny_unknown_fields)]
pub(super) struct RecipeFile {
    /// What it is.
    recipe: Header,
    /// Upstream bytes, by digest; each appears as `/sources/<name>`.
    source: Option<Vec<Source>>,
    /// How it is built.
    build: Build,
    /// The named trees that come out; tried in order, the first whose patterns match takes a file.
    output: Vec<Output>,
    /// The closed list of other ways to build it: each restates keys of `build`.
    variant: Option<BTreeMap<String, Variant>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Header {
    /// The name of the recipe and of its folder.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9+._-]*$"))]
    name: String,
    /// The upstream version.
    version: String,
    /// What it is, in one line.
    summary: String,
    /// An SPDX licence expression.
    license: String,
    /// Its home.
    homepage: String,
    /// `Organization: <name>` or `Person: <name> (<mail>)`.
    #[schemars(regex(pattern = r"^(Organization|Person): "))]
    supplier: String,
    /// The CPE 2.3 name by which vulnerability databases know it.
    #[schemars(regex(pattern = r"^cpe:2\.3:[aoh]:"))]
    cpe: Option<String>,
    /// The package URL by which SBOM and VEX know it.
    #[schemars(regex(pattern = r"^pkg:"))]
    purl: String,
    /// The source epoch in seconds since 1970, where its sources have no dates of their own.
    epoch: Option<u64>,
    /// The package of its seed sets that has its source, for what is built from the seed itself.
    #[schemars(rename = "seed-package")]
    seed_package: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Source {
    Url(UrlSource),
    Debian(DebianSource),
    Crates(CratesSource),
    Go(GoSource),
    Path(PathSource),
}

/// One file from a server.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct UrlSource {
    name: String,
    /// The first place to look.
    #[schemars(regex(pattern = r"^https?://"))]
    url: String,
    /// More places, tried in order.
    mirrors: Option<Vec<String>>,
    /// What the file must hash to.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    sha256: String,
    openpgp: Option<OpenPgp>,
    /// What is said of the patch that it is.
    patch: Option<Vec<Patch>>,
}

/// One file of a Debian source package.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct DebianSource {
    name: String,
    debian: DebianFile,
    /// What the file must hash to.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    sha256: String,
    openpgp: Option<OpenPgp>,
    /// What is said of the patch that it is.
    patch: Option<Vec<Patch>>,
}

/// The registry packages that one package of a Cargo.lock needs.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CratesSource {
    name: String,
    crates: Crates,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Crates {
    /// The Cargo.lock; it states the digests.
    lock: String,
    /// The package whose closure is taken.
    package: String,
}

/// The modules of a go.sum.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct GoSource {
    name: String,
    go: Go,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Go {
    /// The go.sum; it states the digests.
    sum: String,
    /// The go.mod beside it.
    #[schemars(rename = "mod")]
    module: String,
}

/// Files and folders of the project itself.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct PathSource {
    name: String,
    /// Relative to the folder of ashlar.toml.
    path: String,
    /// What of it is taken; everything, where nothing is said.
    include: Option<Vec<String>>,
    /// What is said of the patches in it.
    patch: Option<Vec<Patch>>,
}

/// What a patch is for, and what upstream makes of it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Patch {
    /// The file inside the folder.
    file: Option<String>,
    /// The vulnerabilities that it mends.
    #[schemars(inner(regex(pattern = r"^CVE-[0-9]{4}-[0-9]{4,19}$")))]
    fixes: Option<Vec<String>>,
    /// What upstream makes of it.
    upstream: UpstreamStatus,
    /// The commit, change request or thread.
    reference: Option<String>,
    /// Why it is there; an own patch has to say it.
    because: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum UpstreamStatus {
    /// It comes from upstream, whose next versions have it.
    Backport,
    /// It was sent there.
    Submitted,
    /// It is not meant for upstream.
    Own,
}

/// A file of a Debian source package.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct DebianFile {
    /// The source package.
    package: String,
    /// Its Debian version.
    version: String,
    /// The file, as the Sources index calls it.
    file: String,
}

/// A detached signature, checked by `ashlar lock`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct OpenPgp {
    /// The primary key that must have signed.
    fingerprint: String,
    /// The file of the project that holds the key.
    keyring: String,
    signature: Signature,
    /// Which form of the archive was signed; the compressed one where nothing is said.
    over: Option<SignedForm>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum SignedForm {
    Compressed,
    Uncompressed,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Signature {
    Url(UrlSignature),
    Debian(DebianSignature),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct UrlSignature {
    url: String,
    sha256: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct DebianSignature {
    debian: DebianFile,
    sha256: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Build {
    /// Seed sets, merged at `/`.
    seeds: Option<Vec<String>>,
    /// Outputs (`recipe:output`) merged at `/`.
    host: Option<Vec<String>>,
    /// Outputs (`recipe:output`) merged at `/target`, with what they propagate.
    target: Option<Vec<String>>,
    /// Added to the environment of every step and test.
    env: Option<BTreeMap<String, String>>,
    /// Which input wins where two bring the same path.
    winner: Option<Vec<Winner>>,
    /// What is done, in order.
    step: Vec<Step>,
    /// Scripts that see the result read-only.
    test: Option<Vec<Run>>,
    /// Builtin checks of the result.
    assert: Option<Vec<Assertion>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Variant {
    /// In place of the recipe's.
    seeds: Option<Vec<String>>,
    /// In place of the recipe's.
    host: Option<Vec<String>>,
    /// In place of the recipe's.
    target: Option<Vec<String>>,
    /// Added to the recipe's, or replacing single variables of it.
    env: Option<BTreeMap<String, String>>,
    /// In place of the recipe's.
    winner: Option<Vec<Winner>>,
    /// In place of the recipe's.
    step: Option<Vec<Step>>,
    /// In place of the recipe's.
    test: Option<Vec<Run>>,
    /// In place of the recipe's.
    assert: Option<Vec<Assertion>>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Step {
    Unpack(Unpack),
    Run(Run),
    Typed(TypedStep),
}

/// Unpacks a tar archive into `/build/<name>`, without its first path component.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Unpack {
    /// A source of this recipe.
    unpack: String,
}

/// Runs a script by `/bin/sh -eu`, in `/build`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Run {
    /// The script.
    run: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Winner {
    /// Which of the merged trees; `host` where nothing is said.
    root: Option<Root>,
    /// The path.
    path: String,
    /// The seed set or `recipe:output` that wins.
    input: String,
    /// Why.
    because: String,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Root {
    Host,
    Target,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Assertion {
    /// The resolved kernel configuration holds everything that the fragments ask for.
    #[schemars(rename = "kernel-config")]
    kernel_config: KernelConfig,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct KernelConfig {
    /// The resolved configuration, as a path of the install root.
    file: String,
    /// The fragments, in the order in which they were merged.
    fragments: Vec<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// Its name.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]*$"))]
    name: String,
    /// Path patterns; what no output takes is an error.
    paths: Vec<String>,
    /// Outputs (`recipe:output`) that its files need to run.
    runtime: Option<Vec<String>>,
    /// Outputs (`recipe:output`) that whoever builds against it needs too.
    propagates: Option<Vec<String>>,
    /// Special modes, owners and extended attributes.
    attribute: Option<Vec<Attribute>>,
    /// Rules that are not applied to some files.
    exception: Option<Vec<Exception>>,
}

/// A path whose mode, owner or extended attributes are special.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Attribute {
    /// The path.
    path: String,
    /// Three or four octal digits.
    #[schemars(regex(pattern = r"^[0-7]{3,4}$"))]
    mode: Option<String>,
    /// Its owner; 0 where nothing is said.
    uid: Option<u32>,
    /// Its group; 0 where nothing is said.
    gid: Option<u32>,
    /// Extended attributes by full name; `0x…` is hexadecimal.
    xattrs: Option<BTreeMap<String, String>>,
    /// Why.
    because: String,
    /// The last day on which it holds.
    #[schemars(extend("format" = "date"))]
    until: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Exception {
    /// The rule that is not applied.
    #[schemars(extend("enum" = Rule::ids_with_exceptions()))]
    rule: String,
    /// The paths it is not applied to.
    paths: Vec<String>,
    /// Why.
    because: String,
    /// The last day on which it holds.
    #[schemars(extend("format" = "date"))]
    until: Option<String>,
}
