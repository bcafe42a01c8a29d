// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Binary packages (deb(5), format 2.x): the entries of their data archive, and who they say they are.
//!
//! ```text
//! debian-binary   "2.0\n"
//! control.tar*    ./control: Package, Version, Architecture…; maintainer scripts, which nobody reads
//! data.tar*       the files
//! ```
//! Exactly these three, in this order. PAX headers are errors, as they are for dpkg: its own archives have none.

use std::fmt;
use std::io::{BufReader, Read};

use super::ar::{Member, next_member, read_magic, skip_padding};
use super::format::{Format, with_decoder};
use super::input::{Exactly, Input, Ledger, Limits};
use super::paths::{Paths, Seen, member_path, symlink_target};
use super::walk::{Content, Stop, walk};
use crate::packages::{name, version};
use crate::{ArchiveProblem, BinaryPackage, DebianError, Stanzas, Version};

/// No control file of the archive comes near.
const MAX_CONTROL: u64 = 1 << 20;
/// Linux's limit for a path with its final NUL.
const MAX_PATH: u64 = 4096;

/// Which package it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebIdentity {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Its architecture, or `all`.
    pub architecture: String,
}

impl From<&BinaryPackage> for DebIdentity {
    fn from(package: &BinaryPackage) -> Self {
        Self {
            name: package.name.clone(),
            version: package.version.clone(),
            architecture: package.architecture.clone(),
        }
    }
}

impl fmt::Display for DebIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.name, self.version, self.architecture)
    }
}

/// One entry of a package's data archive. The root directory is not among them.
pub struct DebEntry<'e> {
    /// Relative, without `.` and `..`, UTF-8.
    pub path: String,
    /// What it is.
    pub kind: DebKind<'e>,
    /// Permission bits with setuid, setgid and sticky: 0 to 0o7777.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

impl fmt::Debug for DebEntry<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, kind, mode, uid, gid } = self;
        write!(formatter, "{kind:?} {path:?} {mode:o} {uid}:{gid}")
    }
}

/// What an entry is.
pub enum DebKind<'e> {
    /// A directory. Its parents may lack entries of their own.
    Directory,
    /// A regular file.
    File {
        /// Bytes of its content.
        size: u64,
        /// Whether its owner may execute it.
        executable: bool,
        /// Its content; what is not read is skipped.
        content: &'e mut dyn Read,
    },
    /// A symbolic link.
    Symlink {
        /// As written: relative, or absolute and meant from the root of the tree.
        target: String,
    },
    /// A second name of a file.
    Hardlink {
        /// Path of an earlier file of this package.
        target: String,
    },
}

impl fmt::Debug for DebKind<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory => formatter.write_str("directory"),
            Self::File { size, executable, .. } => {
                write!(formatter, "file of {size}, executable {executable}")
            }
            Self::Symlink { target } => write!(formatter, "symlink to {target:?}"),
            Self::Hardlink { target } => write!(formatter, "hardlink to {target:?}"),
        }
    }
}

/// Reads a binary package and shows its entries to `visit` in their order. `archive` names it in errors.
///
/// The package must be `expected`, where given; that is known before the first entry is shown. Entries are shown
/// before the whole archive has been seen: what was made of them must be thrown away if this fails.
///
/// # Errors
/// [`DebianError::Archive`] if the package breaks any rule of the format, of [`Limits`] or of safe paths;
/// [`DebianError::Control`] if its control file does; otherwise what `visit` returned.
pub fn read_deb<R: Read, E: From<DebianError>>(
    archive: &str,
    reader: R,
    limits: &Limits,
    expected: Option<&DebIdentity>,
    mut visit: impl FnMut(DebEntry<'_>) -> Result<(), E>,
) -> Result<DebIdentity, E> {
    let ledger = Ledger::default();
    let mut deb = Deb { archive, limits, ledger: &ledger, input: Input { reader, ledger: &ledger } };
    let identity = deb.control(expected)?;
    deb.data(&mut visit)?;
    Ok(identity)
}

struct Deb<'d, R> {
    archive: &'d str,
    limits: &'d Limits,
    ledger: &'d Ledger,
    input: Input<'d, R>,
}

