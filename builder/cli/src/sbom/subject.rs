// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How something that has an SBOM is named on the command line, and found.
//!
//! ```text
//! os.cdx.json  ./some/file   a document
//! x/root.erofs               the image of a root or an extension, with the documents in it
//! releases/x   /mnt          a folder with os.spdx.json, at its top or in usr/share/spdx; of an extension, the one document there
//! qemu         qemu:build    an image of this project as it is built now, and another document of it: build.spdx.json
//! ```
//! What is there as a file, or as a folder with documents, goes before an image of that name.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ashlar_plan::{ImageIdentity, Port};
use ashlar_recipe::RecipeError;
use ashlar_sbom::{MAX_BYTES, Reading, SbomError, read};

use super::holder::{DOCUMENT, FileSystem, Holder, IN_ROOT};
use crate::arguments::Global;
use crate::failure::{Failure, chain};
use crate::outlook::Outlook;
use crate::session::{Goal, Session};
use crate::terminal::Terminal;

/// The document that is meant where none is named: what ships.
const MAIN: &str = "os";

/// Something as it was called.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Path(PathBuf),
    Image { image: String, document: String },
}

/// Something that was found.
pub(crate) enum Subject {
    File(PathBuf),
    /// And the name of the document that is meant.
    Holder(Holder, String),
}

/// A document that was read.
pub(crate) struct Found {
    /// Where it lies, for messages.
    pub(crate) place: String,
    pub(crate) reading: Reading,
}

impl Name {
    fn parse(text: &str, is_there: impl Fn(&Path) -> bool) -> Self {
        let path = Path::new(text);
        if text.contains('/') || matches!(text, "." | "..") || is_there(path) {
            return Self::Path(path.to_owned());
        }
        let (image, document) = text.split_once(':').unwrap_or((text, MAIN));
        Self::Image { image: image.to_owned(), document: document.to_owned() }
    }
}

impl Subject {
    /// Finds what is called `text`.
    pub(crate) fn find(global: &Global, terminal: &Terminal, text: &str) -> Result<Self, Failure> {
        match Name::parse(text, is_there) {
            Name::Path(path) if path.is_dir() => Ok(Self::Holder(Holder::Folder(path), MAIN.to_owned())),
            Name::Path(path) if path.exists() => Ok(match FileSystem::open(&path)? {
                Some(file_system) => Self::Holder(Holder::FileSystem(file_system), MAIN.to_owned()),
                None => Self::File(path),
            }),
            Name::Path(path) => Err(Failure::Usage {
                message: format!("find {}: there is neither a file nor a folder", path.display()),
                help: Some(ways()),
            }),
            Name::Image { image, document } => {
                Ok(Self::Holder(built_image(global, terminal, text, &image)?, document))
            }
        }
    }

    /// Finds and reads the document that `text` calls.
    pub(crate) fn read(global: &Global, terminal: &Terminal, text: &str) -> Result<Found, Failure> {
        Self::find(global, terminal, text)?.document()
    }

    /// The document that is meant.
    pub(crate) fn document(&self) -> Result<Found, Failure> {
        match self {
            Self::File(path) => Found::read(path.display().to_string(), &bytes_of(path)?),
            Self::Holder(holder, document) => {
                let name = format!("{document}{DOCUMENT}");
                let places = [name.clone(), format!("{IN_ROOT}/{name}")];
                let alone = if document == MAIN { holder.lone_document()? } else { None };
                for path in places.into_iter().chain(alone) {
                    if let Some(bytes) = holder.read(&path)? {
                        return Found::read(format!("{path} of {}", holder.shown()), &bytes);
                    }
                }
                Err(Failure::Usage {
                    message: format!("find the SBOM of {}: there is no {name}", holder.shown()),
                    help: Some(others(holder)?),
                })
            }
        }
    }
}

impl Found {
    /// Reads the document that lies at `place`.
    pub(crate) fn read(place: String, bytes: &[u8]) -> Result<Self, Failure> {
        match read(bytes) {
            Ok(reading) => Ok(Self { place, reading }),
            Err(cause) => Err(wrong(&place, &cause)),
        }
    }
}

/// What is wrong with the document at `place`.
fn wrong(place: &str, cause: &SbomError) -> Failure {
    Failure::Finding { message: format!("take {place} for an SBOM: {}", chain(cause)), help: cause.help() }
}

fn is_there(path: &Path) -> bool {
    let holds = || Holder::Folder(path.to_owned()).documents().is_ok_and(|documents| !documents.is_empty());
    if path.is_dir() { holds() } else { path.exists() }
}

/// What can be named.
fn ways() -> String {
    "name a document, a folder with os.spdx.json (a release, a mounted root), or an image of this project"
        .to_owned()
}

/// What can be named instead of a document that is not there.
fn others(holder: &Holder) -> Result<String, Failure> {
    let documents = holder.documents()?;
    let listed = documents.join(", ");
    Ok(match holder {
        _ if documents.is_empty() => ways(),
        Holder::Folder(_) | Holder::FileSystem(_) => format!("name one of its documents: {listed}"),
        Holder::Image { name, .. } => format!("it has {listed}: `{name}:NAME` means NAME{DOCUMENT}"),
    })
}

/// The whole of a file that the caller named, which may be a pipe, and no more of it than is read.
fn bytes_of(path: &Path) -> Result<Vec<u8>, Failure> {
    let wrong = |cause: std::io::Error| Failure::surroundings(format!("read {}: {cause}", path.display()));
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(wrong)?;
    Ok(bytes)
}

