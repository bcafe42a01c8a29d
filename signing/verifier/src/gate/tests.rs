// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whole releases, by a ceremony and keyless, and one thing wrong in each.

use super::*;
use crate::signed_fixture::{
    EPOCH, altered_certificate, ceremony_certificate, certificates, ecdsa, release, rsa, sign, sign_keyless,
    signed,
};
use ashlar_module_signature::{Signer, certificate};

const MODULES: [&[u8]; 3] = [b"\x7fELF one", b"\x7fELF two", b"\x7fELF three"];

/// A release that may be changed before it is judged.
#[derive(Clone)]
struct Release {
    modules: Vec<(String, Vec<u8>)>,
    signatures: BTreeMap<String, Vec<u8>>,
    certificates: Vec<Vec<u8>>,
}

impl Release {
    fn of(signatures: &[Vec<u8>], certificates: Vec<Vec<u8>>) -> Self {
        let modules = MODULES.iter().zip(signatures);
        Self {
            modules: (0..)
                .zip(modules.clone())
                .map(|(n, (m, cms))| (format!("{n}.ko"), signed(m, cms)))
                .collect(),
            signatures: modules.map(|(m, cms)| (file_name(&ModuleDigest::of(m)), cms.clone())).collect(),
            certificates,
        }
    }

    fn ceremony(signer: &dyn Signer) -> Self {
        let signatures: Vec<Vec<u8>> = MODULES.iter().map(|module| sign(signer, module)).collect();
        Self::of(&signatures, vec![ceremony_certificate(signer.public_key())])
    }

    fn keyless() -> Self {
        let signatures: Vec<Vec<u8>> = MODULES.iter().map(|module| sign_keyless(module).1).collect();
        let sorted: BTreeMap<ModuleDigest, Vec<u8>> =
            MODULES.iter().map(|module| (ModuleDigest::of(module), sign_keyless(module).0)).collect();
        Self::of(&signatures, sorted.into_values().collect())
    }

    fn judge(&self) -> Vec<Finding> {
        let certificates = certificates(&self.certificates);
        let release = release();
        let gate = Gate {
            release: &release,
            epoch: EPOCH,
            certificates: &certificates,
            signatures: &self.signatures,
        };
        let modules: Vec<(&str, &[u8])> =
            self.modules.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
        gate.judge(&modules)
    }

    fn only_finding(&self) -> Finding {
        let mut findings = self.judge();
        assert_eq!(findings.len(), 1, "{findings:?}");
        findings.pop().unwrap()
    }
}

fn p384() -> Release {
    Release::ceremony(&ecdsa(1))
}

#[test]
fn complete_releases_pass() {
    for release in [p384(), Release::ceremony(&rsa()), Release::keyless()] {
        assert!(release.judge().is_empty(), "{:?}", release.judge());
    }
}

#[test]
fn one_module_at_two_paths_needs_one_signature() {
    let mut release = p384();
    let again = release.modules[0].1.clone();
    release.modules.push(("again.ko".to_owned(), again));
    assert!(release.judge().is_empty());
}

#[test]
fn no_modules_at_all_prove_nothing() {
    let mut release = p384();
    release.modules.clear();
    assert!(matches!(release.judge()[0], Finding::NoModules));
    release.signatures.clear();
    let findings = release.judge();
    assert!(
        matches!(findings[..], [Finding::NoModules, Finding::UnusedCertificate { index: 0, .. }]),
        "{findings:?}"
    );
}

#[test]
fn one_unsigned_module_among_many_is_found() {
    let mut release = p384();
    release.modules.push(("unsigned.ko".to_owned(), b"\x7fELF four".to_vec()));
    let finding = release.only_finding();
    assert!(
        matches!(&finding, Finding::Module { path, refusal: Refusal::Unsigned } if path == "unsigned.ko"),
        "{finding:?}"
    );
}

#[test]
fn swapped_signatures_are_found() {
    for release in [p384(), Release::keyless()] {
        let mut swapped = release.clone();
        let cms = |at: usize| split(&release.modules[at].1).unwrap().cms;
        swapped.modules[0].1 = signed(MODULES[0], cms(1));
        swapped.modules[1].1 = signed(MODULES[1], cms(0));
        let findings = swapped.judge();
        for path in ["0.ko", "1.ko"] {
            assert!(findings.iter().any(|finding| matches!(
                finding,
                Finding::Module { path: found, refusal: Refusal::BadSignature } if found == path
            )));
            assert!(findings.iter().any(|finding| matches!(
                finding,
                Finding::OtherThanPublished { path: found, .. } if found == path
            )));
        }
    }
}

#[test]
fn a_changed_module_is_found() {
    let mut release = p384();
    release.modules[1].1[5] ^= 1;
    let findings = release.judge();
    assert!(matches!(&findings[0], Finding::NotPublished { path, .. } if path == "1.ko"), "{findings:?}");
    assert!(matches!(&findings[1], Finding::Module { refusal: Refusal::BadSignature, .. }), "{findings:?}");
    assert!(matches!(&findings[2], Finding::UnusedSignature { .. }), "{findings:?}");
}

