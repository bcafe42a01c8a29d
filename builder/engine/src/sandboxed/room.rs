// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The room that a build works in: a scratch folder laid out so that the sandbox can show it.
//!
//! ```text
//! <scratch>/layer   the sandbox's writable layer over the sysroot
//! <scratch>/build   /build
//! <scratch>/out     /out
//! <scratch>/steps   /steps, read-only: one script for each step, and a folder beside it with the parameters of a typed one
//! ```
//!
//! Texts of steps reach the shell as files and names as arguments; nothing is ever spliced into a script.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ashlar_digest::{BlobDigest, TreeDigest};
use ashlar_plan::{Input, SandboxedAction, SandboxedStep};
use ashlar_sandbox::{Bind, Limits, SandboxSpec};
use ashlar_store::{Scratch, Store};

use crate::{EngineError, Surroundings};

/// Runs every step of a folder in order, each in a shell of its own.
const DRIVER: &str = r#"set -eu
for step in "$1"/*.sh; do
    echo "== ${step##*/}"
    /bin/sh -eu "$step"
done
"#;

/// Unpacks the archive `/sources/<name>` into `/build/<name>`; the name is in the file beside the script.
const UNPACK: &str = r#"name=$(cat "${0%.sh}.name")
mkdir "/build/$name"
exec tar --extract --file="/sources/$name" --directory="/build/$name" --strip-components=1 --no-same-owner --no-same-permissions
"#;

/// Where the clock is before the epoch, unpacked files would come from the future, and build systems refuse that: they get the constant
/// time that everything else has. Which is one more difference that must not reach an output.
const UNPACK_TO_THE_PAST: &str = r#"name=$(cat "${0%.sh}.name")
mkdir "/build/$name"
tar --extract --file="/sources/$name" --directory="/build/$name" --strip-components=1 --no-same-owner --no-same-permissions
unset LD_PRELOAD
exec find "/build/$name" -exec touch --no-dereference --date=@315532800 {} +
"#;

/// These compare the times of files that they have just written with the clock, and refuse a clock that is behind the disk's. What they
/// start sees the shifted clock; they themselves are tested by the clock after the epoch.
const KEEPS_ITS_CLOCK: &str = "meson,ninja,python3,python3.13";

/// A prepared room.
#[derive(Debug)]
pub struct Room {
    place: Place,
    spec: SandboxSpec,
    preload: BTreeMap<String, String>,
}

impl Room {
    /// Lays out everything that `action` sees.
    ///
    /// # Errors
    /// If something it needs is not in the store, or cannot be written.
    pub fn prepare(
        store: &Store,
        label: &str,
        action: &SandboxedAction,
        surroundings: &Surroundings,
        limits: &Limits,
    ) -> Result<Self, EngineError> {
        let stored = EngineError::store;
        let place = Place::make(store, label, surroundings.folder.as_deref())?;
        let base = place.path().to_owned();
        for name in ["build", "out", "steps", "tests"] {
            make_folder(&base.join(name))?;
        }
        let is_past = surroundings.clock.as_ref().is_some_and(|clock| clock.setting.starts_with('-'));
        write_steps(&base.join("steps"), &action.steps, if is_past { UNPACK_TO_THE_PAST } else { UNPACK })?;
        for (index, test) in action.tests.iter().enumerate() {
            write(&base.join("tests").join(format!("{:02}-test.sh", index + 1)), test)?;
        }
        let checkout = Checkout { store, label, surroundings };
        let sysroot = checkout.tree(action.sysroot)?;
        let mut spec = SandboxSpec::new(sysroot, base.join("layer"), Vec::new());
        let mut bind = |source: PathBuf, destination: String, read_only: bool| {
            spec.binds.push(Bind { source, destination: destination.into(), read_only });
        };
        bind(base.join("build"), "/build".to_owned(), false);
        bind(base.join("out"), "/out".to_owned(), false);
        bind(base.join("steps"), "/steps".to_owned(), true);
        if let Some(target) = action.target_root {
            bind(checkout.tree(target)?, "/target".to_owned(), true);
        }
        for (name, input) in &action.sources {
            let source = match input {
                Input::Tree(digest) => checkout.tree(*digest)?,
                Input::Source(digest) => {
                    store.blob_path(BlobDigest::new(digest.sha256()), false).map_err(stored(label))?
                }
            };
            bind(source, format!("/sources/{name}"), true);
        }
        let mut preload = BTreeMap::new();
        if let Some(clock) = &surroundings.clock {
            bind(clock.library.clone(), "/steps-clock/libfaketime.so.1".to_owned(), true);
            preload.insert("LD_PRELOAD".to_owned(), "/steps-clock/libfaketime.so.1".to_owned());
            preload.insert("FAKETIME".to_owned(), clock.setting.clone());
            preload.insert("FAKETIME_DONT_FAKE_MONOTONIC".to_owned(), "1".to_owned());
            // Times of files are shown shifted; without this, a time that a program reads and sets on a file would be shifted twice, and
            // make would never come to an end.
            preload.insert("FAKE_UTIME".to_owned(), "1".to_owned());
            if is_past {
                preload.insert("FAKETIME_SKIP_CMDS".to_owned(), KEEPS_ITS_CLOCK.to_owned());
            }
        }
        spec.environment = environment(action, surroundings);
        spec.working_directory = PathBuf::from("/build");
        spec.hostname.clone_from(&surroundings.hostname);
        spec.umask = surroundings.umask;
        spec.random_addresses = surroundings.random_addresses;
        spec.cpus = surroundings.cpus;
        spec.limits = limits.clone();
        Ok(Self { place, spec, preload })
    }

