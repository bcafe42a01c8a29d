// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which keys the running kernel has to trust: those of the certificates that its file holds, and no other.

use std::collections::BTreeSet;

use ashlar_kernel_image::find_certificates;
use ashlar_signature_verifier::Certificates;

use crate::failure::chain;

/// The names of the keys in `.builtin_trusted_keys`, as the kernel in the bzImage `kernel` will call them. `map` is the `System.map` of the
/// same kernel.
///
/// # Errors
/// Why the kernel holds no clean list of certificates.
pub(crate) fn trusted_keys(kernel: &[u8], map: &[u8]) -> Result<BTreeSet<String>, String> {
    let map = std::str::from_utf8(map).map_err(|_| "System.map is no text".to_owned())?;
    let certificates = find_certificates(kernel, map).map_err(|cause| chain(&cause))?;
    if certificates.is_empty() {
        return Ok(BTreeSet::new());
    }
    let certificates = Certificates::parse(&certificates).map_err(|cause| chain(&cause))?;
    let names = certificates.iter().map(|certificate| {
        certificate.key_description().ok_or_else(|| format!("{} names no key", certificate.subject()))
    });
    names.collect()
}
