// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bytes to [`Elf`].

use object::Endianness;
use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, NoteIterator, ProgramHeader as _, SectionHeader as _, SectionTable};
use serde_json::Value;

use super::dynamic::Dynamic;
use super::{Dlopen, Elf, Kind, Language, Stack};

const MAGIC: &[u8] = b"\x7fELF";
/// Place of the class in the header, and its values (gABI, EI_CLASS).
const CLASS_AT: usize = 4;
const CLASS_32: u8 = 1;

/// Where the addresses of x86_64 kernels begin.
const UPPER_HALF: u64 = 0xffff_8000_0000_0000;

/// Name and type of a note that lists libraries loaded by name.
const DLOPEN_SECTION: &[u8] = b".note.dlopen";
const DLOPEN_OWNER: &[u8] = b"FDO";
const DLOPEN_TYPE: u32 = 0x407c_0c0a;

/// Reads `bytes`; nothing for what does not begin like an ELF file.
///
/// # Errors
/// A fragment of a sentence, for one that cannot be read to its end: what it says is unknown then, not nothing.
pub(crate) fn read(bytes: &[u8]) -> Result<Option<Elf>, String> {
    if !bytes.starts_with(MAGIC) {
        return Ok(None);
    }
    let elf = if bytes.get(CLASS_AT) == Some(&CLASS_32) {
        parse::<FileHeader32<Endianness>>(bytes)
    } else {
        parse::<FileHeader64<Endianness>>(bytes)
    };
    elf.map(Some).map_err(|cause| format!("it begins like an ELF file but cannot be read: {cause}"))
}

fn parse<H: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<Elf, String> {
    let header = H::parse(bytes).map_err(told)?;
    let endian = header.endian().map_err(told)?;
    let segments = header.program_headers(endian, bytes).map_err(told)?;
    let sections = header.sections(endian, bytes).map_err(told)?;
    let file_type = header.e_type(endian);
    let dynamic = Dynamic::read::<H>(endian, segments, bytes)?;
    let mut elf = Elf {
        kind: Kind::Other,
        is_fixed: file_type == elf::ET_EXEC,
        is_x86_64: header.e_machine(endian) == elf::EM_X86_64,
        interpreter: None,
        is_dynamic: dynamic.is_some(),
        libraries: Vec::new(),
        run_paths: Vec::new(),
        dlopen: Vec::new(),
        has_relro: false,
        has_late_functions: false,
        binds_at_once: false,
        has_text_relocations: false,
        stack: Stack::Unsaid,
        has_writable_code: false,
        has_debug_sections: false,
        has_symbols: false,
        code_bytes: 0,
        reads_guard: false,
        language: None,
    };
    let mut is_in_upper_half = false;
    for segment in segments {
        let flags = segment.p_flags(endian);
        let is_executable = flags.contains(elf::PF_X);
        match segment.p_type(endian) {
            elf::PT_LOAD => {
                is_in_upper_half |= segment.p_vaddr(endian).into() >= UPPER_HALF;
                elf.has_writable_code |= is_executable && flags.contains(elf::PF_W);
                if is_executable {
                    let code = segment
                        .data(endian, bytes)
                        .map_err(|()| "a segment lies outside of it".to_owned())?;
                    elf.code_bytes += code.len() as u64;
                    elf.reads_guard |= reads_guard(code);
                }
            }
            elf::PT_INTERP => elf.interpreter = segment.interpreter(endian, bytes).map_err(told)?.map(text),
            elf::PT_GNU_RELRO => elf.has_relro = true,
            elf::PT_GNU_STACK => elf.stack = if is_executable { Stack::Executable } else { Stack::Plain },
            _ => {}
        }
    }
    let mut says_program = false;
    if let Some(dynamic) = dynamic {
        says_program = dynamic.says_program;
        elf.has_late_functions = dynamic.has_late_functions;
        elf.binds_at_once = dynamic.binds_at_once;
        elf.has_text_relocations = dynamic.has_text_relocations;
        elf.libraries = dynamic.libraries;
        elf.run_paths = dynamic.run_paths;
    }
    let has_modinfo = read_sections::<H>(&mut elf, endian, &sections, bytes)?;
    elf.kind = match file_type {
        elf::ET_EXEC if is_in_upper_half => Kind::Kernel,
        elf::ET_EXEC => Kind::Program,
        elf::ET_DYN if elf.interpreter.is_some() || says_program => Kind::Program,
        elf::ET_DYN => Kind::Library,
        elf::ET_REL if has_modinfo => Kind::Module,
        elf::ET_REL => Kind::Object,
        _ => Kind::Other,
    };
    Ok(elf)
}

