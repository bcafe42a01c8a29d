// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two contents: taken apart by what both of them are.

use crate::archive::{self, Format};
use crate::elf;
use crate::hexdump::window;
use crate::report::{Bounds, Content, Detail};
use crate::text::{as_text, hunks};

/// Archives in archives in compressed files: deeper than anything that is built, shallow enough for the stack.
const MAX_DEPTH: usize = 5;

/// How many contents may still be taken apart.
#[derive(Debug)]
pub(crate) struct Budget(usize);

impl Budget {
    pub(crate) const fn new(bounds: &Bounds) -> Self {
        Self(bounds.contents)
    }

    /// Whether there is one more.
    pub(crate) const fn take(&mut self) -> bool {
        let some = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        some
    }
}

impl Content {
    /// Two contents that were not read.
    pub(crate) const fn unread(sizes: (u64, u64)) -> Self {
        Self { before: sizes.0, after: sizes.1, detail: Detail::Unread }
    }
}

/// Where two contents differ, if they do.
pub(crate) fn differing(one: &[u8], two: &[u8], bounds: &Bounds) -> Option<Content> {
    at_depth(one, two, bounds, 0)
}

pub(crate) fn at_depth(one: &[u8], two: &[u8], bounds: &Bounds, depth: usize) -> Option<Content> {
    if one == two {
        return None;
    }
    let detail = taken_apart(one, two, bounds, depth).unwrap_or_else(|| Detail::Bytes(window(one, two)));
    Some(Content { before: one.len() as u64, after: two.len() as u64, detail })
}

fn taken_apart(one: &[u8], two: &[u8], bounds: &Bounds, depth: usize) -> Option<Detail> {
    if let (Some(one), Some(two)) = (as_text(one), as_text(two)) {
        return Some(Detail::Text(hunks(one, two, bounds.lines)));
    }
    if let Some(detail) = elf::sections(one, two, bounds) {
        return Some(detail);
    }
    let format = Format::of(one).filter(|format| Format::of(two) == Some(*format) && depth < MAX_DEPTH)?;
    archive::taken_apart(format, one, two, bounds, depth)
}
