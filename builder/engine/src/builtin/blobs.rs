// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The store as the image formats see it: contents by digest.

use std::io::{self, Read};

use ashlar_digest::BlobDigest;
use ashlar_images::BlobSource;
use ashlar_store::Store;

/// Contents from the store.
#[derive(Debug)]
pub(super) struct StoreBlobs<'a>(pub(super) &'a Store);

impl BlobSource for StoreBlobs<'_> {
    fn open(&self, digest: BlobDigest) -> io::Result<Box<dyn Read + '_>> {
        let file = self.0.open_blob(digest).map_err(io::Error::other)?;
        Ok(Box::new(file))
    }
}
