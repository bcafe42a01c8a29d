// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the kernel calls the certificate area (its certs/system_certificates.S).
//!
//! ```text
//! system_certificate_list:       certificates that were compiled in; Ashlar compiles none in
//! system_extra_cert:             the area: CONFIG_SYSTEM_EXTRA_CERTIFICATE_SIZE zero bytes, directly after the list
//!                                padding to 4
//! system_extra_cert_used:        int, bytes of the area that are used
//!                                padding to 8
//! system_certificate_list_size:  unsigned long, bytes of the list together with the used part of the area
//! ```
//! While it boots, the kernel loads `system_certificate_list_size` bytes from `system_certificate_list` on.

/// Begin of the certificates that the kernel loads.
pub(crate) const LIST: &str = "system_certificate_list";

/// How many bytes of certificates it loads.
pub(crate) const LIST_SIZE: &str = "system_certificate_list_size";

/// Begin of the area that is left free for certificates.
pub(crate) const AREA: &str = "system_extra_cert";

/// How many bytes of the area are used.
pub(crate) const USED: &str = "system_extra_cert_used";

/// Begin of the certificates that were compiled in; not in every kernel.
pub(crate) const LIST_START: &str = "__cert_list_start";

/// Their end; not in every kernel.
pub(crate) const LIST_END: &str = "__cert_list_end";
