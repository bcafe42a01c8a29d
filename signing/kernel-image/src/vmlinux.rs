// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where the fields of the certificate area lie in the file `vmlinux`: symbol → section → file offset.
//!
//! Format: ELF-64 object file format, "Symbol table" and "Sections". The fields and their order: `symbols`.

use std::ops::Range;

use object::read::elf::ElfFile64;
use object::{
    Architecture, LittleEndian, Object as _, ObjectKind, ObjectSection as _, ObjectSymbol as _, SectionIndex,
};

use crate::error::KernelImageError;
use crate::symbols::{AREA, LIST, LIST_SIZE, USED};

type File<'a> = ElfFile64<'a, LittleEndian>;

/// The fields of the area as byte ranges of the file; all are inside of it, and no two overlap.
#[derive(Debug)]
pub(crate) struct AreaInFile {
    /// The whole area.
    pub(crate) area: Range<usize>,
    /// The `int` that counts its used bytes.
    pub(crate) used: Range<usize>,
    /// The `unsigned long` that counts the bytes that the kernel loads.
    pub(crate) list_size: Range<usize>,
    /// Bytes of certificates that were compiled in: from the begin of the list to the area.
    pub(crate) compiled_in: u64,
}

impl AreaInFile {
    /// Reads the symbols of `vmlinux`, which has to be aligned as allocated memory is.
    pub(crate) fn locate(vmlinux: &[u8]) -> Result<Self, KernelImageError> {
        let file = parse(vmlinux)?;
        let list = Symbol::find(&file, LIST)?;
        let area = Symbol::find(&file, AREA)?;
        if list.section != area.section || list.address > area.address {
            return Err(KernelImageError::AreaShape {
                reason: "the area does not follow the list of certificates",
            });
        }
        let place = Self {
            area: area.file_range(&file, area.capacity(&file)?)?,
            used: Symbol::find(&file, USED)?.file_range(&file, 4)?,
            list_size: Symbol::find(&file, LIST_SIZE)?.file_range(&file, 8)?,
            compiled_in: area.address - list.address,
        };
        let overlap = |a: &Range<usize>, b: &Range<usize>| a.start < b.end && b.start < a.end;
        if overlap(&place.area, &place.used)
            || overlap(&place.area, &place.list_size)
            || overlap(&place.used, &place.list_size)
        {
            return Err(KernelImageError::AreaShape { reason: "its fields overlap" });
        }
        if place.area.end > vmlinux.len()
            || place.used.end > vmlinux.len()
            || place.list_size.end > vmlinux.len()
        {
            return Err(KernelImageError::AreaShape { reason: "it lies beyond the end of the file" });
        }
        Ok(place)
    }
}

fn parse(vmlinux: &[u8]) -> Result<File<'_>, KernelImageError> {
    let wrong = |reason| Err(KernelImageError::Vmlinux { reason });
    let [0x7f, b'E', b'L', b'F', class, order, ..] = vmlinux else {
        return wrong("it is not an ELF file");
    };
    if (*class, *order) != (2, 1) {
        return wrong("it is not a 64-bit little-endian ELF file");
    }
    let file = File::parse(vmlinux).map_err(|source| KernelImageError::Elf { source })?;
    if file.architecture() != Architecture::X86_64 {
        return wrong("it is not for x86-64");
    }
    if !matches!(file.kind(), ObjectKind::Executable | ObjectKind::Dynamic) {
        return wrong("it is not linked");
    }
    Ok(file)
}

/// A symbol with a place in a section.
struct Symbol {
    name: &'static str,
    address: u64,
    size: u64,
    section: SectionIndex,
}

impl Symbol {
    fn find(file: &File<'_>, name: &'static str) -> Result<Self, KernelImageError> {
        let place = "vmlinux";
        let mut named = file.symbols().filter(|symbol| {
            symbol.name_bytes().is_ok_and(|bytes| bytes == name.as_bytes()) && !symbol.is_undefined()
        });
        let symbol = named.next().ok_or(KernelImageError::MissingSymbol { symbol: name, place })?;
        if named.next().is_some() {
            return Err(KernelImageError::AmbiguousSymbol { symbol: name, place });
        }
        let reason = "it is in no section";
        let section = symbol.section_index().ok_or(KernelImageError::SymbolBytes { symbol: name, reason })?;
        Ok(Self { name, address: symbol.address(), size: symbol.size(), section })
    }

    /// The size that the symbol states, else the distance to the next symbol of its section.
    fn capacity(&self, file: &File<'_>) -> Result<u64, KernelImageError> {
        let shape = |reason| KernelImageError::AreaShape { reason };
        let after = file
            .symbols()
            .filter(|symbol| symbol.section_index() == Some(self.section) && symbol.address() > self.address)
            .map(|symbol| symbol.address() - self.address)
            .min();
        match (self.size, after) {
            (0, None) => Err(shape("neither a size nor a symbol after it bounds the area")),
            (0, Some(after)) => Ok(after),
            (size, Some(after)) if after < size => Err(shape("another symbol lies inside of the area")),
            (size, _) => Ok(size),
        }
    }

    /// Where `length` bytes from this symbol on lie in the file.
    fn file_range(&self, file: &File<'_>, length: u64) -> Result<Range<usize>, KernelImageError> {
        let wrong = |reason| KernelImageError::SymbolBytes { symbol: self.name, reason };
        let outside = || wrong("it is not inside of its section");
        let section = file.section_by_index(self.section).map_err(|_| wrong("its section does not exist"))?;
        let (file_start, file_size) =
            section.file_range().ok_or_else(|| wrong("its section takes no room in the file"))?;
        let start = self.address.checked_sub(section.address()).ok_or_else(outside)?;
        let end = start.checked_add(length).ok_or_else(outside)?;
        if end > file_size {
            return Err(outside());
        }
        let in_file = |offset: u64| file_start.checked_add(offset).and_then(|at| usize::try_from(at).ok());
        Ok(in_file(start).ok_or_else(outside)?..in_file(end).ok_or_else(outside)?)
    }
}
