// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why an image could not be made.

use std::io;

use ashlar_digest::{BlobDigest, CanonicalError};
use ashlar_tree::TreePath;

/// A failed step of assembly.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// A file's content could not be read.
    #[error("read the content of {path} (blob {digest})")]
    Blob {
        /// The file.
        path: TreePath,
        /// Its content.
        digest: BlobDigest,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file's content is longer or shorter than its tree says.
    #[error("read the content of {path} (blob {digest}): it is not {stated} bytes long as the tree says")]
    BlobLength {
        /// The file.
        path: TreePath,
        /// Its content.
        digest: BlobDigest,
        /// Length in the tree.
        stated: u64,
    },
    /// The output took no more bytes.
    #[error("write {path} into the archive")]
    Write {
        /// The entry being written.
        path: TreePath,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The output took no more bytes at the archive's end.
    #[error("write the end of the archive")]
    WriteEnd {
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A value that the archive format cannot hold.
    #[error("write {path} into the archive: {what} is beyond what the format can hold")]
    BeyondFormat {
        /// The entry.
        path: TreePath,
        /// Which value.
        what: &'static str,
    },
    /// The data to protect could not be read.
    #[error("read the data to protect at offset {offset}")]
    VerityRead {
        /// Bytes read before.
        offset: u64,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// dm-verity protects whole blocks, at least one.
    #[error("protect {size} bytes of data: dm-verity takes one or more whole blocks of 4096 bytes")]
    VeritySize {
        /// Length given.
        size: u64,
    },
    /// A compressor that cannot be used.
    #[error("compress the root by {name}: {reason}")]
    Compressor {
        /// Its name.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// A cluster size that erofs does not have.
    #[error("compress the root in clusters of {cluster} bytes: it takes a power of two from 4096 to 1048576")]
    Cluster {
        /// The size given.
        cluster: u32,
    },
    /// The stub is not the PE32+ image that it has to be.
    #[error("read the EFI stub: {0}")]
    Stub(PeFault),
    /// The kernel is not a PE32+ image.
    #[error("read the kernel as an EFI image: {0}")]
    Kernel(PeFault),
    /// A section cannot be added to the stub.
    #[error("add the section {section} to the EFI stub: {reason}")]
    Section {
        /// Name of the section.
        section: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// A value that canonical JSON cannot hold.
    #[error("write {file}")]
    Json {
        /// Which file.
        file: &'static str,
        /// The cause.
        #[source]
        source: CanonicalError,
    },
    /// A block that is no descriptor of an extension, or a descriptor that does not fit one.
    #[error("read or write the extension's descriptor: {reason}")]
    Descriptor {
        /// Why not.
        reason: &'static str,
    },
    /// Two extensions of one name.
    #[error("list the extensions: there are two called {name}")]
    ExtensionTwice {
        /// The name.
        name: String,
    },
    /// A file that is no kernel module.
    #[error("read the module {path}: {reason}")]
    Module {
        /// The file.
        path: String,
        /// Why it is none.
        reason: &'static str,
    },
    /// Two modules of one name.
    #[error("order the modules: {first} and {second} are both called {name}")]
    ModuleTwice {
        /// Their name.
        name: String,
        /// The first file.
        first: String,
        /// The second file.
        second: String,
    },
    /// No module has this name.
    #[error("order the modules: none of them is called {name}{}", needed(needed_by.as_deref()))]
    ModuleUnknown {
        /// The name.
        name: String,
        /// The module that depends on it; none if it was asked for.
        needed_by: Option<String>,
    },
    /// Modules that depend on each other.
    #[error("order the modules: they depend on each other in a circle: {}", names.join(", "))]
    ModuleCycle {
        /// Each depends on the next, the last on the first.
        names: Vec<String>,
    },
}

fn needed(needed_by: Option<&str>) -> String {
    needed_by.map(|module| format!(", which {module} depends on")).unwrap_or_default()
}

impl ImageError {
    /// The next step for whoever reads the message.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Blob { .. } | Self::BlobLength { .. } => {
                Some("run `ashlar store check`: the store lost or changed this blob".to_owned())
            }
            Self::Stub(_) => Some(
                "the image definition's [stub] has to name systemd's linuxx64.efi.stub, unsigned and unstripped"
                    .to_owned(),
            ),
            Self::Kernel(_) => Some(
                "the image definition's [kernel] has to name a bzImage built with CONFIG_EFI_STUB=y".to_owned(),
            ),
            Self::Compressor { .. } => Some(
                "set `compressor` in [erofs] of the image definition to none, lz4, lz4hc (level 0 to 12) or zstd \
                 (level 0 to 22)"
                    .to_owned(),
            ),
            Self::Module { .. } => Some("give modules as the kernel's build made them, uncompressed".to_owned()),
            Self::ModuleUnknown { .. } => Some(
                "add the output that holds the module to `modules`, or build the feature into the kernel; what an extension \
                 needs of the image's own modules stands in the image's `load`"
                    .to_owned(),
            ),
            Self::ModuleTwice { .. } => Some("give each module by one output only".to_owned()),
            Self::Json { .. } | Self::Descriptor { .. } | Self::ExtensionTwice { .. } | Self::ModuleCycle { .. } => None,
            Self::Cluster { .. } | Self::BeyondFormat { .. } | Self::VeritySize { .. } | Self::Section { .. } => None,
            Self::Write { .. } | Self::WriteEnd { .. } | Self::VerityRead { .. } => None,
        }
    }
}

/// What is wrong with a PE image, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at offset {offset:#x}: {reason}")]
pub struct PeFault {
    /// Byte offset in the file.
    pub offset: usize,
    /// What is wrong there.
    pub reason: &'static str,
}
