// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Upstream signatures over sources: judged when locking, as all trust is.
//!
//! The signature file is itself a source by digest, so that the judgement can be repeated with the same bytes.

use std::io::Cursor;

use ashlar_debian::{Limits, decompress};
use ashlar_digest::{BlobDigest, SourceDigest};
use ashlar_fetch::Request;
use ashlar_openpgp::{Fingerprint, Keyring};
use ashlar_recipe::{OpenPgp, Recipe, Signature, SignedForm, Source, SourceKind};

use crate::{Locker, LockerError};

/// Verifies every signature that the sources of `recipe` state.
pub(crate) fn verify(locker: &Locker<'_>, recipe: &Recipe) -> Result<(), LockerError> {
    for source in &recipe.sources {
        let (digest, openpgp) = match &source.kind {
            SourceKind::Url { digest, openpgp: Some(openpgp), .. }
            | SourceKind::Debian { digest, openpgp: Some(openpgp), .. } => (*digest, openpgp),
            _ => continue,
        };
        verify_one(locker, recipe, source, digest, openpgp)?;
    }
    Ok(())
}

fn verify_one(
    locker: &Locker<'_>,
    recipe: &Recipe,
    source: &Source,
    digest: SourceDigest,
    openpgp: &OpenPgp,
) -> Result<(), LockerError> {
    let what = format!("source {} of recipe {}", source.name, recipe.name);
    let failed = |cause| LockerError::Keyring { what: what.clone(), cause };
    let pinned: Fingerprint = openpgp.fingerprint.as_str().parse().map_err(failed)?;
    let folder = locker.recipes.origin(&recipe.name).map_or("", |origin| origin.folder.as_str());
    let keyring = locker.project_file(folder, openpgp.keyring.as_str())?;
    let keyring = Keyring::parse(&keyring, &[pinned]).map_err(failed)?;
    let signature = bring_signature(locker, recipe, &openpgp.signature)?;
    let signature = read(locker, signature)?;
    let mut signed = read(locker, digest)?;
    if openpgp.over == SignedForm::Uncompressed {
        signed = decompress(&what, &signed, &Limits::default())
            .map_err(|cause| LockerError::Format { what: what.clone(), cause: Box::new(cause) })?;
    }
    let good = keyring.verify_detached(&signature, Cursor::new(signed), locker.now).map_err(failed)?;
    locker.progress.note(&format!("{what}: signed by {}", good.signer.as_str()));
    Ok(())
}

/// Fetches the signature file and gives its digest. Those of Debian source packages are brought with the sources.
fn bring_signature(
    locker: &Locker<'_>,
    recipe: &Recipe,
    signature: &Signature,
) -> Result<SourceDigest, LockerError> {
    let (url, digest) = match signature {
        Signature::Debian { digest, .. } => return Ok(*digest),
        Signature::Url { url, digest } => (url.as_str().to_owned(), *digest),
    };
    let request = Request { digest, size: None, name: url.clone(), urls: vec![url.clone()] };
    match locker.bring(vec![request])?.first() {
        None => Ok(digest),
        Some(_) => Err(LockerError::NoSource {
            recipe: recipe.name.to_string(),
            package: recipe.name.to_string(),
            version: recipe.version.clone(),
            file: url,
            known: "no place has the signature".to_owned(),
        }),
    }
}

fn read(locker: &Locker<'_>, digest: SourceDigest) -> Result<Vec<u8>, LockerError> {
    locker
        .store
        .read_blob(BlobDigest::new(digest.sha256()))
        .map_err(|cause| LockerError::Store { cause: Box::new(cause) })
}
