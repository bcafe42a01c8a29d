// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What garbage collection must keep: `roots/<name>`, one file for each who wants to keep something.
//!
//! ```text
//! ashlar-roots 1
//! blob <BlobDigest>
//! derivation <DerivationId>
//! tree <TreeDigest>
//! ```

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ashlar_digest::{BlobDigest, DerivationId, TreeDigest};

use crate::new_file::NewFile;
use crate::{Store, StoreError};

const HEADER: &str = "ashlar-roots 1";

/// Things to keep, with all they refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots {
    /// Contents: sources.
    pub blobs: BTreeSet<BlobDigest>,
    /// Derivations with their realisations, logs and output trees.
    pub derivations: BTreeSet<DerivationId>,
    /// Trees with their contents and checkouts.
    pub trees: BTreeSet<TreeDigest>,
}

impl Roots {
    /// Takes everything from `other` too.
    pub fn extend(&mut self, other: Self) {
        self.blobs.extend(other.blobs);
        self.derivations.extend(other.derivations);
        self.trees.extend(other.trees);
    }

    fn encode(&self) -> String {
        let mut text = format!("{HEADER}\n");
        let blobs = self.blobs.iter().map(|digest| ("blob", digest.to_string()));
        let derivations = self.derivations.iter().map(|id| ("derivation", id.to_string()));
        let trees = self.trees.iter().map(|digest| ("tree", digest.to_string()));
        for (kind, digest) in blobs.chain(derivations).chain(trees) {
            // Writing to a String cannot fail.
            let _infallible = writeln!(text, "{kind} {digest}");
        }
        text
    }

    /// The number of the first wrong line if there is one.
    fn decode(text: &str) -> Result<Self, usize> {
        fn add<T: FromStr + Ord>(set: &mut BTreeSet<T>, digest: &str) -> bool {
            digest.parse().is_ok_and(|digest| set.insert(digest))
        }
        let mut roots = Self::default();
        let mut lines = text.lines();
        if lines.next() != Some(HEADER) {
            return Err(1);
        }
        for (index, line) in lines.enumerate() {
            let understood = match line.split_once(' ') {
                Some(("blob", digest)) => add(&mut roots.blobs, digest),
                Some(("derivation", id)) => add(&mut roots.derivations, id),
                Some(("tree", digest)) => add(&mut roots.trees, digest),
                _ => false,
            };
            if !understood {
                return Err(index + 2);
            }
        }
        Ok(roots)
    }
}

fn read(path: &Path) -> Result<Roots, StoreError> {
    let bytes = fs::read(path).map_err(StoreError::read(path))?;
    let corrupt = |line| StoreError::CorruptRoots { path: path.to_owned(), line };
    let text = std::str::from_utf8(&bytes).map_err(|_| corrupt(1))?;
    Roots::decode(text).map_err(corrupt)
}

impl Store {
    /// Keeps `roots` under `name`, instead of what the name kept before.
    ///
    /// # Errors
    /// [`StoreError::RootsName`], [`StoreError::Write`].
    pub fn set_roots(&self, name: &str, roots: &Roots) -> Result<(), StoreError> {
        let path = self.roots_path(name)?;
        let mut file = NewFile::create(self)?;
        file.write(roots.encode().as_bytes())?;
        file.publish(&path, 0o644)
    }

    /// Stops keeping what `name` kept; a name that keeps nothing is fine.
    ///
    /// # Errors
    /// [`StoreError::RootsName`], [`StoreError::Remove`].
    pub fn remove_roots(&self, name: &str) -> Result<(), StoreError> {
        let path = self.roots_path(name)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::remove(path)(error)),
            _ => Ok(()),
        }
    }

    /// What `name` keeps, if anything.
    ///
    /// # Errors
    /// [`StoreError::RootsName`], [`StoreError::CorruptRoots`], [`StoreError::Read`].
    pub fn roots(&self, name: &str) -> Result<Option<Roots>, StoreError> {
        let path = self.roots_path(name)?;
        match read(&path) {
            Err(StoreError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            found => found.map(Some),
        }
    }

    /// All that is kept, under whatever name.
    ///
    /// # Errors
    /// [`StoreError::CorruptRoots`], [`StoreError::Read`].
    pub fn all_roots(&self) -> Result<Roots, StoreError> {
        let directory = self.layout().directory("roots");
        let mut all = Roots::default();
        for entry in fs::read_dir(&directory).map_err(StoreError::read(&directory))? {
            let path = entry.map_err(StoreError::read(&directory))?.path();
            all.extend(read(&path)?);
        }
        Ok(all)
    }

    fn roots_path(&self, name: &str) -> Result<PathBuf, StoreError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.is_empty() || name.starts_with('.') || name.len() > 100 || !name.chars().all(allowed) {
            return Err(StoreError::RootsName { name: name.to_owned() });
        }
        Ok(self.layout().directory("roots").join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::Sha256;

    #[test]
    fn roots_and_their_text_are_one_to_one() {
        let digest = Sha256::of(b"x");
        let roots = Roots {
            blobs: [BlobDigest::new(digest)].into(),
            derivations: [DerivationId::new(digest)].into(),
            trees: [TreeDigest::new(digest)].into(),
        };
        let text = roots.encode();
        assert_eq!(text, format!("ashlar-roots 1\nblob {digest}\nderivation {digest}\ntree {digest}\n"));
        assert_eq!(Roots::decode(&text), Ok(roots));
        assert_eq!(Roots::decode(""), Err(1));
        assert_eq!(Roots::decode(&text.replace("tree", "bush")), Err(4));
        assert_eq!(Roots::decode(&text[..text.len() - 2]), Err(4));
    }

    #[test]
    fn a_name_cannot_leave_its_directory() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        for bad in ["", ".", "..", "../x", "a/b", ".hidden", "a b", "a\0"] {
            assert!(matches!(store.set_roots(bad, &Roots::default()), Err(StoreError::RootsName { .. })));
        }
    }
}