impl<R: Read> Deb<'_, R> {
    fn fail(&self, member: Option<&str>, problem: ArchiveProblem) -> DebianError {
        DebianError::archive(self.archive, member, problem)
    }

    /// Reads up to the end of the control member.
    fn control(&mut self, expected: Option<&DebIdentity>) -> Result<DebIdentity, DebianError> {
        self.format_version().map_err(|problem| self.fail(Some("debian-binary"), problem))?;
        let text = self.control_file().map_err(|problem| self.fail(Some("control.tar"), problem))?;
        let stanza = Stanzas::new(self.archive, &text)?.only()?;
        let found = DebIdentity {
            name: name(&stanza)?,
            version: version(&stanza)?,
            architecture: stanza.require("Architecture")?.value.to_owned(),
        };
        if let Some(expected) = expected
            && found.to_string() != expected.to_string()
        {
            let (found, expected) = (found.to_string(), expected.to_string());
            return Err(self.fail(None, ArchiveProblem::Identity { found, expected }));
        }
        Ok(found)
    }

    fn format_version(&mut self) -> Result<(), ArchiveProblem> {
        read_magic(&mut self.input, self.ledger)?;
        let member = next_member(&mut self.input, self.ledger)?.ok_or(ArchiveProblem::Truncated)?;
        if member.name != "debian-binary" || member.size > 64 {
            return Err(ArchiveProblem::NotADeb("its first member is not `debian-binary`"));
        }
        let mut text = Vec::new();
        let mut content = Exactly { reader: &mut self.input, left: member.size, ledger: self.ledger };
        content.read_to_end(&mut text).map_err(|error| self.ledger.problem(&error, ArchiveProblem::Input))?;
        if !text.starts_with(b"2.") || !text.ends_with(b"\n") {
            return Err(ArchiveProblem::NotADeb("its format is not 2.x"));
        }
        skip_padding(&mut self.input, &member, self.ledger)
    }

    fn control_file(&mut self) -> Result<Vec<u8>, ArchiveProblem> {
        let mut text = None;
        let limits = *self.limits;
        self.tar_member("control.tar", |content, header, _| {
            let is_control = matches!(&header.path_bytes()[..], b"./control" | b"control");
            if !is_control || !header.entry_type().is_file() {
                return Ok::<_, Stop<ArchiveProblem>>(());
            }
            if text.is_some() {
                return Err(ArchiveProblem::Duplicate.into());
            }
            let limit = MAX_CONTROL.min(limits.file);
            if content.left > limit {
                return Err(ArchiveProblem::Limit { what: "bytes in its control file", limit }.into());
            }
            let mut bytes = Vec::new();
            match content.read_to_end(&mut bytes) {
                Ok(_) => text = Some(bytes),
                Err(error) => return Err(content.ledger.tar_problem(&error).into()),
            }
            Ok(())
        })
        .map_err(|stop| match stop {
            Stop::Archive(problem) | Stop::Visitor(problem) => problem,
        })?;
        text.ok_or(ArchiveProblem::NotADeb("it has no control file"))
    }

    /// Reads from the data member to the end.
    fn data<E: From<DebianError>>(
        &mut self,
        visit: &mut impl FnMut(DebEntry<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut unpacking = Unpacking::default();
        let result = self
            .tar_member("data.tar", |content, header, _| unpacking.member(header, content, visit))
            .and_then(|()| match next_member(&mut self.input, self.ledger)? {
                None if unpacking.long_name.is_none() && unpacking.long_link.is_none() => Ok(()),
                None => Err(ArchiveProblem::TarHeader("a long name for no member".into()).into()),
                Some(_) => Err(ArchiveProblem::TrailingJunk.into()),
            });
        result.map_err(|stop| match stop {
            Stop::Visitor(error) => error,
            Stop::Archive(problem) => {
                let path = unpacking.current.as_deref().unwrap_or("data.tar");
                E::from(self.fail(Some(path), problem))
            }
        })
    }

    /// Reads the next member of the frame, a tar archive of this name.
    fn tar_member<E>(
        &mut self,
        name: &'static str,
        mut visit: impl FnMut(&mut Content<'_>, &tar::Header, &Member) -> Result<(), Stop<E>>,
    ) -> Result<(), Stop<E>> {
        let member = next_member(&mut self.input, self.ledger)?.ok_or(ArchiveProblem::Truncated)?;
        let format = member
            .name
            .strip_prefix(name)
            .and_then(Format::of_suffix)
            .ok_or(ArchiveProblem::NotADeb("its members are not debian-binary, control.tar, data.tar"))?;
        let content = Exactly { reader: &mut self.input, left: member.size, ledger: self.ledger };
        let mut content = BufReader::with_capacity(64 << 10, content);
        let mut stopped = None;
        with_decoder(format, &mut content, self.limits, self.ledger, |reader| {
            match walk(reader, self.limits, self.ledger, |header, content| visit(content, header, &member)) {
                Ok(()) => Ok(()),
                Err(Stop::Archive(problem)) => Err(problem),
                Err(Stop::Visitor(error)) => {
                    stopped = Some(error);
                    Err(ArchiveProblem::Truncated)
                }
            }
        })
        .map_err(|problem| stopped.map_or(Stop::Archive(problem), Stop::Visitor))?;
        Ok(skip_padding(&mut self.input, &member, self.ledger)?)
    }
}

/// The state of reading one data archive.
#[derive(Default)]
struct Unpacking {
    paths: Paths,
    long_name: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
    current: Option<String>,
}

impl Unpacking {
    fn member<E>(
        &mut self,
        header: &tar::Header,
        content: &mut Content<'_>,
        visit: &mut impl FnMut(DebEntry<'_>) -> Result<(), E>,
    ) -> Result<(), Stop<E>> {
        let kind = header.entry_type();
        if kind.is_gnu_longname() || kind.is_gnu_longlink() {
            if header.as_gnu().is_none() && header.as_ustar().is_none() {
                return Err(ArchiveProblem::TarHeader("a long name in a header without magic".into()).into());
            }
            let slot = if kind.is_gnu_longname() { &mut self.long_name } else { &mut self.long_link };
            if slot.replace(long_name(content)?).is_some() {
                return Err(ArchiveProblem::TarHeader("two long names for one member".into()).into());
            }
            return Ok(());
        }
        let raw_path = self.long_name.take().unwrap_or_else(|| header.path_bytes().into_owned());
        let raw_link =
            self.long_link.take().or_else(|| header.link_name_bytes().map(|link| link.into_owned()));
        self.current = Some(String::from_utf8_lossy(&raw_path).into_owned());
        let (kind, path) = self.judge(header, raw_path, raw_link)?;
        let size = content.left;
        if size > 0 && !matches!(kind, Kind::File) {
            return Err(ArchiveProblem::OutOfRange("size").into());
        }
        let number = |value: std::io::Result<u64>, what| {
            value.ok().and_then(|value| u32::try_from(value).ok()).ok_or(ArchiveProblem::OutOfRange(what))
        };
        let mode = number(header.mode().map(u64::from), "mode")? & 0o7777;
        let mode = u16::try_from(mode).map_err(|_| ArchiveProblem::OutOfRange("mode"))?;
        let (uid, gid) = (number(header.uid(), "owner")?, number(header.gid(), "group")?);
        let Some(path) = path else { return Ok(()) };
        let kind = match kind {
            Kind::Directory => DebKind::Directory,
            Kind::File => DebKind::File { size, executable: mode & 0o100 != 0, content },
            Kind::Symlink(target) => DebKind::Symlink { target },
            Kind::Hardlink(target) => DebKind::Hardlink { target },
        };
        visit(DebEntry { path, kind, mode, uid, gid }).map_err(Stop::Visitor)
    }

    /// What a member is, and where; nowhere if it is the root.
    fn judge(
        &mut self,
        header: &tar::Header,
        raw_path: Vec<u8>,
        raw_link: Option<Vec<u8>>,
    ) -> Result<(Kind, Option<String>), ArchiveProblem> {
        use tar::EntryType as Type;
        let is_directory = header.entry_type() == Type::Directory;
        let Some(path) = member_path(&raw_path, is_directory)? else { return Ok((Kind::Directory, None)) };
        let link = raw_link.unwrap_or_default();
        let kind = match header.entry_type() {
            Type::Directory => Kind::Directory,
            Type::Regular => Kind::File,
            Type::Symlink => Kind::Symlink(symlink_target(&path, &link)?),
            Type::Link => {
                let refuse = |reason| ArchiveProblem::LinkTarget {
                    target: String::from_utf8_lossy(&link).into_owned(),
                    reason,
                };
                let target =
                    member_path(&link, false).map_err(|_| refuse("is not a path inside the package"))?;
                let target = target.ok_or_else(|| refuse("is not a file"))?;
                self.paths.check_hardlink(&target)?;
                Kind::Hardlink(target)
            }
            Type::Char | Type::Block => return Err(ArchiveProblem::Kind("a device node")),
            Type::Fifo => return Err(ArchiveProblem::Kind("a named pipe")),
            Type::GNUSparse => return Err(ArchiveProblem::Kind("a sparse file")),
            Type::XHeader | Type::XGlobalHeader => return Err(ArchiveProblem::Kind("a PAX header")),
            _ => return Err(ArchiveProblem::Kind("a member of unknown kind")),
        };
        let seen = match kind {
            Kind::Directory => Seen::Directory,
            Kind::Symlink(_) => Seen::Symlink,
            Kind::File | Kind::Hardlink(_) => Seen::File,
        };
        self.paths.add(&path, seen)?;
        Ok((kind, Some(path)))
    }
}

enum Kind {
    Directory,
    File,
    Symlink(String),
    Hardlink(String),
}

fn long_name(content: &mut Content<'_>) -> Result<Vec<u8>, ArchiveProblem> {
    if content.left > MAX_PATH {
        return Err(ArchiveProblem::Limit { what: "bytes in a path", limit: MAX_PATH });
    }
    let mut name = Vec::new();
    content.read_to_end(&mut name).map_err(|error| content.ledger.tar_problem(&error))?;
    if name.last() == Some(&0) {
        name.pop();
    }
    Ok(name)
}
