// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A kernel that is configured and about to be compiled, in a sandbox of ours or in a plain one of bubblewrap.
//!
//! ```text
//! <base>/source      /source, read-only: the locked archive, unpacked
//! <base>/prepared    configured as recipes/linux does, with all that `make prepare scripts` builds
//! <base>/run         /build: a copy of it for one run, with its modification times
//! <base>/scratch     the sandbox's own, and /tmp
//! ```
//!
//! What is compiled lies apart from the source (`make O=`), so that a copy for each run is small.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ashlar_sandbox::{Bind, Console, SandboxSpec, remove_scratch};

use crate::bubblewrap::Bubblewrap;
use crate::error::{BenchError, tail};
use crate::inputs::Tools;

const UNPACK: &str = "tar --extract --file=/archive --directory=/source --strip-components=1 --no-same-owner";

const CONFIGURE: &str = "
cat /fragments/*.config >fragments.config
make -s -C /source O=/build KCONFIG_ALLCONFIG=/build/fragments.config allnoconfig
make -s -C /source O=/build -j\"$JOBS\" prepare scripts";

const COPY: &str = "cp -a /prepared/. /build/";

/// About 200 objects, of folders that differ in how many headers and how much code their files have.
const COMPILE: &str =
    "exec make -C /source O=/build -j\"$JOBS\" fs/ext4/ fs/erofs/ fs/overlayfs/ net/core/ net/ipv4/";

/// A prepared tree.
#[derive(Debug)]
pub(crate) struct KernelTree<'a> {
    tools: &'a Tools<'a>,
    base: PathBuf,
    environment: BTreeMap<String, String>,
}

impl<'a> KernelTree<'a> {
    pub(crate) fn prepare(tools: &'a Tools<'a>, base: &Path, jobs: usize) -> Result<Self, BenchError> {
        let tree = Self { tools, base: base.to_path_buf(), environment: environment(tools, jobs) };
        for folder in ["source", "prepared", "run"] {
            make_folder(&base.join(folder))?;
        }
        let source = base.join("source");
        tree.in_sandbox(UNPACK, &[(&tools.kernel.archive, "/archive", true), (&source, "/source", false)])?;
        let prepared = base.join("prepared");
        let fragments = &tools.kernel.fragments;
        tree.in_sandbox(
            CONFIGURE,
            &[(&source, "/source", true), (fragments, "/fragments", true), (&prepared, "/build", false)],
        )?;
        Ok(tree)
    }

    /// Makes `/build` what it was before the first object was compiled.
    pub(crate) fn reset(&self) -> Result<(), BenchError> {
        let run = self.base.join("run");
        fs::remove_dir_all(&run).map_err(BenchError::file("remove", &run))?;
        make_folder(&run)?;
        self.in_sandbox(COPY, &[(&self.base.join("prepared"), "/prepared", true), (&run, "/build", false)])
    }

    /// Compiles in our sandbox.
    pub(crate) fn compile_ours(&self) -> Result<(), BenchError> {
        let binds = [(self.base.join("source"), "/source", true), (self.base.join("run"), "/build", false)];
        self.in_sandbox(COMPILE, &binds.each_ref().map(|(path, shown, ro)| (path, *shown, *ro)))
    }

    /// Compiles with the same tools in what `unshare` and `chroot` make: a user, a mount and a pid namespace, binds,
    /// another root, and nothing else.
    pub(crate) fn compile_peer(&self) -> Result<(), BenchError> {
        let temporary = self.base.join("scratch/tmp");
        make_folder(&temporary)?;
        let log = self.base.join("log");
        let output = File::create(&log).map_err(BenchError::file("make", &log))?;
        let errors = output.try_clone().map_err(BenchError::file("open", &log))?;
        let mut command = self.bubblewrap(&temporary)?;
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let status = command
            .status()
            .map_err(|source| BenchError::Program { program: command.get_program().into(), source })?;
        if !status.success() {
            let text = fs::read(&log).map_err(BenchError::file("read", &log))?;
            return Err(BenchError::failed("compile in bubblewrap", status, &text));
        }
        remove_scratch(&self.base.join("scratch")).map_err(BenchError::sandbox)
    }

    /// How many objects the last run compiled.
    pub(crate) fn objects(&self) -> Result<usize, BenchError> {
        Ok(count_objects(&self.base.join("run"))? - count_objects(&self.base.join("prepared"))?)
    }

    fn bubblewrap(&self, temporary: &Path) -> Result<Command, BenchError> {
        let call = Bubblewrap::new(&self.tools.test_tools)
            // PID 1 is the command itself, as with `unshare -p`. With a reaper of its own, bubblewrap ends without
            // waiting for it, and the CPU time would be charged to nobody.
            .words(["--unshare-user", "--unshare-pid", "--as-pid-1"])
            .surroundings(&self.environment)
            .root_of(&self.tools.kernel_tools)?
            .words(["--proc", "/proc", "--dev", "/dev"])
            .place("--bind", temporary, "/tmp")
            .place("--ro-bind", self.base.join("source"), "/source")
            .place("--bind", self.base.join("run"), "/build")
            .words(["--chdir", "/build"]);
        Ok(call.program(&shell(COMPILE)))
    }

    fn in_sandbox(&self, script: &str, binds: &[(&PathBuf, &str, bool)]) -> Result<(), BenchError> {
        let scratch = self.base.join("scratch");
        let mut spec = SandboxSpec::new(self.tools.kernel_tools.clone(), scratch.clone(), shell(script));
        spec.binds.extend(binds.iter().map(|(source, destination, read_only)| Bind {
            source: (*source).clone(),
            destination: destination.into(),
            read_only: *read_only,
        }));
        spec.environment.clone_from(&self.environment);
        // Of the sandbox's own layer where no step binds it.
        spec.working_directory = "/build".into();
        let log = self.base.join("log");
        let file = File::create(&log).map_err(BenchError::file("make", &log))?;
        let outcome = ashlar_sandbox::run(
            &spec,
            &self.tools.inputs.ashlar,
            Console::Log(file),
            &self.tools.inputs.cancel,
        )
        .map_err(BenchError::sandbox)?;
        if !outcome.success() {
            let text = fs::read(&log).map_err(BenchError::file("read", &log))?;
            return Err(BenchError::Failed {
                operation: "work on the kernel in the sandbox".to_owned(),
                status: format!("{:?}, {} network attempts", outcome.end, outcome.network_count),
                tail: tail(&text),
            });
        }
        remove_scratch(&scratch).map_err(BenchError::sandbox)
    }
}

fn shell(script: &str) -> Vec<String> {
    ["/bin/sh", "-euc", script].map(str::to_owned).to_vec()
}

/// As docs/sandbox.md has it, with the recipe's own variables.
fn environment(tools: &Tools<'_>, jobs: usize) -> BTreeMap<String, String> {
    let mut environment = tools.kernel.environment.clone();
    let fixed = [
        ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        ("HOME", "/build"),
        ("TMPDIR", "/tmp"),
        ("LANG", "C.UTF-8"),
        ("LC_ALL", "C.UTF-8"),
        ("TZ", "UTC0"),
        ("SOURCE_DATE_EPOCH", "315532800"),
        ("KBUILD_BUILD_TIMESTAMP", "@315532800"),
    ];
    environment.extend(fixed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    environment.insert("JOBS".to_owned(), jobs.to_string());
    environment
}

/// Files that a compiler made: not what several of them were linked into.
fn count_objects(folder: &Path) -> Result<usize, BenchError> {
    let mut count = 0;
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(BenchError::file("read", &folder))? {
            let entry = entry.map_err(BenchError::file("read", &folder))?;
            let path = entry.path();
            if entry.file_type().map_err(BenchError::file("read", &path))?.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "o") && compiled(&path)? {
                count += 1;
            }
        }
    }
    Ok(count)
}

/// kbuild writes the command that made `x.o` into `.x.o.cmd`; compiling one has a source file.
fn compiled(object: &Path) -> Result<bool, BenchError> {
    let name = object.file_name().unwrap_or_default().to_string_lossy();
    let command = object.with_file_name(format!(".{name}.cmd"));
    if !command.exists() {
        return Ok(false);
    }
    let text = fs::read_to_string(&command).map_err(BenchError::file("read", &command))?;
    Ok(text.lines().any(|line| line.starts_with("source_")))
}

fn make_folder(path: &Path) -> Result<(), BenchError> {
    fs::create_dir_all(path).map_err(BenchError::file("make", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_compiled_objects_are_counted() {
        let folder = std::env::temp_dir().join(format!("ashlar-bench-{}", std::process::id()));
        fs::create_dir_all(folder.join("fs")).unwrap();
        for (name, text) in [
            ("fs/a.o", ""),
            ("fs/.a.o.cmd", "savedcmd_fs/a.o := gcc\n\nsource_fs/a.o := fs/a.c\n"),
            ("fs/linked.o", ""),
            ("fs/.linked.o.cmd", "savedcmd_fs/linked.o := ld -r\n"),
            ("fs/stray.o", ""),
            ("fs/a.c", ""),
        ] {
            fs::write(folder.join(name), text).unwrap();
        }
        let count = count_objects(&folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(count, 1);
    }
}
