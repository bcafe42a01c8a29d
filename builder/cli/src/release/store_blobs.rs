// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The store as image formats see it: contents by digest.

use std::io::{self, Read};

use ashlar_digest::BlobDigest;
use ashlar_images::BlobSource;
use ashlar_store::Store;

/// Contents from the store.
#[derive(Debug)]
pub(crate) struct StoreBlobs<'a>(pub(crate) &'a Store);

impl BlobSource for StoreBlobs<'_> {
    fn open(&self, digest: BlobDigest) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.0.open_blob(digest).map_err(io::Error::other)?))
    }
}
