// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The lock with the places of what it says.

use std::path::Path;

use ashlar_plan::{LockError, Lockfile};
use ashlar_recipe::{DebianFile, Document, SourceFile};

use super::sheet::Origin;
use crate::failure::Failure;
use crate::session::{LOCK_FILE, lock_text};

/// The lock of a project, if it has one.
pub(crate) struct Locked {
    pub(crate) lock: Lockfile,
    document: Document,
}

impl Locked {
    /// The lock of the project in `root`; an empty one where there is none.
    pub(crate) fn of_project(root: &Path) -> Result<Self, Failure> {
        match lock_text(root)? {
            Some(text) => Ok(Self::parse(&text)?),
            None => Ok(Self { lock: Lockfile::default(), document: Self::document("") }),
        }
    }

    /// From the text of `ashlar.lock`.
    pub(crate) fn parse(text: &str) -> Result<Self, LockError> {
        Ok(Self { lock: Lockfile::parse(text)?, document: Self::document(text) })
    }

    fn document(text: &str) -> Document {
        Document::new(SourceFile::new(LOCK_FILE, text))
    }

    /// The place of a value.
    pub(crate) fn origin(&self, key_path: &str) -> Origin {
        Origin::of(&self.document, key_path)
    }

    /// Suite, path and place of a file of a Debian source package.
    pub(crate) fn file(&self, file: &DebianFile) -> Option<(&str, &str, Origin)> {
        let key = (file.package.clone(), file.version.clone(), file.file.clone());
        let locked = self.lock.files.get(&key)?;
        let text = |key_path: &str| {
            let range = self.document.exact(key_path)?;
            self.document.file().text().get(range).map(|text| text.trim_matches(['"', '\'']))
        };
        let index = (0..self.lock.files.len())
            .find(|index| text(&format!("file[{index}].path")) == Some(locked.path.as_str()))?;
        Some((&locked.suite, &locked.path, self.origin(&format!("file[{index}].path"))))
    }
}
