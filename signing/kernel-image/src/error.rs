// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why certificates could not be put into a kernel, or not be found in one.

use std::io;

/// A kernel or a list of certificates that is not as it has to be.
#[derive(Debug, thiserror::Error)]
pub enum KernelImageError {
    /// What was given as certificates is no list of DER items that the kernel's loader takes.
    #[error("take the certificates: {reason} at offset {offset}")]
    Certificates {
        /// Byte offset in the list.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// `vmlinux` cannot be read as ELF.
    #[error("read vmlinux as an ELF file")]
    Elf {
        /// The cause.
        #[source]
        source: object::Error,
    },
    /// `vmlinux` is an ELF file of another kind.
    #[error("read vmlinux: {reason}")]
    Vmlinux {
        /// What it is, or is not.
        reason: &'static str,
    },
    /// A symbol of the certificate area does not exist.
    #[error("find {symbol} among the symbols of {place}")]
    MissingSymbol {
        /// The symbol.
        symbol: &'static str,
        /// `vmlinux` or `System.map`.
        place: &'static str,
    },
    /// A symbol of the certificate area exists more than once.
    #[error("find {symbol} among the symbols of {place}: there are two of that name")]
    AmbiguousSymbol {
        /// The symbol.
        symbol: &'static str,
        /// `vmlinux` or `System.map`.
        place: &'static str,
    },
    /// The file holds no bytes for a symbol, or holds them twice.
    #[error("find the bytes of {symbol} in the file of the kernel: {reason}")]
    SymbolBytes {
        /// The symbol.
        symbol: &'static str,
        /// Why there are none.
        reason: &'static str,
    },
    /// The symbols do not lie as certs/system_certificates.S puts them.
    #[error("understand the kernel's certificate area: {reason}")]
    AreaShape {
        /// What is different.
        reason: &'static str,
    },
    /// The area is used.
    #[error("insert certificates: the area holds {used} bytes of certificates already")]
    AreaUsed {
        /// What `system_extra_cert_used` says.
        used: u32,
    },
    /// A byte of the area beyond its used part is not zero.
    #[error("trust the certificate area: byte {offset} of it lies beyond its used part and is not zero")]
    AreaNotZero {
        /// Byte offset in the area.
        offset: usize,
    },
    /// The certificates do not fit.
    #[error("insert {length} bytes of certificates: the area has {capacity} bytes")]
    TooLarge {
        /// Bytes of certificates.
        length: usize,
        /// Bytes of the area.
        capacity: usize,
    },
    /// The kernel would load more or less than what its lists hold.
    #[error(
        "trust the certificate area: the kernel would load {stated} bytes of certificates, and there are {expected}"
    )]
    ListSize {
        /// What `system_certificate_list_size` says.
        stated: u64,
        /// What it has to say.
        expected: u64,
    },
    /// The kernel says that it uses more than the area has.
    #[error("trust the certificate area: {used} bytes are said to be used, and it has {capacity}")]
    UsedBeyondArea {
        /// What `system_extra_cert_used` says.
        used: u32,
        /// Bytes of the area.
        capacity: u64,
    },
    /// Certificates outside of the area.
    #[error("trust the certificate area: {bytes} bytes of other certificates are compiled into this kernel")]
    CompiledIn {
        /// How many bytes.
        bytes: u64,
    },
    /// A line of System.map that is not `address type name`.
    #[error("read System.map: line {line} is not an address of 16 hex digits, a letter and a name")]
    SystemMap {
        /// Line, from 1.
        line: usize,
    },
    /// The boot header of the bzImage is not as the x86 boot protocol has it.
    #[error("read the bzImage: {reason} at offset {offset:#x}")]
    BootHeader {
        /// Byte offset in the file.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// The payload is compressed in a way that Ashlar's kernels are not.
    #[error("unpack the kernel: its compression is {name}, neither zstd nor gzip")]
    Compression {
        /// The format.
        name: &'static str,
    },
    /// The payload states a size that no kernel has.
    #[error("unpack the kernel: it states a size of {stated} bytes, and from 1 to {limit} are allowed")]
    UnpackedSize {
        /// The size stated.
        stated: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// The payload cannot be decompressed.
    #[error("unpack the kernel as {name}")]
    Unpack {
        /// The format.
        name: &'static str,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The payload holds more or less than it states.
    #[error("unpack the kernel: {reason}")]
    Payload {
        /// What is wrong.
        reason: &'static str,
    },
    /// The boot wrapper around the payload is not as the kernel's build makes it.
    #[error("take the boot wrapper apart: {reason}")]
    Wrapper {
        /// What is wrong.
        reason: &'static str,
    },
    /// The unpacked kernel is not an ELF file as the boot wrapper loads it.
    #[error("read the unpacked kernel: {reason} at offset {offset:#x}")]
    Segments {
        /// Byte offset in the unpacked kernel.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
}

impl KernelImageError {
    /// The next step for whoever reads the message.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::MissingSymbol { .. } => Some(
                "the kernel has to be built with CONFIG_SYSTEM_EXTRA_CERTIFICATE=y, and vmlinux must not be stripped",
            ),
            Self::AreaUsed { .. } => Some(
                "insert into the vmlinux that the kernel recipe gave, not into one that was filled before",
            ),
            Self::TooLarge { .. } => {
                Some("raise CONFIG_SYSTEM_EXTRA_CERTIFICATE_SIZE in kernel-config/fragments")
            }
            Self::CompiledIn { .. } => Some(
                "set CONFIG_SYSTEM_TRUSTED_KEYS and CONFIG_MODULE_SIG_KEY to \"\" in kernel-config/fragments",
            ),
            Self::Compression { .. } => {
                Some("set CONFIG_KERNEL_ZSTD=y or CONFIG_KERNEL_GZIP=y in kernel-config/fragments")
            }
            Self::Certificates { .. }
            | Self::Elf { .. }
            | Self::Vmlinux { .. }
            | Self::AmbiguousSymbol { .. }
            | Self::SymbolBytes { .. }
            | Self::AreaShape { .. }
            | Self::AreaNotZero { .. }
            | Self::ListSize { .. }
            | Self::UsedBeyondArea { .. }
            | Self::SystemMap { .. }
            | Self::BootHeader { .. }
            | Self::UnpackedSize { .. }
            | Self::Unpack { .. }
            | Self::Payload { .. }
            | Self::Wrapper { .. }
            | Self::Segments { .. } => None,
        }
    }
}
