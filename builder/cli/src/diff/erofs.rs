// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Contents of erofs images by fsck.erofs of the locked image tools, in the sandbox; hash trees by our own code.
//!
//! ```text
//! <scratch>/<n>/image      the image, shown read-only as /image
//! <scratch>/<n>/out        shown as /out; the files go to /out/files
//! <scratch>/<n>/log        what the program says
//! <scratch>/<n>/sandbox    the sandbox's own
//! ```
//! In the sandbox fsck.erofs is root of a namespace with one user, so it can give files no other owner; only their
//! contents are taken from it. What each inode says is read from the image itself (`ashlar-release-bundle`).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use ashlar_digest::Sha256;
use ashlar_images::{VerityParameters, VerityTree};
use ashlar_release_bundle::diff::ErofsTools;
use ashlar_sandbox::{Bind, Cancel, Console, Limits, SandboxSpec, remove_scratch};

use crate::failure::chain;

/// In the image tools.
const FSCK: &str = "/usr/bin/fsck.erofs";
/// No image takes longer to unpack.
const LONGEST: u64 = 10 * 60 * 1000;

/// Runs fsck.erofs once for each image; a release holds copies of one.
pub(crate) struct SandboxedErofs<'a> {
    tools: &'a Path,
    scratch: &'a Path,
    helper: PathBuf,
    cancel: &'a Cancel,
    known: RefCell<BTreeMap<Sha256, BTreeMap<String, Vec<u8>>>>,
}

impl<'a> SandboxedErofs<'a> {
    /// `tools` is a checkout of the image tools, `scratch` a private folder.
    pub(crate) fn new(tools: &'a Path, scratch: &'a Path, helper: PathBuf, cancel: &'a Cancel) -> Self {
        Self { tools, scratch, helper, cancel, known: RefCell::default() }
    }

    fn unpack(&self, image: &[u8], folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
        let (out, log) = (folder.join("out"), folder.join("log"));
        fs::create_dir_all(&out).map_err(failed("make", &out))?;
        fs::write(folder.join("image"), image).map_err(failed("write", folder))?;
        let console = File::create(&log).map_err(failed("make", &log))?;
        let spec = plan(self.tools, folder);
        let outcome = ashlar_sandbox::run(&spec, &self.helper, Console::Log(console), self.cancel);
        let outcome = outcome.map_err(|cause| chain(&cause))?;
        if !outcome.success() {
            let text = String::from_utf8_lossy(&fs::read(&log).map_err(failed("read", &log))?).into_owned();
            let said = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
            return Err(format!("fsck.erofs does not take it; it says {said:?}"));
        }
        let files = out.join("files");
        let mut found = BTreeMap::new();
        collect(&files, &files, &mut found)?;
        Ok(found)
    }
}

impl ErofsTools for SandboxedErofs<'_> {
    fn contents(&self, image: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String> {
        let digest = Sha256::of(image);
        if let Some(known) = self.known.borrow().get(&digest) {
            return Ok(known.clone());
        }
        let folder = self.scratch.join(digest.to_string());
        let found = self.unpack(image, &folder)?;
        remove_scratch(&folder).map_err(|cause| chain(&cause))?;
        self.known.borrow_mut().insert(digest, found.clone());
        Ok(found)
    }

    fn hash_area(&self, image: &[u8]) -> Result<Vec<u8>, String> {
        let parameters = VerityParameters::from_content(Sha256::of(image));
        let tree = VerityTree::build(&mut &*image, image.len() as u64, parameters);
        tree.map(|tree| tree.hash_area).map_err(|cause| chain(&cause))
    }
}

/// fsck.erofs in a sandbox that shows the tools, the image, and the folder for its files.
fn plan(tools: &Path, folder: &Path) -> SandboxSpec {
    let command = [FSCK, "--extract=/out/files", "--no-preserve", "--no-xattrs", "/image"];
    let command = command.map(str::to_owned).to_vec();
    let mut spec = SandboxSpec::new(tools.to_path_buf(), folder.join("sandbox"), command);
    let bind = |name: &str, read_only| Bind {
        source: folder.join(name),
        destination: Path::new("/").join(name),
        read_only,
    };
    spec.binds = vec![bind("image", true), bind("out", false)];
    spec.environment = BTreeMap::from(
        [("LC_ALL", "C.UTF-8"), ("TZ", "UTC0")].map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    spec.limits = Limits { processes: Some(64), wall_milliseconds: Some(LONGEST), ..Limits::default() };
    spec
}

/// Reads every regular file below `folder`; follows no link.
fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(failed("read", folder))? {
        let entry = entry.map_err(failed("read", folder))?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed("read", folder))?);
        if kind.is_dir() {
            collect(root, &path, found)?;
        } else if kind.is_file() {
            let name = path.strip_prefix(root).ok().and_then(Path::to_str);
            let name = name.ok_or_else(|| format!("the name {} is not UTF-8", path.display()))?;
            found.insert(name.to_owned(), fs::read(&path).map_err(failed("read", &path))?);
        }
    }
    Ok(())
}

fn failed<'p>(operation: &'static str, path: &'p Path) -> impl FnOnce(std::io::Error) -> String + 'p {
    move |cause| format!("{operation} {}: {cause}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_sees_one_image_and_writes_to_one_folder() {
        let spec = plan(Path::new("/store/tools"), Path::new("/scratch/1"));
        assert_eq!(
            spec.command.join(" "),
            "/usr/bin/fsck.erofs --extract=/out/files --no-preserve --no-xattrs /image"
        );
        let shown: Vec<_> =
            spec.binds.iter().map(|bind| (bind.destination.to_str().unwrap(), bind.read_only)).collect();
        assert_eq!(shown, [("/image", true), ("/out", false)]);
        assert_eq!(spec.check(), Ok(()));
    }

    #[test]
    fn only_files_are_collected_and_no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("files");
        fs::create_dir_all(inside.join("usr/bin")).unwrap();
        fs::write(inside.join("usr/bin/init"), "program").unwrap();
        fs::write(folder.path().join("outside"), "secret").unwrap();
        std::os::unix::fs::symlink("../outside", inside.join("link")).unwrap();
        std::os::unix::fs::symlink("..", inside.join("up")).unwrap();
        let mut found = BTreeMap::new();
        collect(&inside, &inside, &mut found).unwrap();
        assert_eq!(found, BTreeMap::from([("usr/bin/init".to_owned(), b"program".to_vec())]));
    }

    #[test]
    fn a_sandbox_that_cannot_start_is_a_failure_and_no_empty_root() {
        let folder = tempfile::tempdir().unwrap();
        let cancel = Cancel::new().unwrap();
        let tools =
            SandboxedErofs::new(Path::new("/nonexistent"), folder.path(), "/nonexistent".into(), &cancel);
        assert!(tools.contents(b"image").is_err());
    }
}
