// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a program says that it needs at run time: ELF interpreter and `DT_NEEDED` entries (System V gABI, chapter 5), and the
//! interpreter that a script names.

use object::Endianness;
use object::elf::{DT_NEEDED, ET_DYN, ET_EXEC, PT_DYNAMIC, PT_INTERP};
use object::read::elf::{Dyn as _, ElfFile64, FileHeader as _, ProgramHeader as _};

/// What one file needs from others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Absolute path of the dynamic loader or of the script's interpreter.
    pub(crate) interpreter: Option<String>,
    /// Names of shared libraries.
    pub(crate) libraries: Vec<String>,
    /// Whether it is a linked program or library that still carries DWARF.
    pub(crate) has_debug_sections: bool,
}

/// Reads what `bytes` needs; nothing for what is neither ELF nor script.
///
/// # Errors
/// A sentence, for an ELF file that cannot be read to its end: its needs are unknown then, not none.
pub(crate) fn needs(bytes: &[u8]) -> Result<Needs, String> {
    if bytes.starts_with(b"#!") {
        return Ok(Needs { interpreter: shebang(bytes), ..Needs::default() });
    }
    // Only 64-bit objects exist in our images; whatever else begins like ELF is reported, not skipped.
    if !bytes.starts_with(b"\x7fELF") {
        return Ok(Needs::default());
    }
    let wrong = |cause: object::Error| format!("it begins like an ELF file but cannot be read: {cause}");
    let elf = ElfFile64::<Endianness>::parse(bytes).map_err(wrong)?;
    let endian = elf.endian();
    let mut needs = Needs::default();
    let mut is_dynamic = false;
    for segment in elf.elf_program_headers() {
        match segment.p_type(endian) {
            PT_INTERP => {
                let path = segment.interpreter(endian, bytes).map_err(wrong)?;
                needs.interpreter = path.map(|path| String::from_utf8_lossy(path).into_owned());
            }
            PT_DYNAMIC => is_dynamic = true,
            _ => {}
        }
    }
    let sections = elf.elf_header().sections(endian, bytes).map_err(wrong)?;
    match sections.dynamic(endian, bytes).map_err(wrong)? {
        Some((entries, strings)) => {
            let strings = sections.strings(endian, bytes, strings).map_err(wrong)?;
            for entry in entries {
                if entry.tag(endian) == DT_NEEDED {
                    let name = entry.string(endian, strings).map_err(wrong)?;
                    needs.libraries.push(String::from_utf8_lossy(name).into_owned());
                }
            }
        }
        None if is_dynamic => {
            return Err("it is linked dynamically but has no section that says against what".to_owned());
        }
        None => {}
    }
    let linked = matches!(elf.elf_header().e_type(endian), ET_EXEC | ET_DYN);
    needs.has_debug_sections = linked
        && sections.iter().any(|section| {
            sections.section_name(endian, section).is_ok_and(|name| name.starts_with(b".debug_"))
        });
    Ok(needs)
}

fn shebang(bytes: &[u8]) -> Option<String> {
    let line = bytes[2..].split(|byte| *byte == b'\n').next()?;
    String::from_utf8_lossy(line).split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_very_program_says_what_it_needs() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let needs = needs(&bytes).unwrap();
        assert!(needs.libraries.iter().any(|name| name.starts_with("libc.")), "{needs:?}");
        assert!(needs.interpreter.unwrap().contains("/ld-"));
    }

    #[test]
    fn scripts_name_their_interpreter_and_texts_need_nothing() {
        assert_eq!(needs(b"#! /bin/sh -e\nx").unwrap().interpreter.unwrap(), "/bin/sh");
        assert_eq!(needs(b"hello").unwrap(), Needs::default());
        assert_eq!(needs(b"").unwrap(), Needs::default());
    }

    #[test]
    fn a_cut_program_is_an_error_not_a_file_without_needs() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(needs(&bytes[..bytes.len() / 2]).is_err());
        assert!(needs(b"\x7fELFxx").is_err());
    }
}
