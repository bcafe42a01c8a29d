// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar release`: builds, holds the ceremony, assembles, and writes the release directory.

use std::collections::BTreeMap;
use std::time::Instant;

use ashlar_attestation::{AttestationError, Predicate, PublisherKey, Statement, StatementSigner, envelope};
use ashlar_digest::{BlobDigest, Sha256};
use ashlar_engine::Built;
use ashlar_module_signature::{Commitment, ReleaseId};
use ashlar_plan::{ImageIdentity, release_id};
use ashlar_recipe::ImageDefinition;
use ashlar_release_bundle::layout::{PROVENANCE, SBOM_STATEMENTS, SOURCES};
use ashlar_release_bundle::{
    BundlePath, Claim, Content, ImageName, ManifestHead, PlatformName, ReleaseWriter, Role, Version,
};
use serde_json::json;

use super::build::{Against, image_digests, judge};
use crate::arguments::{Global, ReleaseArguments};
use crate::failure::{Failure, Kind, Outcome, chain};
use crate::release::{
    Assembled, Part, SecureBoot, Wanted, checkout_digest, derived, image_epoch, provenance, publisher_key,
    sbom_statements, sign_modules, signature_parts, unsigned_modules,
};
use crate::session::{Goal, Planned, Session};
use crate::terminal::Terminal;

pub(crate) fn run(
    global: &Global,
    terminal: &Terminal,
    asked: &ReleaseArguments,
) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let image = session.image(&asked.image)?;
    // What the command line names is judged before anything is built for an hour.
    let version = Version::parse(&asked.version)?;
    let publisher = asked.publisher_key.as_deref().map(publisher_key).transpose()?;
    let secure_boot = match (&asked.secure_boot_key, &asked.secure_boot_certificate) {
        (Some(key), Some(certificate)) => Some(SecureBoot::read(key, certificate)?),
        _ => None,
    };
    refuse_feeds(image)?;
    let release = ReleaseId::parse(&release_id(session.recipes.project(), image, version.as_str()))
        .map_err(|cause| Failure::Usage { message: chain(&cause), help: None })?;
    std::fs::create_dir_all(&asked.output)
        .map_err(|cause| Failure::surroundings(format!("make {}: {cause}", asked.output.display())))?;
    let claim = Claim::take(&asked.output, &release)?;

    let checkout = checkout_digest(&session)?;
    // Everything keyless, compared before a key exists.
    let planned = session.plan(&[Goal::Image(image)], &[])?;
    let built = session.build(&planned)?;
    let found = image_digests(&session, image, &planned, &built)?;
    if !judge(&session, image, &found, Against::All)? {
        terminal.note("nothing is released that is not what ashlar.expected says");
        return Ok(Outcome(Kind::Unexpected));
    }
    let expected = found.into_iter().map(|(name, digest)| {
        let digest =
            digest.parse().map_err(|_| Failure::surroundings(format!("read the digest of {name}")))?;
        Ok((name, digest))
    });
    let expected: BTreeMap<String, Sha256> = expected.collect::<Result<_, Failure>>()?;
    let epoch = image_epoch(image, &planned)?;
    let committed = committed(&session, image, &planned, &built)?;
    let wanted = Wanted {
        release: &release,
        epoch,
        committed: &committed,
        signer: asked.signer,
        allow_swap: asked.allow_swap,
        publisher: publisher.as_ref(),
    };
    let signed = sign_modules(&session, &claim, &wanted)?;
    let begun = Instant::now();

    let identity =
        ImageIdentity::release(session.recipes.project(), image, version.as_str(), signed.signing.clone());
    let mut assembled = Assembled::build(&session, image, &identity, signed.agent.as_ref())?;
    let results = match &signed.results {
        Some(results) => results.clone(),
        None => derived(&session, image, &identity)?,
    };
    let mut parts = signature_parts(&results)?;
    if let Some(secure_boot) = &secure_boot {
        let (signature, certificate) = secure_boot.sign(&assembled.uki()?)?;
        assembled.attach(&signature)?;
        parts.insert("secure-boot.p7s".to_owned(), Part::Bytes(signature));
        parts.insert("secure-boot.pem".to_owned(), Part::Bytes(certificate.into_bytes()));
    }
    if asked.with_sources {
        for input in assembled.inputs.iter() {
            let file = session.store.blob_path(BlobDigest::new(input.digest.sha256()), false)?;
            parts.insert(format!("{SOURCES}/{}", input.digest), Part::File(file));
        }
    }
    parts.extend(assembled.parts.clone());
    let head = ManifestHead {
        project: ImageName::parse(session.recipes.project().name.as_str())?,
        image: ImageName::parse(image.name.as_str())?,
        version,
        platform: PlatformName::parse(image.platform.as_str())?,
        epoch,
        signer: signed.signer,
        agent: signed.agent.as_ref().map(|(agent, _)| Sha256::from_bytes(*agent.sha256.as_bytes())),
        checkout,
        expected,
    };
    if checkout_digest(&session)? != checkout {
        return Err(Failure::Finding {
            message: "release a checkout that was changed meanwhile".to_owned(),
            help: Some(
                "run the command again; signatures of this version are taken up where they fit".to_owned(),
            ),
        });
    }
    let directory = write(&claim, head, &parts, &assembled, publisher.as_ref())?;
    let assembly = begun.elapsed().as_secs_f64();
    terminal.note(&format!("from the signatures to the release: {assembly:.1} s"));
    if terminal.json() {
        terminal.result_json(&json!({
            "release": release.as_str(),
            "directory": directory.display().to_string(),
            "modules": committed.digests().len(),
            "seconds": {"ceremony": signed.ceremony.map(|taken| taken.as_secs_f64()), "assembly": assembly},
        }))?;
    } else {
        terminal.result(&directory.display().to_string())?;
    }
    Ok(Outcome::DONE)
}

