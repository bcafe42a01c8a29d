// SPDX-License-Identifier: Apache-2.0 OR MIT
//! OpenSSL as a foreign signer, for tests: it makes keys and writes CMS, with and without what a release refuses.

use std::path::Path;

use crate::signed_fixture::ceremony_certificate;
use ashlar_module_signature::PublicKey;

/// A key that OpenSSL holds, and its certificate by the template.
pub(crate) struct OpenSsl {
    folder: tempfile::TempDir,
    pub(crate) certificate: Vec<u8>,
}

/// Runs openssl in `folder`, which has to succeed.
fn openssl(folder: &Path, arguments: &[&str]) {
    ashlar_foreign::succeeds(folder, "openssl", arguments);
}

impl OpenSsl {
    /// A new key; `kind` is what `openssl genpkey` takes.
    pub(crate) fn new(kind: &[&str]) -> Option<Self> {
        if !ashlar_foreign::available("openssl", &["version"]) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        openssl(at, &[&["genpkey", "-out", "key.pem"], kind].concat());
        openssl(at, &["pkey", "-in", "key.pem", "-pubout", "-outform", "DER", "-out", "key.spki"]);
        let key = PublicKey::from_spki_der(&std::fs::read(at.join("key.spki")).unwrap()).unwrap();
        let certificate = ceremony_certificate(&key);
        std::fs::write(at.join("certificate.der"), &certificate).unwrap();
        openssl(at, &["x509", "-inform", "DER", "-in", "certificate.der", "-out", "certificate.pem"]);
        Some(Self { folder, certificate })
    }

    pub(crate) fn p384() -> Option<Self> {
        Self::new(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"])
    }

    pub(crate) fn rsa() -> Option<Self> {
        Self::new(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"])
    }

    /// A detached signature of `module` by `openssl cms`, with more options.
    pub(crate) fn sign(&self, module: &[u8], options: &[&str]) -> Vec<u8> {
        let at = self.folder.path();
        std::fs::write(at.join("module"), module).unwrap();
        let fixed = [
            "cms",
            "-sign",
            "-binary",
            "-in",
            "module",
            "-signer",
            "certificate.pem",
            "-inkey",
            "key.pem",
            "-outform",
            "DER",
            "-out",
            "signature.der",
        ];
        openssl(at, &[&fixed, options].concat());
        std::fs::read(at.join("signature.der")).unwrap()
    }
}