/// Reads what sections say; gives whether there is one by which modules are known.
fn read_sections<H: FileHeader<Endian = Endianness>>(
    elf: &mut Elf,
    endian: Endianness,
    sections: &SectionTable<'_, H>,
    bytes: &[u8],
) -> Result<bool, String> {
    let mut has_modinfo = false;
    for section in sections.iter() {
        elf.has_symbols |= section.sh_type(endian) == elf::SHT_SYMTAB;
        let name = sections.section_name(endian, section).map_err(told)?;
        match name {
            b".modinfo" => has_modinfo = true,
            b".go.buildinfo" => elf.language = Some(Language::Go),
            b".comment" => {
                let said = section.data(endian, bytes).map_err(told)?;
                if elf.language.is_none() && memchr::memmem::find(said, b"rustc version").is_some() {
                    elf.language = Some(Language::Rust);
                }
            }
            DLOPEN_SECTION => {
                let said = section.data(endian, bytes).map_err(told)?;
                let notes =
                    NoteIterator::<H>::new(endian, section.sh_addralign(endian), said).map_err(told)?;
                elf.dlopen = dlopen::<H>(endian, notes)?;
            }
            _ => elf.has_debug_sections |= name.starts_with(b".debug_") || name.starts_with(b".zdebug_"),
        }
    }
    Ok(has_modinfo)
}

/// `[{"feature": …, "priority": "required", "soname": ["libx.so.1"]}]`; without a priority it is recommended.
fn dlopen<H: FileHeader<Endian = Endianness>>(
    endian: Endianness,
    mut notes: NoteIterator<'_, H>,
) -> Result<Vec<Dlopen>, String> {
    let wrong = || "its note of libraries loaded by name is no list of them".to_owned();
    let mut all = Vec::new();
    while let Some(note) = notes.next().map_err(told)? {
        if note.name() != DLOPEN_OWNER || note.n_type(endian) != elf::NoteType(DLOPEN_TYPE) {
            continue;
        }
        let json = note.desc().split(|byte| *byte == 0).next().unwrap_or_default();
        let entries: Vec<Value> = serde_json::from_slice(json).map_err(|_| wrong())?;
        for entry in entries {
            let names = entry.get("soname").and_then(Value::as_array).ok_or_else(wrong)?;
            all.push(Dlopen {
                names: names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                is_required: entry.get("priority").and_then(Value::as_str) == Some("required"),
            });
        }
    }
    Ok(all)
}

/// Whether x86_64 code has an instruction that reads `%fs:0x28`: mov, sub, xor or cmp with any register
/// (psABI, "stack protector"; Intel SDM volume 2: FS prefix, REX.W, opcode, ModRM with SIB, disp32).
fn reads_guard(code: &[u8]) -> bool {
    const ADDRESS: [u8; 5] = [0x25, 0x28, 0, 0, 0];
    memchr::memmem::find_iter(code, &ADDRESS).any(|at| {
        let Some([prefix, rex, opcode, register]) = at.checked_sub(4).and_then(|begin| code.get(begin..at))
        else {
            return false;
        };
        *prefix == 0x64
            && matches!(rex, 0x48 | 0x4c)
            && matches!(opcode, 0x8b | 0x2b | 0x33 | 0x3b)
            && register & 0b1100_0111 == 0b100
    })
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the reader says of a fault.
pub(super) fn told(cause: object::read::Error) -> String {
    cause.to_string()
}
