// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Realisations: which trees a derivation gave, and the derivation itself for those who ask why.
//!
//! A record is canonical JSON, written after everything it refers to:
//! `{"id":"<DerivationId>","name":"libmnl","outputs":{"dev":"<TreeDigest>"},"schema":1}`

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use ashlar_digest::{DerivationId, Sha256, TreeDigest, to_canonical_json};
use serde::{Deserialize, Serialize};

use crate::new_file::NewFile;
use crate::{Store, StoreError};

const SCHEMA: u32 = 1;

/// What a derivation gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Realisation {
    /// The derivation's name, for people.
    pub name: String,
    /// Its outputs by name.
    pub outputs: BTreeMap<String, TreeDigest>,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a second build that gave other bytes is a finding"]
pub enum Recorded {
    /// The first of its derivation.
    New,
    /// The same was recorded before.
    Same,
    /// The derivation gave something else before, and that stays recorded: the build is not reproducible.
    Differs(Realisation),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    schema: u32,
    id: String,
    name: String,
    outputs: BTreeMap<String, String>,
}

fn encode(id: DerivationId, realisation: &Realisation) -> Option<String> {
    let outputs = realisation.outputs.iter().map(|(name, tree)| (name.clone(), tree.to_string())).collect();
    let record = Record { schema: SCHEMA, id: id.to_string(), name: realisation.name.clone(), outputs };
    to_canonical_json(&serde_json::to_value(record).ok()?).ok()
}

pub(crate) fn decode(id: DerivationId, text: &str) -> Result<Realisation, String> {
    let record: Record = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if record.schema != SCHEMA {
        return Err(format!("its schema is {}, not {SCHEMA}", record.schema));
    }
    if record.id != id.to_string() {
        return Err(format!("it speaks of the derivation {}", record.id));
    }
    let mut outputs = BTreeMap::new();
    for (name, tree) in record.outputs {
        let tree = tree.parse().map_err(|error| format!("output {name}: {error}"))?;
        outputs.insert(name, tree);
    }
    let realisation = Realisation { name: record.name, outputs };
    if encode(id, &realisation).as_deref() != Some(text) {
        return Err("it is not canonical".to_owned());
    }
    Ok(realisation)
}

impl Store {
    /// What the derivation gave, if it is known and its trees are there.
    ///
    /// # Errors
    /// [`StoreError::CorruptRealisation`], also where a tree is missing; [`StoreError::Read`].
    pub fn realisation(&self, id: DerivationId) -> Result<Option<Realisation>, StoreError> {
        let path = self.layout().realisation(id);
        let Some(bytes) = read_if_there(&path)? else { return Ok(None) };
        let corrupt = |reason| StoreError::CorruptRealisation { path: path.clone(), reason };
        let text = std::str::from_utf8(&bytes).map_err(|_| corrupt("it is no text".to_owned()))?;
        let realisation = decode(id, text).map_err(corrupt)?;
        for (output, tree) in &realisation.outputs {
            if !self.has_tree(*tree) {
                return Err(corrupt(format!("the tree {tree} of its output {output} is not in the store")));
            }
        }
        Ok(Some(realisation))
    }

    /// Records what the derivation with the canonical encoding `derivation` gave. Call it with [`Store::lock`] held.
    ///
    /// # Errors
    /// [`StoreError::DerivationMismatch`], [`StoreError::MissingTree`], [`StoreError::CorruptRealisation`] for an older
    /// record, [`StoreError::Write`].
    pub fn record(
        &self,
        id: DerivationId,
        realisation: &Realisation,
        derivation: &[u8],
    ) -> Result<Recorded, StoreError> {
        let found = DerivationId::new(Sha256::of(derivation));
        if found != id {
            return Err(StoreError::DerivationMismatch { expected: id, found });
        }
        if let Some(tree) = realisation.outputs.values().find(|tree| !self.has_tree(**tree)) {
            return Err(StoreError::MissingTree { digest: *tree });
        }
        if let Some(before) = self.realisation(id)? {
            return Ok(if before == *realisation { Recorded::Same } else { Recorded::Differs(before) });
        }
        let path = self.layout().realisation(id);
        let text = encode(id, realisation).ok_or_else(|| StoreError::CorruptRealisation {
            path: path.clone(),
            reason: "it has no canonical encoding".to_owned(),
        })?;
        let mut file = NewFile::create(self)?;
        file.write(derivation)?;
        file.publish(&self.layout().derivation(id), 0o444)?;
        let mut file = NewFile::create(self)?;
        file.write(text.as_bytes())?;
        file.publish_dated(&path, 0o444)?;
        Ok(Recorded::New)
    }

    /// The canonical encoding of a derivation that was recorded.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn derivation(&self, id: DerivationId) -> Result<Option<Vec<u8>>, StoreError> {
        read_if_there(&self.layout().derivation(id))
    }
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::read(path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_of_a_realisation_is_these_bytes() {
        let id = DerivationId::new(Sha256::of(b"derivation"));
        let tree = TreeDigest::new(Sha256::of(b"tree"));
        let realisation =
            Realisation { name: "libmnl".to_owned(), outputs: [("dev".to_owned(), tree)].into() };
        let text = encode(id, &realisation).unwrap();
        assert_eq!(
            text,
            format!(r#"{{"id":"{id}","name":"libmnl","outputs":{{"dev":"{tree}"}},"schema":1}}"#)
        );
        assert_eq!(decode(id, &text).unwrap(), realisation);
        for bad in [
            text.replace("\"schema\":1", "\"schema\":2"),
            text.replace("\"schema\":1", "\"schema\":1,\"x\":1"),
            text.replace("libmnl\"", "libmnl\" "),
            text.replacen(&id.to_string(), &tree.to_string(), 1),
            text.replace(&tree.to_string(), "0"),
            text[..text.len() - 1].to_owned(),
            String::new(),
        ] {
            assert!(decode(id, &bad).is_err(), "{bad}");
        }
    }
}