#[test]
fn a_signature_that_nobody_carries_is_found() {
    let mut release = p384();
    for name in ["extra.p7s".to_owned(), file_name(&ModuleDigest::of(b"\x7fELF backdoor"))] {
        release.signatures.insert(name.clone(), sign(&ecdsa(1), b"\x7fELF backdoor"));
        let finding = release.only_finding();
        assert!(
            matches!(&finding, Finding::UnusedSignature { name: found } if *found == name),
            "{finding:?}"
        );
        release.signatures.remove(&name);
    }
    // The right signature under another spelling of the digest.
    let (name, cms) = release.signatures.pop_first().unwrap();
    release.signatures.insert(name.to_uppercase(), cms);
    let findings = release.judge();
    assert!(
        matches!(findings[..], [Finding::NotPublished { .. }, Finding::UnusedSignature { .. }]),
        "{findings:?}"
    );
}

#[test]
fn a_module_whose_signature_is_not_published_is_found() {
    let mut release = p384();
    release.signatures.pop_first();
    assert!(matches!(release.only_finding(), Finding::NotPublished { .. }));
}

#[test]
fn another_valid_signature_than_the_published_one_is_found() {
    let Some(openssl) = crate::foreign::OpenSsl::p384() else { return };
    let options = ["-md", "sha512", "-noattr", "-nocerts", "-nosmimecap"];
    let signatures: Vec<Vec<u8>> = MODULES.iter().map(|module| openssl.sign(module, &options)).collect();
    let mut release = Release::of(&signatures, vec![openssl.certificate.clone()]);
    release.signatures.insert(file_name(&ModuleDigest::of(MODULES[2])), openssl.sign(MODULES[2], &options));
    let findings = release.judge();
    assert!(
        findings
            .iter()
            .any(|finding| matches!(finding, Finding::OtherThanPublished { path, .. } if path == "2.ko")),
        "{findings:?}"
    );
}

#[test]
fn a_trusted_key_that_signed_nothing_is_found() {
    let mut release = Release::keyless();
    release.certificates.push(ceremony_certificate(ecdsa(9).public_key()));
    let finding = release.only_finding();
    assert!(matches!(&finding, Finding::UnusedCertificate { index: 3, .. }), "{finding:?}");
}

#[test]
fn a_second_ceremony_key_is_found() {
    let mut release = p384();
    let cms = sign(&ecdsa(2), MODULES[0]);
    release.modules[0].1 = signed(MODULES[0], &cms);
    release.signatures.insert(file_name(&ModuleDigest::of(MODULES[0])), cms);
    release.certificates.push(ceremony_certificate(ecdsa(2).public_key()));
    let findings = release.judge();
    assert!(
        findings.iter().all(|finding| matches!(finding, Finding::CertificateCount { count: 2 })),
        "{findings:?}"
    );
    assert_eq!(findings.len(), 2);
}

#[test]
fn a_keyless_key_that_signed_a_second_module_is_found() {
    // Only someone who holds the private half can do that, so it is not a derived one either.
    let module = ModuleDigest::of(MODULES[0]);
    let der = certificate(&Subject::Module(module), &release(), EPOCH, ecdsa(1).public_key()).unwrap();
    let signatures: Vec<Vec<u8>> = MODULES.iter().map(|module| sign(&ecdsa(1), module)).collect();
    let finding = Release::of(&signatures, vec![der]).only_finding();
    assert!(matches!(&finding, Finding::SignedMany { index: 0, count: 3, .. }), "{finding:?}");
}

#[test]
fn a_keyless_key_that_somebody_holds_is_found() {
    let module = ModuleDigest::of(MODULES[0]);
    let der = certificate(&Subject::Module(module), &release(), EPOCH, ecdsa(1).public_key()).unwrap();
    let mut release = Release::of(&[sign(&ecdsa(1), MODULES[0])], vec![der]);
    release.modules.truncate(1);
    let finding = release.only_finding();
    assert!(
        matches!(&finding, Finding::Certificate { index: 0, refusal: Refusal::KeyNotDerived, .. }),
        "{finding:?}"
    );
}

#[test]
fn keyless_certificates_out_of_order_are_found() {
    let mut release = Release::keyless();
    release.certificates.swap(0, 1);
    assert!(matches!(release.only_finding(), Finding::CertificateOrder { index: 1 }));
}

#[test]
fn a_certificate_with_a_choice_in_it_is_found() {
    let mut release = p384();
    release.certificates[0] = altered_certificate(&release.certificates[0], |all| {
        all.tbs_certificate.validity.not_after = all.tbs_certificate.validity.not_before;
    });
    let finding = release.only_finding();
    assert!(
        matches!(
            &finding,
            Finding::Certificate { index: 0, refusal: Refusal::CertificateNotCanonical { .. }, .. }
        ),
        "{finding:?}"
    );
}
