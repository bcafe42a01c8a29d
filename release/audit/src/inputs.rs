// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `inputs.json`: every source and seed file by digest; and the sources that a release may carry are exactly these.
//!
//! Format: docs/design/release.md, "Release directory": `{schema: 1, inputs: [{name, sha256, size, uris: […]}]}`,
//! sorted by sha256, then name.

use ashlar_digest::Sha256;
use ashlar_release_bundle::layout::{INPUTS, SOURCES};
use ashlar_release_bundle::limits::DOCUMENT_LIMIT;
use serde::{Deserialize, Serialize};

use crate::folder::Folder;
use crate::report::Notes;
use crate::{AuditError, document};

const SCHEMA: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    name: String,
    sha256: String,
    size: u64,
    uris: Vec<String>,
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inputs {
    schema: u32,
    inputs: Vec<Input>,
}

impl Inputs {
    /// Reads the file; a second spelling of the same content is refused.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, AuditError> {
        let wrong = |reason: String| AuditError::Document { reason };
        let read: Self = document::decode(bytes)?;
        if read.schema != SCHEMA {
            return Err(wrong(format!("its schema is {}, not {SCHEMA}", read.schema)));
        }
        if let Some(cause) = read.inputs.iter().find_map(|input| input.sha256.parse::<Sha256>().err()) {
            return Err(wrong(cause.to_string()));
        }
        let key = |input: &Input| (input.sha256.clone(), input.name.clone());
        match read.inputs.windows(2).find(|pair| key(&pair[0]) >= key(&pair[1])) {
            Some(pair) => {
                Err(wrong(format!("{} is not in the order of digests, or there twice", pair[1].name)))
            }
            None => Ok(read),
        }
    }

    /// Name and digest of each input, and the first place where it is to be had.
    pub(crate) fn places(&self) -> impl Iterator<Item = ((&str, &str), Option<&str>)> {
        self.inputs.iter().map(|input| {
            let place = input.uris.first().map(String::as_str);
            ((input.name.as_str(), input.sha256.as_str()), place)
        })
    }
}

/// Reads `inputs.json`, and compares it with the carried sources where there are any.
pub(crate) fn check(folder: &Folder, notes: &mut Notes) -> Option<Inputs> {
    let bytes = folder.read(INPUTS, DOCUMENT_LIMIT, notes)?;
    let inputs = match Inputs::parse(&bytes) {
        Ok(inputs) => inputs,
        Err(error) => {
            notes.fail(INPUTS, &error, error.help());
            return None;
        }
    };
    let files = &folder.manifest().files;
    let carried: Vec<&str> =
        files.keys().filter_map(|path| path.strip_prefix(SOURCES)?.strip_prefix('/')).collect();
    if carried.is_empty() {
        notes.prove(INPUTS, format!("it names {} inputs by digest; none is carried", inputs.inputs.len()));
        return Some(inputs);
    }
    let before = notes.count();
    for input in &inputs.inputs {
        let path = format!("{SOURCES}/{}", input.sha256);
        match files.get(&path) {
            None => notes.find(&path, format!("the release carries sources, but not {}", input.name)),
            Some(entry) if entry.size != input.size => {
                notes.find(&path, format!("inputs.json says that it has {} bytes", input.size));
            }
            Some(_) => {}
        }
    }
    for digest in carried.iter().filter(|digest| !inputs.inputs.iter().any(|input| input.sha256 == **digest))
    {
        notes.find(&format!("{SOURCES}/{digest}"), "inputs.json does not name it");
    }
    if notes.count() == before {
        notes
            .prove(INPUTS, format!("it names {} inputs by digest, and all are carried", inputs.inputs.len()));
    }
    Some(inputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_have_one_spelling_and_one_order() {
        let (low, high) = ("0".repeat(64), "1".repeat(64));
        let input = |digest: &str| format!(r#"{{"name":"a","sha256":"{digest}","size":1,"uris":[]}}"#);
        let text = |inputs: &[String]| format!(r#"{{"inputs":[{}],"schema":1}}{}"#, inputs.join(","), "\n");
        let good = text(&[input(&low), input(&high)]);
        assert_eq!(Inputs::parse(good.as_bytes()).unwrap().places().count(), 2);
        for bad in [
            text(&[input(&high), input(&low)]),
            text(&[input(&low), input(&low)]),
            text(&[input("ab")]),
            good.replace("\"schema\":1", "\"schema\":2"),
            good.replace("[{", "[ {"),
            good.replace("\"size\":1", "\"size\":1,\"more\":1"),
            format!("{good}\n"),
            good.trim_end().to_owned(),
        ] {
            assert!(Inputs::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn hostile_texts_never_panic(noise: Vec<u8>) {
            drop(Inputs::parse(&noise));
        }
    }
}