    /// What runs the steps.
    #[must_use]
    pub fn steps_spec(&self) -> SandboxSpec {
        let mut spec = self.spec.clone();
        spec.command = driver("/steps");
        spec.environment.extend(self.preload.clone());
        spec
    }

    /// What runs the tests: the same room, with a result that cannot be changed.
    #[must_use]
    pub fn tests_spec(&self) -> SandboxSpec {
        let mut spec = self.spec.clone();
        spec.command = driver("/steps");
        let tests = self.place.path().join("tests");
        for bind in &mut spec.binds {
            if bind.destination == Path::new("/out") {
                bind.read_only = true;
            } else if bind.destination == Path::new("/steps") {
                bind.source.clone_from(&tests);
            }
        }
        spec
    }

    /// What gives a person a shell in the room. The steps are at `/steps`; none of them has been run.
    #[must_use]
    pub fn shell_spec(&self) -> SandboxSpec {
        let mut spec = self.spec.clone();
        spec.command = vec!["/bin/sh".to_owned(), "-i".to_owned()];
        spec
    }

    /// What the build installed.
    #[must_use]
    pub fn out(&self) -> &Path {
        self.spec
            .binds
            .iter()
            .find(|bind| bind.destination == Path::new("/out"))
            .map_or(Path::new("/"), |bind| &bind.source)
    }

    /// Takes the room down.
    ///
    /// # Errors
    /// If something in it cannot be removed.
    pub fn remove(self, label: &str) -> Result<(), EngineError> {
        match self.place {
            Place::Store(scratch) => scratch.remove().map_err(EngineError::store(label)),
            Place::Given(path) => ashlar_sandbox::remove_scratch(&path)
                .map_err(|cause| EngineError::Sandbox { label: label.to_owned(), cause: Box::new(cause) }),
        }
    }
}

/// The folder that a room is laid out in.
#[derive(Debug)]
enum Place {
    Store(Scratch),
    Given(PathBuf),
}

impl Place {
    fn make(store: &Store, label: &str, given: Option<&Path>) -> Result<Self, EngineError> {
        match given {
            None => store.scratch("build").map(Self::Store).map_err(EngineError::store(label)),
            Some(path) => {
                make_folder(path)?;
                Ok(Self::Given(path.to_owned()))
            }
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Store(scratch) => scratch.path(),
            Self::Given(path) => path,
        }
    }
}

fn driver(folder: &str) -> Vec<String> {
    ["/bin/sh", "-c", DRIVER, "driver", folder].map(str::to_owned).to_vec()
}

/// The variables that the sandbox sets, the same for every recipe but for the epoch.
#[must_use]
pub fn fixed_environment(epoch: u64, surroundings: &Surroundings) -> BTreeMap<String, String> {
    let fixed = [
        ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin".to_owned()),
        ("HOME", "/build".to_owned()),
        ("TMPDIR", "/tmp".to_owned()),
        ("LANG", surroundings.locale.clone()),
        ("LC_ALL", surroundings.locale.clone()),
        ("TZ", "UTC0".to_owned()),
        ("SOURCE_DATE_EPOCH", epoch.to_string()),
        ("JOBS", surroundings.jobs.to_string()),
        ("OUT", "/out".to_owned()),
        ("TARGET", "/target".to_owned()),
    ];
    fixed.map(|(name, value)| (name.to_owned(), value)).into()
}

