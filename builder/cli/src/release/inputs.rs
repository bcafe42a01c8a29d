// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `inputs.json`: every source and seed file that a release was built from, by digest, and where each may be had.
//!
//! No mirror is named: mirrors come and go, and none is trusted. `debian-archive:` is a path below any mirror of the archive.

use std::collections::BTreeMap;

use ashlar_digest::{BlobDigest, SourceDigest};
use ashlar_plan::Location;
use ashlar_release_bundle::{Input, Inputs};

use crate::failure::Failure;
use crate::session::{Planned, Session};

/// The inputs of all `plans` together, and where their bytes lie in the store.
pub(crate) fn inputs_of(session: &Session<'_>, plans: &[&Planned]) -> Result<Inputs, Failure> {
    let mut inputs: BTreeMap<SourceDigest, Input> = BTreeMap::new();
    for planned in plans {
        for id in planned.graph.needed(&planned.goals) {
            for digest in planned.graph.node(id).sources() {
                let path = session.store.blob_path(BlobDigest::new(digest.sha256()), false)?;
                let size = std::fs::metadata(&path)
                    .map_err(|cause| Failure::surroundings(format!("read {}: {cause}", path.display())))?
                    .len();
                let location = planned.catalog.get(&digest);
                let name = location.map_or_else(|| digest.to_string(), Location::name);
                let uris = location.map(uris).unwrap_or_default();
                inputs.insert(digest, Input { digest, name, size, uris });
            }
        }
    }
    Ok(Inputs::new(inputs.into_values().collect())?)
}

fn uris(location: &Location) -> Vec<String> {
    match location {
        Location::Urls { urls, .. } => urls.clone(),
        Location::Archive { path, .. } => vec![format!("debian-archive:{path}")],
        Location::Crate { name, version } => vec![format!("pkg:cargo/{name}@{version}")],
        Location::GoModule { module, version, .. } => vec![format!("pkg:golang/{module}@{version}")],
    }
}
