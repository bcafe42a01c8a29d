// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Kernel modules: load, remove, list. The kernel alone judges the signature.

use crate::error::StateError;
use crate::kernel_text::parse_modules;
use std::ffi::CString;
use std::fs::{self, File};
use std::io;

pub(crate) const MODULES: &str = "/proc/modules";

/// Loads the module that `file` holds, without parameters: finit_module(2) with no flag, so that neither its version
/// nor its signature can be passed over.
///
/// # Errors
/// What the kernel answers, such as `EKEYREJECTED`; and `EEXIST` for a module that is loaded already.
pub fn load_module(file: &File) -> io::Result<()> {
    rustix::system::finit_module(file, c"", 0).map_err(io::Error::from)
}

/// Removes the module `name` if nothing uses it: delete_module(2), which never waits.
///
/// # Errors
/// What the kernel answers, such as `EWOULDBLOCK` for a module in use.
pub fn remove_module(name: &str) -> io::Result<()> {
    // O_NONBLOCK: without it the call could wait forever (delete_module(2)).
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    rustix::system::delete_module(&CString::new(name)?, flags).map_err(io::Error::from)
}

/// The names of the loaded modules, in byte order.
///
/// # Errors
/// If /proc/modules cannot be read, or has a line without a name.
pub fn loaded_modules() -> Result<Vec<String>, StateError> {
    let path = || MODULES.to_owned();
    let text = fs::read_to_string(MODULES).map_err(|source| StateError::Read { path: path(), source })?;
    parse_modules(&text).map_err(|source| StateError::Understand { path: path(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_nul_never_reaches_the_kernel() {
        assert_eq!(remove_module("loop\0x").unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn what_is_no_module_is_refused_by_the_kernel() {
        // EPERM without the capability, ENOEXEC or the like with it; never success.
        let program = std::env::current_exe().unwrap();
        assert!(load_module(&File::open(program).unwrap()).is_err());
    }
}