fn environment(action: &SandboxedAction, surroundings: &Surroundings) -> BTreeMap<String, String> {
    let mut environment: BTreeMap<String, String> = action.environment.clone();
    environment.extend(fixed_environment(action.epoch, surroundings));
    environment
}

fn write_steps(folder: &Path, steps: &[SandboxedStep], unpack: &str) -> Result<(), EngineError> {
    for (index, step) in steps.iter().enumerate() {
        let number = index + 1;
        match step {
            SandboxedStep::Unpack { source } => {
                write(&folder.join(format!("{number:02}-unpack.sh")), unpack)?;
                write(&folder.join(format!("{number:02}-unpack.name")), source)?;
            }
            SandboxedStep::Run { script } => write(&folder.join(format!("{number:02}-run.sh")), script)?,
            SandboxedStep::Typed { kind, script, parameters } => {
                let name = format!("{number:02}-{kind}");
                write(&folder.join(format!("{name}.sh")), script)?;
                let beside = folder.join(name);
                make_folder(&beside)?;
                for (name, lines) in parameters {
                    let text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
                    write(&beside.join(name), &text)?;
                }
            }
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), EngineError> {
    fs::write(path, text).map_err(EngineError::io("write", path))
}

fn make_folder(path: &Path) -> Result<(), EngineError> {
    fs::create_dir_all(path).map_err(EngineError::io("make", path))
}

/// Where trees are shown from: the store's own checkouts, or copies in permuted order.
struct Checkout<'a> {
    store: &'a Store,
    label: &'a str,
    surroundings: &'a Surroundings,
}

impl Checkout<'_> {
    fn tree(&self, digest: TreeDigest) -> Result<PathBuf, EngineError> {
        let stored = EngineError::store(self.label);
        let Some(order) = &self.surroundings.order else {
            return self.store.checkout(digest).map_err(stored);
        };
        let folder = order.folder.join(digest.to_string());
        if folder.exists() {
            return Ok(folder);
        }
        // Filled under another name: two builds may want the same tree, and neither may see half of it.
        let mut filling = tempfile::Builder::new();
        let filling = filling
            .prefix("filling-")
            .tempdir_in(&order.folder)
            .map_err(EngineError::io("make a folder in", &order.folder))?;
        let whole = filling.path().join("tree");
        make_folder(&whole)?;
        let tree = self.store.get_tree(digest).map_err(EngineError::store(self.label))?;
        self.store.checkout_into(&whole, &tree, Some(order.seed)).map_err(stored)?;
        match fs::rename(&whole, &folder) {
            Err(_) if folder.exists() => {}
            other => other.map_err(EngineError::io("rename to", &folder))?,
        }
        Ok(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::Sha256;
    use ashlar_plan::SANDBOX_POLICY;
    use std::sync::Arc;

    fn action() -> SandboxedAction {
        SandboxedAction {
            host: "x86_64-linux".into(),
            target: "x86_64-linux".into(),
            sysroot: TreeDigest::new(Sha256::of(b"")),
            target_root: None,
            sources: BTreeMap::new(),
            steps: Arc::default(),
            tests: Vec::new(),
            asserts: Vec::new(),
            environment: BTreeMap::from([("PATH".into(), "/evil".into()), ("CFLAGS".into(), "-O2".into())]),
            epoch: 7,
            outputs: Vec::new(),
        }
    }

    /// Whatever reaches a build without standing in its derivation has to be pinned by the policy's number.
    #[test]
    fn what_drives_a_build_is_pinned_to_the_policy() {
        let environment = environment(&action(), &Surroundings::usual(1));
        let fixed = format!("{DRIVER}{UNPACK}{environment:?}{:?}", driver("/steps"));
        assert_eq!(
            (SANDBOX_POLICY, Sha256::of(fixed.as_bytes()).to_string()),
            (1, "cd091c325f62c4d988e88a75c608edda5687ba5cc5cb9a83d60a71e42001acb4".to_owned()),
            "raise SANDBOX_POLICY in builder/plan/src/derivation.rs, then pin the new digest here"
        );
    }

    #[test]
    fn a_recipe_cannot_replace_what_the_sandbox_promises() {
        let environment = environment(&action(), &Surroundings::usual(3));
        assert_eq!(environment["PATH"], "/usr/sbin:/usr/bin:/sbin:/bin");
        assert_eq!(environment["CFLAGS"], "-O2");
        assert_eq!(environment["SOURCE_DATE_EPOCH"], "7");
        assert_eq!(environment["JOBS"], "3");
    }
}