/// The files of an image, if the store has them; nothing is built.
fn built_image(global: &Global, terminal: &Terminal, text: &str, name: &str) -> Result<Holder, Failure> {
    let unknown = |help: Option<String>| Failure::Usage {
        message: format!(
            "find {text:?}: it is neither a file, nor a folder with an SBOM, nor an image of this project"
        ),
        help,
    };
    let session = match Session::open(global, terminal) {
        Err(Failure::Recipe(RecipeError::NoProject { .. })) => return Err(unknown(Some(ways()))),
        other => other?,
    };
    let image =
        session.recipes.find_image(name).map_err(|invalid| unknown(invalid.help.or_else(|| Some(ways()))))?;
    let identity = ImageIdentity::development(session.recipes.project(), image);
    let planned = session.plan(&[Goal::Identified(image, &identity)], &[])?;
    let outlook = Outlook::of(&session.store, &planned.graph, &planned.goals)?;
    let port = planned.goals.first().map(|node| Port { node: *node, output: "out".to_owned() });
    let digest = port.and_then(|port| outlook.trees.get(&port)).ok_or_else(|| Failure::Finding {
        message: format!("find image {} in the store: it is not built as it stands now", image.name),
        help: Some(format!("run `ashlar build {}`", image.name)),
    })?;
    let tree = session.store.get_tree(*digest)?;
    Ok(Holder::Image { name: name.to_owned(), store: session.store, tree })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sbom::samples;
    use std::fs;

    #[test]
    fn every_way_to_name_something_is_told_from_the_others() {
        let parsed = |text: &str| Name::parse(text, |path| path == Path::new("os.spdx.json"));
        for path in ["./qemu", "releases/x", "/mnt", "..", "os.spdx.json"] {
            assert_eq!(parsed(path), Name::Path(path.into()), "{path}");
        }
        let image = |image: &str, document: &str| Name::Image {
            image: image.to_owned(),
            document: document.to_owned(),
        };
        assert_eq!(parsed("qemu"), image("qemu", "os"));
        assert_eq!(parsed("qemu:build"), image("qemu", "build"));
    }

    #[test]
    fn a_folder_stands_for_the_document_at_its_top_or_in_its_root() {
        for path in ["os.spdx.json", "usr/share/spdx/os.spdx.json"] {
            let folder = tempfile::tempdir().unwrap();
            assert!(!is_there(folder.path()));
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, samples::document("1.2.5")).unwrap();
            assert!(is_there(folder.path()) && is_there(&file));
            let subject = Subject::Holder(Holder::Folder(folder.path().to_owned()), MAIN.to_owned());
            let found = subject.document().unwrap();
            assert!(found.place.starts_with(&format!("{path} of ")), "{}", found.place);
            assert_eq!(
                found.reading.inventory.components().len(),
                samples::inventory("1.2.5").components().len()
            );
        }
    }

    #[test]
    fn the_root_of_an_extension_stands_for_its_one_document() {
        let folder = tempfile::tempdir().unwrap();
        let documents = folder.path().join(IN_ROOT);
        fs::create_dir_all(&documents).unwrap();
        for name in ["ext.spdx.json", "ext-files.spdx.json"] {
            fs::write(documents.join(name), samples::document("1")).unwrap();
        }
        let subject = Subject::Holder(Holder::Folder(folder.path().to_owned()), MAIN.to_owned());
        assert!(subject.document().unwrap().place.starts_with("usr/share/spdx/ext.spdx.json of "));
        fs::write(documents.join("other.spdx.json"), samples::document("1")).unwrap();
        assert!(subject.document().is_err(), "which of them is meant?");
    }

    #[test]
    fn a_damaged_file_system_is_a_finding_and_no_document() {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("root.erofs");
        let begin = [vec![0; 1024], 0xE0F5_E1E2_u32.to_le_bytes().to_vec()].concat();
        for bytes in [begin.clone(), [begin, vec![0xff; 4096]].concat()] {
            fs::write(&image, bytes).unwrap();
            let failure = FileSystem::open(&image).err().unwrap();
            assert!(matches!(failure, Failure::Finding { .. }), "{failure}");
            assert!(failure.to_string().contains("root.erofs"), "{failure}");
        }
        fs::write(&image, samples::document("1")).unwrap();
        assert!(FileSystem::open(&image).unwrap().is_none());
    }

    #[test]
    fn a_folder_without_the_document_tells_which_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let subject = Subject::Holder(Holder::Folder(folder.path().to_owned()), MAIN.to_owned());
        let help = |subject: &Subject| subject.document().err().and_then(|failure| failure.help()).unwrap();
        assert!(help(&subject).contains("name a document"), "{}", help(&subject));
        fs::write(folder.path().join("x.spdx.json"), "{}").unwrap();
        assert_eq!(help(&subject), "name one of its documents: x.spdx.json");
    }

    #[test]
    fn a_link_out_of_a_folder_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let outside = folder.path().join("outside");
        fs::write(&outside, samples::document("1")).unwrap();
        let inside = folder.path().join("release");
        fs::create_dir(&inside).unwrap();
        std::os::unix::fs::symlink(&outside, inside.join("os.spdx.json")).unwrap();
        let failure = Subject::Holder(Holder::Folder(inside), MAIN.to_owned()).document().err().unwrap();
        assert!(failure.to_string().contains("a symbolic link"), "{failure}");
    }
}
