// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The store as it is written. That firmware reads it, the system tests show.

use super::*;
use crate::fixture;
use ashlar_digest::Sha256;

const HEADER: usize = 72;
const SIZE: usize = 0x4_0000;

/// What OVMF_VARS_4M.fd begins with, and nothing else in it.
fn empty() -> Vec<u8> {
    let mut store = vec![0xff; 0x8_4000];
    store[..HEADER].fill(0);
    // The volume of EDK II's variables, fff12b8d-7696-4c8b-a985-2747075b4f50.
    store[16..32].copy_from_slice(&guid(0xfff1_2b8d, 0x7696, 0x4c8b, 0xa985_2747_075b_4f50));
    let mut put = |offset: usize, bytes: &[u8]| store[offset..offset + bytes.len()].copy_from_slice(bytes);
    put(32, &0x8_4000_u64.to_le_bytes());
    put(40, b"_FVH");
    put(44, &0x4feff_u32.to_le_bytes());
    put(48, &(HEADER as u16).to_le_bytes());
    put(55, &[2]);
    put(56, &0x84_u32.to_le_bytes());
    put(60, &0x1000_u32.to_le_bytes());
    put(HEADER, &STORE);
    put(HEADER + 16, &((SIZE - HEADER) as u32).to_le_bytes());
    put(HEADER + 20, &[0x5a, 0xfe, 0, 0, 0, 0, 0, 0]);
    let sum = store[..HEADER].chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let sum = sum.fold(0_u16, u16::wrapping_add).wrapping_neg();
    store[50..52].copy_from_slice(&sum.to_le_bytes());
    store
}

fn enrolled(store: &[u8]) -> Result<Vec<u8>, SecureBootError> {
    let (own, other) = (fixture::certificate(), fixture::other_certificate());
    let signatures = [own.clone(), other.clone()];
    enroll(store, EnrolledCertificates { platform: &own, key_exchange: &other, signatures: &signatures })
}

#[test]
fn a_store_holds_the_four_variables_and_stays_the_same_elsewhere() {
    let (store, (own, other)) = (empty(), (fixture::certificate(), fixture::other_certificate()));
    let written = enrolled(&store).unwrap();
    assert_eq!(written.len(), store.len());
    let mut place = HEADER + STORE_HEADER;
    let expected = [
        ("PK", 0x27, 44 + own.as_der().len()),
        ("KEK", 0x27, 44 + other.as_der().len()),
        ("db", 0x27, 88 + own.as_der().len() + other.as_der().len()),
        ("SecureBootEnable", 3, 1),
    ];
    for (name, attributes, size) in expected {
        let number = |offset: usize| crate::pe::u32_at(&written, place + offset);
        assert_eq!((number(0), number(4)), (0x003f_55aa, attributes), "{name}");
        let name: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        assert_eq!((number(36) as usize, number(40) as usize), (name.len(), size));
        let data = place + VARIABLE_HEADER + name.len();
        assert_eq!(written[place + VARIABLE_HEADER..data], name);
        place = (data + size).next_multiple_of(4);
    }
    assert_eq!(written[place..], store[place..]);
    assert_eq!(written[..HEADER + STORE_HEADER], store[..HEADER + STORE_HEADER]);
    assert_eq!(
        Sha256::of(&written).to_string(),
        "ba6a7e9b3cc5af9d3ae13b13df8d0c4ac6d5c75f026c665fee8c1ee8aff6c978"
    );
}

#[test]
fn what_is_no_empty_store_is_refused() {
    let with = |offset: usize, bytes: &[u8]| {
        let mut store = empty();
        store[offset..offset + bytes.len()].copy_from_slice(bytes);
        store
    };
    let cases = [
        (Vec::new(), "no firmware volume"),
        (empty()[..48].to_vec(), "ends in its header"),
        (with(48, &[0xff, 0xff]), "no store of authenticated variables"),
        (with(HEADER, &[0]), "no store of authenticated variables"),
        (with(HEADER + 21, &[0xff]), "no store of authenticated variables"),
        (with(HEADER + 16, &[0xff; 4]), "does not fit into the file"),
        (with(HEADER + 16, &1000_u32.to_le_bytes()), "no room"),
        (with(HEADER + 16, &[0; 4]), "does not fit into the file"),
        (enrolled(&empty()).unwrap(), "there are variables in it"),
    ];
    for (store, reason) in cases {
        let error = enrolled(&store).unwrap_err();
        assert!(error.to_string().contains(reason) && error.help().is_some(), "{reason}: {error}");
    }
}

proptest::proptest! {
    #[test]
    fn hostile_stores_never_panic(changes: Vec<(u8, u8)>, length: u16) {
        let mut store = empty();
        for (offset, value) in changes {
            store[usize::from(offset)] = value;
        }
        drop(enrolled(&store[..usize::from(length)]));
        drop(enrolled(&store));
    }
}
