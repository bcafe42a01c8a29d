// SPDX-License-Identifier: Apache-2.0 OR MIT
//! ELF files section by section (System V ABI, chapter 4), with the symbol that the first differing byte belongs to.

use std::collections::BTreeMap;

use object::{Object as _, ObjectSection as _, ObjectSymbol as _};

use crate::hexdump::{first_difference, window};
use crate::names::Names;
use crate::report::{Bounds, Detail, Section};
use crate::text::{Hunks, hunks, printable};

const MAGIC: &[u8] = b"\x7fELF";
/// Sections that hold texts, each ended by a zero byte; behind that of `.gnu_debuglink` stands a checksum.
const OF_STRINGS: [&str; 4] = [".comment", ".interp", ".modinfo", ".gnu_debuglink"];

struct Part<'a> {
    data: &'a [u8],
    size: u64,
    address: u64,
    index: object::SectionIndex,
}

/// The sections that differ, if both are ELF files that can be read.
pub(crate) fn sections(one: &[u8], two: &[u8], bounds: &Bounds) -> Option<Detail> {
    if !one.starts_with(MAGIC) || !two.starts_with(MAGIC) {
        return None;
    }
    let (first, second) = (object::File::parse(one).ok()?, object::File::parse(two).ok()?);
    let (before, after) = (parts(&first)?, parts(&second)?);
    let mut sections = Vec::new();
    for name in order(&before, &after) {
        match (before.parts.get(&name), after.parts.get(&name)) {
            (Some(one), Some(two)) if one.data == two.data && one.size == two.size => {}
            (one, two) => sections.push(section(&name, one, two, &first, bounds)),
        }
    }
    let rest = sections.is_empty().then(|| window(one, two));
    Some(Detail::Elf { sections, rest })
}

struct Parts<'a> {
    order: Vec<String>,
    parts: BTreeMap<String, Part<'a>>,
}

fn parts<'a>(file: &object::File<'a>) -> Option<Parts<'a>> {
    let mut found = Parts { order: Vec::new(), parts: BTreeMap::new() };
    let mut names = Names::default();
    for section in file.sections() {
        let plain = printable(&String::from_utf8_lossy(section.name_bytes().ok()?));
        let name = names.take(&plain);
        let part = Part {
            data: section.data().ok()?,
            size: section.size(),
            address: section.address(),
            index: section.index(),
        };
        found.order.push(name.clone());
        found.parts.insert(name, part);
    }
    Some(found)
}

/// All names in the order of the first file, then those that only the second has.
fn order(one: &Parts<'_>, two: &Parts<'_>) -> Vec<String> {
    let only_second = two.order.iter().filter(|name| !one.parts.contains_key(*name));
    one.order.iter().chain(only_second).cloned().collect()
}

fn section(
    name: &str,
    one: Option<&Part<'_>>,
    two: Option<&Part<'_>>,
    file: &object::File<'_>,
    bounds: &Bounds,
) -> Section {
    let both = one.zip(two);
    let offset = both.and_then(|(one, two)| first_difference(one.data, two.data)).map(|at| at as u64);
    let symbol = offset.zip(one).and_then(|(offset, part)| symbol(file, part, offset));
    let strings = both
        .filter(|_| OF_STRINGS.contains(&name))
        .map(|(one, two)| strings(one.data, two.data, bounds.lines));
    let size = |part: Option<&Part<'_>>| part.map(|part| part.size);
    Section { name: name.to_owned(), before: size(one), after: size(two), offset, symbol, strings }
}

fn strings(one: &[u8], two: &[u8], most: usize) -> Hunks {
    let lines = |bytes: &[u8]| -> String {
        let texts = bytes.split(|byte| *byte == 0).filter(|text| !text.is_empty());
        texts.map(|text| printable(&String::from_utf8_lossy(text)) + "\n").collect()
    };
    hunks(&lines(one), &lines(two), most)
}

/// The symbol that the byte at `offset` of a section belongs to; the one that begins last, where several do.
fn symbol(file: &object::File<'_>, part: &Part<'_>, offset: u64) -> Option<String> {
    let address = part.address.checked_add(offset)?;
    let covers = |symbol: &object::Symbol<'_, '_>| {
        symbol.section_index() == Some(part.index)
            && symbol.address() <= address
            && address < symbol.address().saturating_add(symbol.size())
    };
    let found =
        file.symbols().chain(file.dynamic_symbols()).filter(covers).max_by_key(|symbol| symbol.address())?;
    found.name().ok().filter(|name| !name.is_empty()).map(printable)
}

#[cfg(test)]
mod tests;
