// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attached and taken off again; and every way to hide something in the table.

use super::*;
use crate::{SecureBootKey, fixture, to_be_signed};
use ashlar_digest::Sha256;
use object::LittleEndian as LE;
use object::read::pe::PeFile64;

/// Where the table begins.
const TABLE: usize = fixture::END;

fn repaired(mut pe: Vec<u8>) -> Vec<u8> {
    let at = fixture::OPTIONAL + 64;
    let sum = checksum(&pe, at);
    pe[at..at + 4].copy_from_slice(&sum.to_le_bytes());
    pe
}

/// `signed` with another size in the security directory.
fn sized(mut signed: Vec<u8>) -> Vec<u8> {
    let size = (signed.len() - TABLE) as u32;
    let at = fixture::OPTIONAL + 148;
    signed[at..at + 4].copy_from_slice(&size.to_le_bytes());
    repaired(signed)
}

fn told(signed: &[u8]) -> String {
    detach(signed).unwrap_err().to_string()
}

#[test]
fn attaching_changes_nothing_but_directory_checksum_and_end() {
    let (unsigned, signed) = (fixture::image(), fixture::signed());
    let changed: Vec<usize> = (0..unsigned.len()).filter(|at| unsigned[*at] != signed[*at]).collect();
    let free = [64..68, 144..152].map(|part| part.start + fixture::OPTIONAL..part.end + fixture::OPTIONAL);
    assert!(changed.iter().all(|at| free.iter().any(|part| part.contains(at))), "{changed:?}");
    let file = PeFile64::parse(&*signed).unwrap();
    let entry = file.data_directory(object::pe::IMAGE_DIRECTORY_ENTRY_SECURITY).unwrap();
    assert_eq!(entry.virtual_address.get(LE) as usize, TABLE);
    assert_eq!((entry.size.get(LE) as usize, signed.len() % 8), (signed.len() - TABLE, 0));
    assert_eq!(signed[TABLE..TABLE + 4], ((signed.len() - TABLE) as u32).to_le_bytes());
    assert_eq!(signed[TABLE + 4..TABLE + 8], [0, 2, 2, 0]);
    let signature = fixture::signature();
    assert_eq!(signed[TABLE + 8..TABLE + 8 + signature.len()], signature);
    // Whoever changes these bytes makes every published signature another.
    assert_eq!(
        Sha256::of(&signed).to_string(),
        "aea849c0319cf6b7aa0629a27b2c9ecd1af6e962487176d4857d5c540bfcdb38"
    );
}

#[test]
fn detaching_and_attaching_give_back_what_was_there() {
    let (unsigned, signature) = detach(&fixture::signed()).unwrap();
    assert_eq!((&unsigned, &signature), (&fixture::image(), &fixture::signature()));
    assert_eq!(attach(&unsigned, &signature).unwrap(), fixture::signed());
}

#[test]
fn a_signature_is_only_attached_to_its_own_image() {
    let mut other = fixture::image();
    other[0x400] ^= 1;
    let other = repaired(other);
    assert!(matches!(attach(&other, &fixture::signature()), Err(SecureBootError::OtherImage { .. })));
    let key = SecureBootKey::from_pem(fixture::KEY).unwrap();
    let swapped = key.sign(&other, &fixture::certificate()).unwrap();
    assert!(matches!(attach(&fixture::image(), &swapped), Err(SecureBootError::OtherImage { .. })));
    // And where it already lies in the file.
    let signature_at = TABLE + 8..TABLE + 8 + swapped.len();
    let mut signed = fixture::signed();
    signed[signature_at].copy_from_slice(&swapped);
    assert!(told(&repaired(signed)).contains("it is of an image with the digest"));
}

#[test]
fn a_changed_image_does_not_keep_its_signature() {
    for offset in [0x10, fixture::OPTIONAL + 16, fixture::SECTIONS + 36, 0x400, TABLE - 1] {
        let mut signed = fixture::signed();
        signed[offset] ^= 1;
        let error = detach(&repaired(signed)).unwrap_err();
        assert!(matches!(error, SecureBootError::OtherImage { .. }), "byte {offset}: {error}");
    }
}

