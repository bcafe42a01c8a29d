// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Root and extensions by their files: `root.erofs` and `extensions/<name>.raw`.
//!
//! ```text
//! <path>              the content of each regular file
//! tree.json           each path with type, mode, owner, links, time, attributes, target: see `tree`
//! superblock          with zeroes for places and checksum: block size, features, UUID, time; and what is before it
//! layout              the image as it is: where mkfs.erofs put all that, compressed
//! verity              dm-verity superblock and tree, where they are the ones of the image; else verity-of-other-data
//! descriptor.json     of an extension: the text in its last block, which holds nothing else
//! ```
//! Owners, modes and attributes are read here, from the image: to have them from files that were extracted takes
//! privileges. Contents come through a port, since they are compressed; the reader behind it has to find the
//! same files in the same sizes. In `layout` everything is derived from the other parts but bytes that belong to no file,
//! which nobody can reach through the file system; that they are right only a rebuild shows (`ashlar audit`).

mod tree;

use std::collections::BTreeMap;

use super::decode::{Decoder, Part};
use crate::erofs::superblock::{Superblock, without_places};
use tree::Tree;

/// Size of an extension's last block.
const DESCRIPTOR: usize = 4096;
const DESCRIPTOR_MAGIC: &[u8] = b"ASHLAR-EXTENSION 1\n";

/// What takes foreign programs or other crates.
pub trait ErofsTools {
    /// The content of every regular file of an image, by path without leading slash.
    ///
    /// # Errors
    /// In words that fit after "failed to take it apart:".
    fn contents(&self, image: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String>;

    /// dm-verity superblock and tree over an image, as the builder appends them.
    ///
    /// # Errors
    /// In words that fit after "failed to take it apart:".
    fn hash_area(&self, image: &[u8]) -> Result<Vec<u8>, String>;
}

/// Takes apart `root.erofs`, also in an initramfs, and every extension.
#[derive(Clone, Copy, Debug)]
pub struct ErofsDecoder<T>(pub T);

impl<T: ErofsTools> Decoder for ErofsDecoder<T> {
    fn decode<'a>(&self, path: &str, bytes: &'a [u8]) -> Result<Option<Vec<Part<'a>>>, String> {
        let extension = path.starts_with("extensions/") && path.ends_with(".raw") && !path.contains('!');
        if !extension && path.rsplit(['!', '/']).next() != Some("root.erofs") {
            return Ok(None);
        }
        let mut parts = Vec::new();
        let mut rest = bytes;
        if extension {
            let (before, block) =
                bytes.split_last_chunk::<DESCRIPTOR>().ok_or("it is shorter than its descriptor")?;
            parts.push(descriptor(block)?);
            rest = before;
        }
        let superblock = Superblock::parse(rest)?;
        let (image, hash_area) = rest.split_at(superblock.length);
        let tree = Tree::read(image, &superblock)?;
        let contents = self.0.contents(image)?;
        let sizes = |(path, content): (&String, &Vec<u8>)| (path.clone(), content.len() as u64);
        if contents.iter().map(sizes).collect::<BTreeMap<_, _>>() != tree.files {
            return Err("two readers find other files in it".to_owned());
        }
        let fits = self.0.hash_area(image)? == hash_area;
        parts.extend(contents.into_iter().map(|(path, content)| Part::owned(path, content)));
        parts.push(Part::owned("tree.json", tree.json.into_bytes()));
        parts.push(Part::owned("superblock", without_places(image)?));
        parts.push(Part::borrowed("layout", image));
        parts.push(Part::borrowed(if fits { "verity" } else { "verity-of-other-data" }, hash_area));
        Ok(Some(parts))
    }
}

/// The text of an extension's descriptor. Around it is only what every one has.
fn descriptor(block: &[u8]) -> Result<Part<'_>, String> {
    let text = block.strip_prefix(DESCRIPTOR_MAGIC).ok_or("its descriptor does not begin as one")?;
    let end = text.iter().position(|byte| *byte == b'\n').ok_or("its descriptor has no end")?;
    if text[end + 1..].iter().any(|byte| *byte != 0) {
        return Err("behind the text of its descriptor are other bytes than zeroes".to_owned());
    }
    Ok(Part::borrowed("descriptor.json", &text[..end]))
}

#[cfg(test)]
mod tests;
