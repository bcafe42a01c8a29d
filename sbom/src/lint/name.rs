// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What programs call a flaw: names that stay, whatever becomes of the sentences.

use super::Flaw;

impl Flaw {
    /// Its name: lowercase words with `-` between them.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoVersion => "no-version",
            Self::VersionUnknown => "version-unknown",
            Self::NoPurl => "no-purl",
            Self::NothingToSearchBy => "nothing-to-search-by",
            Self::OwnPart => "own-part",
            Self::PurlVersion => "purl-version",
            Self::PurlName => "purl-name",
            Self::PurlDistribution => "purl-distribution",
            Self::GoDevelopment => "go-development",
            Self::CpeVersion => "cpe-version",
            Self::CpeTooNarrow => "cpe-too-narrow",
            Self::KernelSuffix => "kernel-suffix",
            Self::SamePurl(_) => "same-purl",
            Self::DroppedByScanners => "dropped-by-scanners",
            Self::RootIsSource => "root-is-source",
            Self::NoSupplier => "no-supplier",
            Self::NoConcludedLicence => "no-concluded-licence",
            Self::NoDeclaredLicence => "no-declared-licence",
            Self::NoChecksum => "no-checksum",
        }
    }
}