#[test]
fn bytes_hidden_behind_the_table_are_refused() {
    let longer = repaired([fixture::signed(), vec![0; 8]].concat());
    assert!(told(&longer).contains("does not end where the file ends"), "{}", told(&longer));
    // Stated in the directory, but not in the entry.
    assert!(told(&sized(longer.clone())).contains("not one entry"));
    // Stated in both.
    let mut padded = longer;
    let length = (padded.len() - TABLE) as u32;
    padded[TABLE..TABLE + 4].copy_from_slice(&length.to_le_bytes());
    assert!(told(&sized(padded)).contains("longer or shorter than the PKCS#7"));
}

#[test]
fn bytes_hidden_in_the_padding_are_refused() {
    let mut signed = fixture::signed();
    let last = signed.len() - 1;
    assert!(last > TABLE + 8 + fixture::signature().len() - 1, "the fixture has no padding");
    signed[last] = 1;
    assert!(told(&repaired(signed)).contains("padding is not zero"));
}

#[test]
fn two_signatures_in_the_table_are_refused() {
    let signed = fixture::signed();
    let two = sized([&signed[..], &signed[TABLE..]].concat());
    assert!(told(&two).contains("not one entry"), "{}", told(&two));
}

#[test]
fn a_signed_image_is_not_signed_again() {
    let error = attach(&fixture::signed(), &fixture::signature()).unwrap_err();
    assert!(error.to_string().contains("signed already"), "{error}");
    // Nor with the directory wiped, so that the first signature would become part of the image.
    let mut wiped = fixture::signed();
    wiped[fixture::OPTIONAL + 144..fixture::OPTIONAL + 152].fill(0);
    let error = to_be_signed(&repaired(wiped)).unwrap_err();
    assert!(error.to_string().contains("behind its last section"), "{error}");
}

#[test]
fn a_table_elsewhere_or_of_another_kind_is_refused() {
    let with = |offset: usize, bytes: &[u8]| {
        let mut signed = fixture::signed();
        signed[offset..offset + bytes.len()].copy_from_slice(bytes);
        repaired(signed)
    };
    let directory = fixture::OPTIONAL + 144;
    let cases = [
        (repaired(fixture::image()), "it has none"),
        (with(directory, &0x400_u32.to_le_bytes()), "where the last section ends"),
        (with(directory, &u32::MAX.to_le_bytes()), "where the last section ends"),
        (with(directory + 4, &u32::MAX.to_le_bytes()), "where the file ends"),
        (with(TABLE, &8_u32.to_le_bytes()), "not one entry"),
        (with(TABLE + 4, &0x0100_u16.to_le_bytes()), "PKCS#7 of revision 2.0"),
        (with(TABLE + 6, &1_u16.to_le_bytes()), "PKCS#7 of revision 2.0"),
        (with(TABLE + 8, &[0x30, 0x82, 0xff, 0xff]), "longer or shorter"),
    ];
    for (signed, reason) in cases {
        assert!(told(&signed).contains(reason), "{reason}: {}", told(&signed));
    }
    let mut unrepaired = fixture::signed();
    unrepaired[fixture::OPTIONAL + 64] ^= 1;
    assert!(told(&unrepaired).contains("checksum is wrong"));
}

proptest::proptest! {
    /// Whatever is taken off can be attached again, to the same bytes.
    #[test]
    fn hostile_tables_never_panic(changes: Vec<(u16, u8)>, tail: Vec<u8>, cut: u16) {
        let mut signed = fixture::signed();
        for (offset, value) in changes {
            let offset = TABLE + usize::from(offset) % (signed.len() - TABLE);
            signed[offset] = value;
        }
        let keep = signed.len() - usize::from(cut) % 64;
        signed.truncate(keep);
        signed.extend(tail);
        for bytes in [repaired(sized(signed.clone())), signed] {
            if let Ok((pe, signature)) = detach(&bytes) {
                proptest::prop_assert_eq!(attach(&pe, &signature).unwrap(), bytes);
            }
        }
    }
}