/// A release is judged by the feeds that its image names; no feed can be given yet.
fn refuse_feeds(image: &ImageDefinition) -> Result<(), Failure> {
    if image.feeds.is_empty() {
        return Ok(());
    }
    Err(Failure::Finding {
        message: format!("judge image {} by the feeds {}", image.name, image.feeds.join(", ")),
        help: Some(
            "this version cannot judge by feeds; an image that wants none says `feeds = []`".to_owned(),
        ),
    })
}

fn committed(
    session: &Session<'_>,
    image: &ImageDefinition,
    planned: &Planned,
    built: &Built,
) -> Result<Commitment, Failure> {
    let modules = unsigned_modules(session, image, planned, built)?;
    Commitment::new(modules.values().copied()).map_err(|cause| Failure::Finding {
        message: format!("commit to the modules of image {}: {}", image.name, chain(&cause)),
        help: Some("name outputs with modules under `[kernel]`, as `modules`".to_owned()),
    })
}

fn write(
    claim: &Claim,
    head: ManifestHead,
    parts: &BTreeMap<String, Part>,
    assembled: &Assembled,
    publisher: Option<&PublisherKey>,
) -> Result<std::path::PathBuf, Failure> {
    let layout = ashlar_release_bundle::Layout::new(&head.image);
    let mut writer = ReleaseWriter::begin(claim, head.clone())?;
    let mut subjects = BTreeMap::new();
    for (path, part) in parts {
        let content = match part {
            Part::File(file) => Content::CopyOf(file.clone()),
            Part::Bytes(bytes) => Content::Bytes(bytes.clone()),
        };
        let at = BundlePath::parse(path)?;
        let role = layout.role(&at);
        let measured = writer.add(at, &content)?;
        if role == Some(Role::Image) {
            subjects.insert(path.clone(), measured.sha256);
        }
    }
    let statement = provenance(&head, claim.release().as_str(), &subjects, &assembled.inputs);
    let lines = sealed_lines(PROVENANCE, &[statement], publisher)?;
    writer.add(BundlePath::parse(PROVENANCE)?, &Content::Bytes(lines.into_bytes()))?;
    let lines = sealed_lines(SBOM_STATEMENTS, &sbom_statements(&subjects, parts)?, publisher)?;
    writer.add(BundlePath::parse(SBOM_STATEMENTS)?, &Content::Bytes(lines.into_bytes()))?;
    let directory = writer.publish(|manifest| match publisher {
        None => Ok(None),
        Some(key) => key
            .sign(manifest)
            .map(|signature| Some(signature.as_der().to_vec()))
            .map_err(|cause| chain(&cause)),
    })?;
    Ok(directory)
}

/// The file at `path` of these statements, signed where there is a publisher.
fn sealed_lines<P: Predicate>(
    path: &str,
    statements: &[Statement<P>],
    publisher: Option<&PublisherKey>,
) -> Result<String, Failure> {
    let failed = |cause: AttestationError| Failure::surroundings(format!("write {path}: {}", chain(&cause)));
    let signers: Vec<&dyn StatementSigner> =
        publisher.into_iter().map(|key| key as &dyn StatementSigner).collect();
    let sealed = statements.iter().map(|statement| envelope::seal(statement, &signers));
    let sealed = sealed.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    envelope::to_lines(&sealed).map_err(failed)
}
