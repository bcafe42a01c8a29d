// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The shape of `seeds.toml`; read by [`crate::SeedSets`].
#![expect(dead_code, reason = "these types exist for their schema")]

use std::collections::BTreeMap;

use schemars::JsonSchema;

/// The archive that is trusted, and the sets of its binary packages that bootstrap every build.
#[derive(JsonSchema)]
#[schemars(title = "seeds.toml", deny_unknown_fields)]
pub(super) struct SeedsFile {
    /// Whose signatures count, and which suites are looked into.
    archive: Option<Archive>,
    /// The sets.
    set: Option<BTreeMap<String, SeedSet>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Archive {
    /// The file that holds the archive's keys; `seeds/keyring.pgp` where nothing is said.
    keyring: Option<String>,
    /// Fingerprints of the primary keys that may sign.
    keyrings: Vec<String>,
    /// The suites, most preferred first.
    suites: Vec<Suite>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Suite {
    /// Its code name.
    name: String,
    /// The archive that holds it: the last folder of a mirror's base URL.
    archive: String,
    /// Its components; `main` where nothing is said.
    components: Option<Vec<String>>,
    /// Whether only packages that a set takes by name may come from it.
    #[schemars(rename = "named-only")]
    named_only: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct SeedSet {
    /// Packages that are asked for; what they depend on comes along.
    packages: Option<Vec<String>>,
    /// Packages that may come from a suite that is `named-only`.
    backports: Option<Vec<String>>,
    /// Packages that are left out although something depends on them.
    exclude: Option<Vec<String>>,
    /// Other sets that come along.
    include: Option<Vec<String>>,
    /// Links that maintainer scripts would have made.
    link: Option<Vec<Link>>,
    /// Files that maintainer scripts would have made.
    file: Option<Vec<File>>,
    /// Libraries that its compilers link into programs by themselves: components of whatever has such a program.
    runtime: Option<Vec<Runtime>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Runtime {
    /// The package of the set that has it; its version, without epoch and revision, is that of the component.
    package: String,
    /// How SBOM and VEX call it, without a version.
    purl: String,
    /// SPDX licence expression.
    license: String,
    /// `Organization: …` or `Person: …`, upstream's.
    supplier: String,
    /// Where its home is.
    homepage: String,
    /// How vulnerability databases call it; the version in it does not count.
    #[schemars(regex(pattern = r"^cpe:2\.3:[aoh]:"))]
    cpe: Option<String>,
}

/// A symbolic link.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Link {
    /// Where it is.
    path: String,
    /// Where it points, as written.
    target: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct File {
    /// Where it is.
    path: String,
    /// What it holds.
    content: String,
    /// Three or four octal digits; 0644 where nothing is said.
    #[schemars(regex(pattern = r"^[0-7]{3,4}$"))]
    mode: Option<String>,
}
