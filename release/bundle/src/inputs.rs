// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `inputs.json`: every file that went into the build, by digest, and where it may be had.
//!
//! ```text
//! {"inputs": [{"name", "sha256", "size", "uris": […]}], "schema": 1}    sorted by sha256, then name; none twice
//! ```

use ashlar_digest::SourceDigest;
use serde::{Deserialize, Serialize};

use crate::{BundleError, canonical, layout};

/// Version of the format.
const SCHEMA: u32 = 1;

/// One file that went into the build.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// Its identity.
    pub digest: SourceDigest,
    /// What the recipe or lock calls it.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Places where it was or is; none of them is trusted.
    pub uris: Vec<String>,
}

/// All inputs of a release, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs(Vec<Input>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    schema: u32,
    inputs: Vec<WireInput>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireInput {
    name: String,
    sha256: String,
    size: u64,
    uris: Vec<String>,
}

impl Inputs {
    /// Sorts `inputs`; what is there twice under one name is kept once.
    ///
    /// # Errors
    /// [`BundleError::Document`] if one digest has two sizes, or one name and digest two lists of places.
    pub fn new(mut inputs: Vec<Input>) -> Result<Self, BundleError> {
        inputs.sort();
        inputs.dedup();
        for pair in inputs.windows(2) {
            if let [one, two] = pair
                && one.digest == two.digest
                && (one.name == two.name || one.size != two.size)
            {
                let reason = format!("{} is in it twice, in two ways", one.digest);
                return Err(BundleError::Document { document: layout::INPUTS, reason });
            }
        }
        Ok(Self(inputs))
    }

    /// The inputs, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Input> {
        self.0.iter()
    }

    /// The document.
    ///
    /// # Errors
    /// [`BundleError::Document`] for a size beyond 2^53 - 1.
    pub fn to_json(&self) -> Result<String, BundleError> {
        let input = |input: &Input| WireInput {
            name: input.name.clone(),
            sha256: input.digest.to_string(),
            size: input.size,
            uris: input.uris.clone(),
        };
        canonical::encode(
            layout::INPUTS,
            &Wire { schema: SCHEMA, inputs: self.0.iter().map(input).collect() },
        )
    }

    /// Reads the document.
    ///
    /// # Errors
    /// [`BundleError::Document`], [`BundleError::NotCanonical`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, BundleError> {
        let refuse = |reason: String| BundleError::Document { document: layout::INPUTS, reason };
        let wire: Wire = canonical::decode(layout::INPUTS, bytes)?;
        if wire.schema != SCHEMA {
            return Err(refuse(format!("it has schema {}, this program reads {SCHEMA}", wire.schema)));
        }
        let input = |input: WireInput| {
            let digest =
                input.sha256.parse().map_err(|cause| refuse(format!("{:?}: {cause}", input.name)))?;
            Ok(Input { digest, name: input.name, size: input.size, uris: input.uris })
        };
        let inputs = wire.inputs.into_iter().map(input).collect::<Result<Vec<_>, BundleError>>()?;
        let sorted = Self::new(inputs.clone())?;
        if sorted.0 == inputs {
            Ok(sorted)
        } else {
            Err(refuse("its inputs are not sorted by sha256".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::Sha256;

    fn input(name: &str) -> Input {
        Input {
            digest: SourceDigest::new(Sha256::of(name.as_bytes())),
            name: name.to_owned(),
            size: name.len() as u64,
            uris: vec![format!("https://source.example/{name}")],
        }
    }

    #[test]
    fn the_order_of_inputs_does_not_matter() {
        let forwards = Inputs::new(vec![input("a"), input("b"), input("c")]).unwrap();
        let backwards = Inputs::new(vec![input("c"), input("b"), input("a"), input("a")]).unwrap();
        assert_eq!(forwards, backwards);
        let text = forwards.to_json().unwrap();
        assert!(text.starts_with("{\"inputs\":[{\"name\":") && text.ends_with("\"schema\":1}\n"), "{text}");
        assert_eq!(Inputs::from_json(text.as_bytes()).unwrap(), forwards);
        assert_eq!(forwards.iter().count(), 3);
    }

    #[test]
    fn a_list_that_contradicts_itself_is_refused() {
        let mut other = input("a");
        other.size += 1;
        assert!(Inputs::new(vec![input("a"), other]).is_err());
        let mut other = input("a");
        other.uris.clear();
        assert!(Inputs::new(vec![input("a"), other]).is_err());
    }

    #[test]
    fn another_form_of_the_same_list_is_refused() {
        let text = Inputs::new(vec![input("a"), input("b")]).unwrap().to_json().unwrap();
        let (one, two) = (input("a").digest.to_string(), input("b").digest.to_string());
        for changed in [
            text.replace(&one, "x").replace(&two, &one).replace('x', &two),
            text.replace(&one, &one.to_uppercase()),
            text.replace("\"schema\":1", "\"schema\":2"),
            text.replace("\"size\":1", "\"size\":1.0"),
            text.replace("\"size\":", "\"color\":1,\"size\":"),
            text.trim_end().to_owned(),
            format!(" {text}"),
            String::new(),
        ] {
            assert_ne!(changed, text);
            assert!(Inputs::from_json(changed.as_bytes()).is_err(), "{changed}");
        }
    }
}
