// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One of the two releases to compare: what is in it, and how its files are read.

use std::fmt;
use std::path::Path;

use crate::limits::IMAGE_LIMIT;
use crate::{BundleError, BundlePath, Listing, read_file};

type Reader<'a> = Box<dyn Fn(&BundlePath) -> Result<Vec<u8>, BundleError> + 'a>;

/// A release to compare.
pub struct Side<'a> {
    pub(crate) listing: Listing,
    read: Reader<'a>,
}

impl<'a> Side<'a> {
    /// The release in a directory. Every file is hashed once; only those that differ are read, of at most
    /// [`IMAGE_LIMIT`] bytes.
    ///
    /// # Errors
    /// As [`Listing::of_directory`].
    pub fn of_directory(directory: &'a Path) -> Result<Self, BundleError> {
        let read = move |path: &BundlePath| read_file(directory, path, IMAGE_LIMIT);
        Ok(Self::new(Listing::of_directory(directory)?, read))
    }

    /// A release that is somewhere else, such as one that was built and not written.
    pub fn new(listing: Listing, read: impl Fn(&BundlePath) -> Result<Vec<u8>, BundleError> + 'a) -> Self {
        Self { listing, read: Box::new(read) }
    }

    pub(crate) fn read(&self, path: &BundlePath) -> Result<Vec<u8>, BundleError> {
        (self.read)(path)
    }
}

impl fmt::Debug for Side<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Side").field("listing", &self.listing).finish_non_exhaustive()
    }
}
