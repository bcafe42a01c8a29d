// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[root]` of an image definition: the outputs, folders, links and files that the root file system holds.
//! Syntax: docs/recipe-format.md, "images".

use std::collections::BTreeMap;

use ashlar_tree::{Mode, TreePath};

use crate::attribute::{Attribute, mode, owner};
use crate::code::Code;
use crate::exception::because;
use crate::location::{ProjectPath, tree_path};
use crate::read::{Scope, any, line, table, text};
use crate::reference::OutputRef;
use crate::source::one_of;

/// What the root of an image holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRoot {
    /// Outputs; their closures come along.
    pub include: Vec<OutputRef>,
    /// Folders that no output brings, or that have special modes.
    pub directories: Vec<ImageDirectory>,
    /// Links that no output brings.
    pub links: Vec<ImageLink>,
    /// Files that no output brings.
    pub files: Vec<ImageFile>,
    /// Special modes, owners and extended attributes of what outputs bring.
    pub attributes: Vec<Attribute>,
}

/// One `[[root.directory]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageDirectory {
    /// Where.
    pub path: TreePath,
    /// Its mode; 0755 where nothing is said.
    pub mode: Mode,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

/// One `[[root.link]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageLink {
    /// Where.
    pub path: TreePath,
    /// Where it points, as written.
    pub target: String,
}

/// One `[[root.file]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFile {
    /// Where.
    pub path: TreePath,
    /// What it holds.
    pub content: Content,
    /// Its mode; 0644 where nothing is said.
    pub mode: Mode,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

/// Where the content of an image's own file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A template of the project, filled with the image's values.
    Template(ProjectPath),
    /// The text itself.
    Text(String),
    /// A file of the project as it is.
    File(ProjectPath),
}

impl ImageRoot {
    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let include = scope.array_of("include", OutputRef::parse);
        let directories = scope.array("directory", table(ImageDirectory::read));
        let links = scope.array("link", table(ImageLink::read));
        let files = scope.array("file", table(ImageFile::read));
        let attributes = scope.array("attribute", table(Attribute::read));
        let root = Self {
            include: include?,
            directories: directories?,
            links: links?,
            files: files?,
            attributes: attributes?,
        };
        root.report_repeated_paths(scope);
        Some(root)
    }

    fn report_repeated_paths(&self, scope: &Scope<'_, '_>) {
        let directories = self.directories.iter().map(|entry| &entry.path).enumerate();
        let links = self.links.iter().map(|entry| &entry.path).enumerate();
        let files = self.files.iter().map(|entry| &entry.path).enumerate();
        let all = directories
            .map(|(index, path)| (format!("directory[{index}].path"), path))
            .chain(links.map(|(index, path)| (format!("link[{index}].path"), path)))
            .chain(files.map(|(index, path)| (format!("file[{index}].path"), path)));
        let mut first: BTreeMap<&TreePath, String> = BTreeMap::new();
        for (key_path, path) in all {
            if let Some(earlier) = first.get(path) {
                scope.report_duplicate(&format!("the path {path}"), &key_path, earlier);
            } else {
                first.insert(path, key_path);
            }
        }
    }
}

impl ImageDirectory {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let path = scope.required("path", text(tree_path));
        let mode = checked_mode(scope, Mode::DIRECTORY);
        let (uid, gid) = owner(scope);
        Some(Self { path: path?, mode: mode?, uid, gid })
    }
}

impl ImageLink {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let path = scope.required("path", text(tree_path));
        let target = scope.required("target", text(line));
        Some(Self { path: path?, target: target? })
    }
}

impl ImageFile {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let path = scope.required("path", text(tree_path));
        let kind = one_of(scope, &["template", "content", "source"], Code::StepKind, "a file of an image");
        let content = match kind {
            Some("template") => scope.optional("template", text(ProjectPath::parse)).map(Content::Template),
            Some("content") => scope.optional("content", text(any)).map(Content::Text),
            Some(_) => scope.optional("source", text(ProjectPath::parse)).map(Content::File),
            None => None,
        };
        let mode = checked_mode(scope, Mode::PLAIN);
        let (uid, gid) = owner(scope);
        Some(Self { path: path?, content: content?, mode: mode?, uid, gid })
    }
}

/// Reads `mode`; setuid, setgid and write for all are exceptions that must be explained, the sticky folder is not.
fn checked_mode(scope: &Scope<'_, '_>, default: Mode) -> Option<Mode> {
    let found = if scope.has("mode") { scope.optional("mode", text(mode)) } else { Some(default) };
    let bits = found.map_or(0, Mode::bits);
    let open_to_all = bits & 0o002 != 0 && bits & 0o1000 == 0;
    if bits & 0o6000 != 0 || open_to_all {
        because(scope)?;
    } else {
        scope.optional("because", text(line));
    }
    found
}

impl Content {
    /// The file of the project that is read, if any.
    #[must_use]
    pub const fn project_path(&self) -> Option<&ProjectPath> {
        match self {
            Self::Template(path) | Self::File(path) => Some(path),
            Self::Text(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::SourceFile;
    use crate::read::parse_document;

    fn read(text: &str) -> Result<ImageRoot, Vec<Code>> {
        parse_document(SourceFile::new("x", text), ImageRoot::read)
            .map(|parsed| parsed.value)
            .map_err(|faults| faults.sorted().iter().map(|fault| fault.code).collect())
    }

    #[test]
    fn a_setuid_file_must_say_why_and_a_sticky_folder_need_not() {
        assert!(read("[[directory]]\npath = \"tmp\"\nmode = \"1777\"\n").is_ok());
        assert_eq!(read("[[directory]]\npath = \"tmp\"\nmode = \"0777\"\n"), Err(vec![Code::Because]));
        let setuid = "[[file]]\npath = \"x\"\ncontent = \"\"\nmode = \"4755\"\n";
        assert_eq!(read(setuid), Err(vec![Code::Because]));
        assert!(read(&format!("{setuid}because = \"x\"\n")).is_ok());
    }

    #[test]
    fn one_path_cannot_be_two_things() {
        let text = "[[link]]\npath = \"a\"\ntarget = \"b\"\n[[file]]\npath = \"a\"\ncontent = \"\"\n";
        assert_eq!(read(text), Err(vec![Code::Duplicate]));
    }
}
