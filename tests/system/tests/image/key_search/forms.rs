// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The forms that a key takes where it is written down, and a search for any part of them.
//!
//! They are those that the agent searches its memory for (signing/ceremony/agent/src/scan.rs), and like there a find is any
//! part of at least eight bytes of the number, at a whole multiple of eight (hex: eight, base64: nine).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use aho_corasick::{AhoCorasick, MatchKind};

/// A way to write the scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// As DER and PKCS#8 have it.
    BigEndian,
    /// The limbs of a big integer, on a machine of this kind.
    LittleEndian,
    /// As `p384` computes with it.
    MontgomeryBigEndian,
    /// The same, as limbs.
    MontgomeryLittleEndian,
    HexLower,
    HexUpper,
    /// With this many bytes of the scalar before the first whole group.
    Base64(usize),
    /// As the test build of the agent has it in its program.
    Masked,
}

impl Form {
    pub(crate) const ALL: [Self; 10] = [
        Self::BigEndian,
        Self::LittleEndian,
        Self::MontgomeryBigEndian,
        Self::MontgomeryLittleEndian,
        Self::HexLower,
        Self::HexUpper,
        Self::Base64(0),
        Self::Base64(1),
        Self::Base64(2),
        Self::Masked,
    ];

    /// Length of a part.
    fn part(self) -> usize {
        match self {
            Self::HexLower | Self::HexUpper => 16,
            Self::Base64(_) => 12,
            _ => 8,
        }
    }
}

/// The key of the test build, and what finds it.
pub(crate) struct KnownKey {
    /// Big-endian.
    pub(crate) scalar: [u8; 48],
    montgomery: [u8; 48],
    mask: u8,
    /// Of the parts of all forms.
    parts: AhoCorasick,
    /// Which part is of which form.
    forms: Vec<Form>,
}

impl KnownKey {
    /// No part is longer.
    pub(crate) const LONGEST_PART: usize = 16;

    /// Reads the constants out of the agent's source: they are written down only there.
    pub(crate) fn read(source: &Path) -> Self {
        let text = fs::read_to_string(source).unwrap();
        let constant = |head: &str| {
            let (_, rest) = text.split_once(head).unwrap();
            let (value, _) = rest.split_once(';').unwrap();
            value.to_owned()
        };
        let byte = |text: &str| u8::from_str_radix(text.trim().strip_prefix("0x").unwrap(), 16).unwrap();
        let mask = byte(&constant("const MASK: u8 = "));
        let number = |name: &str| {
            let text = constant(&format!("const {name}: [u8; 48] = "));
            let list = text.trim_matches(['[', ']', ',', '\n']).split(',');
            let bytes: Vec<u8> = list.map(|text| byte(text) ^ mask).collect();
            <[u8; 48]>::try_from(bytes).unwrap()
        };
        Self::new(number("SCALAR"), number("MONTGOMERY"), mask)
    }

    fn new(scalar: [u8; 48], montgomery: [u8; 48], mask: u8) -> Self {
        let (mut patterns, mut forms) = (Vec::new(), Vec::new());
        for form in Form::ALL {
            for part in written(&scalar, &montgomery, mask, form).chunks_exact(form.part()) {
                patterns.push(part.to_owned());
                forms.push(form);
            }
        }
        // Of the kinds of match, only this one has the fast search for few patterns.
        let parts = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(&patterns).unwrap();
        Self { scalar, montgomery, mask, parts, forms }
    }

    /// All of it in one form.
    pub(crate) fn written_as(&self, form: Form) -> Vec<u8> {
        written(&self.scalar, &self.montgomery, self.mask, form)
    }

    /// The forms of which `bytes` hold any part.
    pub(crate) fn forms_in(&self, bytes: &[u8]) -> BTreeSet<Form> {
        self.parts.find_iter(bytes).map(|find| self.forms[find.pattern().as_usize()]).collect()
    }
}

fn written(scalar: &[u8; 48], montgomery: &[u8; 48], mask: u8, form: Form) -> Vec<u8> {
    let reversed = |number: &[u8; 48]| number.iter().rev().copied().collect();
    match form {
        Form::BigEndian => scalar.to_vec(),
        Form::LittleEndian => reversed(scalar),
        Form::MontgomeryBigEndian => montgomery.to_vec(),
        Form::MontgomeryLittleEndian => reversed(montgomery),
        Form::HexLower => scalar.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect(),
        Form::HexUpper => scalar.iter().flat_map(|byte| format!("{byte:02X}").into_bytes()).collect(),
        Form::Base64(before) => scalar[before..].chunks_exact(3).flat_map(base64).collect(),
        Form::Masked => scalar.iter().map(|byte| byte ^ mask).collect(),
    }
}

/// Three bytes as four characters (RFC 4648, section 4).
fn base64(group: &[u8]) -> [u8; 4] {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
    [18, 12, 6, 0].map(|shift| DIGITS[(bits >> shift) & 63])
}

#[cfg(test)]
mod tests {
    use ashlar_system_tests::checkout;
    use p384::Scalar;
    use p384::elliptic_curve::PrimeField as _;

    use super::*;

    pub(super) fn known_key() -> KnownKey {
        KnownKey::read(&checkout().join("signing/ceremony/agent/src/scan.rs"))
    }

    #[test]
    fn each_form_is_found_and_told_from_the_others() {
        let key = known_key();
        for form in Form::ALL {
            assert_eq!(key.forms_in(&key.written_as(form)), BTreeSet::from([form]), "{form:?}");
        }
        assert_eq!(key.forms_in(&[0x5a; 4096]), BTreeSet::new());
    }

    #[test]
    fn base64_of_anything_around_the_scalar_holds_one_of_the_three_forms() {
        let key = known_key();
        for before in 0..3 {
            let bytes = [&[7; 30][..before], &key.scalar, &[9; 4]].concat();
            let text: Vec<u8> = bytes.chunks_exact(3).flat_map(base64).collect();
            assert_eq!(key.forms_in(&text), BTreeSet::from([Form::Base64((3 - before) % 3)]), "{before}");
        }
    }

    #[test]
    fn the_montgomery_form_is_of_the_same_scalar() {
        let key = known_key();
        let factor = Scalar::from(2_u64).pow_vartime(&[384]);
        let product = Scalar::from_repr(key.scalar.into()).unwrap() * factor;
        assert_eq!(<[u8; 48]>::from(product.to_repr()), key.montgomery);
    }
}
