// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Statements, envelopes, frames, keys and signatures.

use std::collections::BTreeMap;

use ashlar_attestation::{
    BuildDefinition, BuildMetadata, Builder, DigestSet, PublisherKey, RebuildStatement, Resource, RunDetails,
    SlsaProvenance, Statement, StatementSigner as _, Subject, Verdict, envelope,
};
use ashlar_digest::Sha256;
use ashlar_module_signature::{
    AgentFrame, Algorithm, Commitment, KeyStatement, Memory, ModuleDigest, ParentFrame, RefusalCode,
    Sha256 as WireDigest, SignedModule, statement_payload, write_frame,
};
use serde_json::json;

use crate::{Seed, module};

/// A key that everybody knows.
const KEY: &str = include_str!("../../testdata/publisher.pem");
const PUBLIC_KEY: &str = include_str!("../../testdata/publisher.pub.pem");

pub(crate) fn seeds() -> Vec<Seed> {
    let key = PublisherKey::from_pem(KEY).unwrap();
    let (provenance, rebuild, signed) = (provenance(), rebuild(), module::signed());
    let sealed = envelope::seal(&provenance, &[&key]).unwrap();
    let unsigned = envelope::seal(&rebuild, &[]).unwrap();
    let mut seeds = vec![
        Seed::new("statement", provenance.to_canonical_json().unwrap()),
        Seed::new("statement", rebuild.to_canonical_json().unwrap()),
        Seed::new("statement", statement_payload(&key_statement()).unwrap()),
        Seed::new("envelope", envelope::to_json(&sealed).unwrap()),
        Seed::new("envelope", envelope::to_lines(&[sealed.clone(), unsigned]).unwrap()),
        Seed::new("signature", key.sign(b"message").unwrap().as_der()),
        Seed::new("private_key", KEY),
        Seed::new("public_keys", PUBLIC_KEY),
        Seed::new("public_keys", format!("# twice\n{PUBLIC_KEY}\n{PUBLIC_KEY}")),
        Seed::new("certificates", module::ceremony_certificate()),
        Seed::new("certificates", [signed.certificate.clone(), module::ceremony_certificate()].concat()),
        Seed::new("module_signature", signed.cms.clone()),
        Seed::new("signed_module", signed.module.clone()),
        Seed::new("signed_module", &b"\x7fELF unsigned"[..]),
    ];
    let parent = [
        ParentFrame::Begin {
            release: module::release(),
            algorithm: Algorithm::P384,
            epoch: 1_767_225_600,
            agent_sha256: WireDigest::of(b"agent"),
            committed: Commitment::new([b"one", b"two"].map(|bytes| ModuleDigest::of(bytes))).unwrap(),
            deadline_ms: 60_000,
            allow_swap: false,
        },
        ParentFrame::Sign { index: 0, digest: ModuleDigest::of(b"one") },
        ParentFrame::Finish {},
    ];
    let agent = [
        AgentFrame::Ready {
            agent_sha256: WireDigest::of(b"agent"),
            memory: Memory::Mlock,
            hardening: vec!["seccomp".to_owned()],
        },
        AgentFrame::Certificate { der: signed.certificate },
        AgentFrame::Signature { index: 0, cms: signed.cms },
        AgentFrame::Statement { envelope: sealed },
        AgentFrame::Refused { code: RefusalCode::Swap, reason: "no".to_owned() },
    ];
    seeds.extend(parent.iter().map(|frame| written(|out| write_frame(out, frame).unwrap())));
    seeds.extend(agent.iter().map(|frame| written(|out| write_frame(out, frame).unwrap())));
    seeds
}

fn written(write: impl Fn(&mut Vec<u8>)) -> Seed {
    let mut bytes = Vec::new();
    write(&mut bytes);
    Seed::new("frame", bytes)
}

fn provenance() -> Statement<SlsaProvenance> {
    let dependency = Resource {
        name: "checkout".to_owned(),
        uri: Some("https://example.org/ashlar".to_owned()),
        digest: DigestSet::of_file(Sha256::of(b"checkout")),
    };
    let predicate = SlsaProvenance {
        build_definition: BuildDefinition {
            build_type: "https://ashlar.invalid/build/v1".to_owned(),
            external_parameters: BTreeMap::from([("image".to_owned(), json!("qemu"))]),
            internal_parameters: BTreeMap::from([("jobs".to_owned(), json!([1, null, true, {}]))]),
            resolved_dependencies: vec![dependency],
        },
        run_details: RunDetails {
            builder: Builder {
                id: "https://ashlar.invalid/builder".to_owned(),
                version: BTreeMap::from([("ashlar".to_owned(), "0.1.0".to_owned())]),
            },
            metadata: Some(BuildMetadata { invocation_id: module::release().as_str().to_owned() }),
        },
    };
    Statement { subjects: vec![Subject::new("manifest.json", Sha256::of(b"manifest"))], predicate }
}

fn rebuild() -> Statement<RebuildStatement> {
    Statement {
        subjects: vec![Subject::new("manifest.json", Sha256::of(b"manifest"))],
        predicate: RebuildStatement {
            release: module::release().as_str().to_owned(),
            manifest_sha256: Sha256::of(b"manifest"),
            verdict: Verdict::Identical,
            rebuilder: "somebody".to_owned(),
            checkout: Sha256::of(b"checkout"),
        },
    }
}

fn key_statement() -> KeyStatement {
    let digest = WireDigest::of(b"x");
    KeyStatement {
        agent_sha256: digest,
        algorithm: Algorithm::P384,
        certificate_sha256: digest,
        committed: 1,
        committed_sha256: digest,
        epoch: 1_767_225_600,
        hardening: vec!["seccomp".to_owned()],
        last: true,
        memory: Memory::MemfdSecret,
        release: module::release(),
        signed: vec![SignedModule { module: ModuleDigest::of(b"one"), signature: digest }],
        spki_sha256: digest,
    }
}
