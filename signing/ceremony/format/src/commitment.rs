// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a ceremony will sign, fixed before its key exists.
//!
//! Its digest stands in the key statement: SHA-256 over the digests in ascending order, one hex a line, `\n` after each.

use serde::{Deserialize, Deserializer, Serialize, de};
use sha2::Digest as _;

use crate::{FormatError, ModuleDigest, Sha256};

/// The greatest number of modules of one ceremony.
pub const MAX_MODULES: usize = 65536;

/// Digests of unsigned modules, ascending, each once; from 1 to [`MAX_MODULES`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Commitment(Vec<ModuleDigest>);

impl Commitment {
    /// A commitment to these modules, in any order; modules with equal bytes count once.
    ///
    /// # Errors
    /// [`FormatError::CommitmentCount`] if there are none or too many.
    pub fn new(modules: impl IntoIterator<Item = ModuleDigest>) -> Result<Self, FormatError> {
        let mut digests: Vec<_> = modules.into_iter().collect();
        digests.sort_unstable();
        digests.dedup();
        Self::from_sorted(digests)
    }

    /// Takes digests that are in order already.
    ///
    /// # Errors
    /// [`FormatError::CommitmentOrder`] if one is not above the one before it; [`FormatError::CommitmentCount`].
    pub fn from_sorted(digests: Vec<ModuleDigest>) -> Result<Self, FormatError> {
        if digests.is_empty() || digests.len() > MAX_MODULES {
            return Err(FormatError::CommitmentCount { count: digests.len() });
        }
        match digests.windows(2).position(|pair| pair[0] >= pair[1]) {
            Some(before) => Err(FormatError::CommitmentOrder { index: before + 1 }),
            None => Ok(Self(digests)),
        }
    }

    /// The digests, ascending.
    #[must_use]
    pub fn digests(&self) -> &[ModuleDigest] {
        &self.0
    }

    /// Whether `module` may be signed.
    #[must_use]
    pub fn contains(&self, module: &ModuleDigest) -> bool {
        self.0.binary_search(module).is_ok()
    }

    /// The digest of the whole, as the key statement has it.
    #[must_use]
    pub fn sha256(&self) -> Sha256 {
        let mut state = sha2::Sha256::new();
        for digest in &self.0 {
            state.update(format!("{digest}\n"));
        }
        Sha256::from_bytes(state.finalize().into())
    }
}

impl<'de> Deserialize<'de> for Commitment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_sorted(Vec::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: u32) -> ModuleDigest {
        ModuleDigest::of(&number.to_be_bytes())
    }

    #[test]
    fn the_order_of_modules_does_not_matter() {
        let forwards = Commitment::new((0..20).map(digest)).unwrap();
        let backwards = Commitment::new((0..20).rev().chain(0..20).map(digest)).unwrap();
        assert_eq!(forwards, backwards);
        assert!(forwards.contains(&digest(19)) && !forwards.contains(&digest(20)));
        let json = serde_json::to_string(&forwards).unwrap();
        assert_eq!(serde_json::from_str::<Commitment>(&json).unwrap(), forwards);
    }

    #[test]
    fn its_digest_is_that_of_a_list_of_hex_lines() {
        let commitment = Commitment::new([digest(1), digest(2)]).unwrap();
        let mut lines = [digest(1), digest(2)].map(|digest| format!("{digest}\n"));
        lines.sort();
        assert_eq!(commitment.sha256(), Sha256::of(lines.concat().as_bytes()));
    }

    #[test]
    fn a_list_that_repeats_or_shuffles_digests_is_refused() {
        let mut pair = [digest(1), digest(2)];
        pair.sort();
        let [low, high] = pair;
        for list in [vec![high, low], vec![low, low], vec![low, high, high]] {
            let json = serde_json::to_string(&list).unwrap();
            assert!(serde_json::from_str::<Commitment>(&json).unwrap_err().to_string().contains("not above"));
        }
        assert!(serde_json::from_str::<Commitment>("[]").is_err());
    }

    #[test]
    fn a_ceremony_has_a_greatest_number_of_modules() {
        let most = (0..65536).map(digest);
        assert_eq!(Commitment::new(most.clone()).unwrap().digests().len(), MAX_MODULES);
        let over = Commitment::new(most.chain([digest(65536)]));
        assert!(matches!(over, Err(FormatError::CommitmentCount { count: 65537 })));
    }
}
