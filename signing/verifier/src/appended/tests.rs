// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Trailers that are not what the kernel takes.

use super::*;
use ashlar_module_signature::append;
use proptest::prelude::*;

fn reason(signed: &[u8]) -> String {
    split(signed).unwrap_err().to_string()
}

#[test]
fn a_signed_module_is_split_where_it_was_joined() {
    let signed = append(b"\x7fELF module", b"signature").unwrap();
    assert_eq!(split(&signed).unwrap(), SignedModule { module: b"\x7fELF module", cms: b"signature" });
}

#[test]
fn a_module_without_a_signature_is_named_as_such() {
    let signed = append(b"\x7fELF module", b"signature").unwrap();
    let garbage = [&signed[..], b"\n"].concat();
    for bytes in [&b""[..], b"\x7fELF module", &signed[..signed.len() - 1], &garbage] {
        assert!(matches!(split(bytes), Err(Refusal::Unsigned)), "{bytes:?}");
    }
}

#[test]
fn every_bit_of_the_reserved_bytes_is_checked() {
    let signed = append(b"\x7fELF module", b"signature").unwrap();
    let trailer = signed.len() - MAGIC.len() - 12;
    for byte in trailer..trailer + 8 {
        for bit in 0..8 {
            let mut changed = signed.clone();
            changed[byte] ^= 1 << bit;
            assert!(matches!(split(&changed), Err(Refusal::Trailer { .. })), "byte {byte}, bit {bit}");
        }
    }
}

#[test]
fn lengths_that_leave_no_module_or_no_signature_are_refused() {
    let with_length = |length: u32| {
        let mut signed = append(b"module", b"signature").unwrap();
        let at = signed.len() - MAGIC.len() - 4;
        signed[at..at + 4].copy_from_slice(&length.to_be_bytes());
        reason(&signed)
    };
    let prefix = "split the module from its signature: ";
    assert_eq!(with_length(0), format!("{prefix}the signature is empty"));
    assert_eq!(with_length(15), format!("{prefix}there is no module"));
    assert_eq!(with_length(16), format!("{prefix}the signature is longer than the file"));
    assert_eq!(with_length(u32::MAX), format!("{prefix}the signature is longer than the file"));
    assert_eq!(reason(MAGIC), format!("{prefix}it has no trailer"));
    assert_eq!(reason(&[&[0; 11], MAGIC].concat()), format!("{prefix}it has no trailer"));
}

#[test]
fn a_module_signed_twice_is_refused() {
    let twice = append(&append(b"\x7fELF module", b"inner").unwrap(), b"outer").unwrap();
    assert_eq!(reason(&twice), "split the module from its signature: the module is itself a signed one");
}

proptest! {
    #[test]
    fn whatever_is_split_is_joined_again_to_the_same_bytes(
        front in any::<Vec<u8>>(),
        fields in any::<[u8; 12]>(),
        plain in any::<bool>(),
        length in 0_u8..40,
    ) {
        let mut trailer = fields;
        if plain {
            trailer = [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, length];
        }
        let signed = [&front[..], &trailer, MAGIC].concat();
        if let Ok(parts) = split(&signed) {
            prop_assert_eq!(append(parts.module, parts.cms).unwrap(), signed);
        }
        prop_assert!(split(&front).is_err() || front.ends_with(MAGIC));
    }
}
