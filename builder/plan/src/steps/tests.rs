// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The scripts with values that a shell would love to run, and with programs that only write down what they were asked.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use ashlar_recipe::{Parameter, ParameterKind};

use super::*;

/// Everything that a shell could take for something else than text.
const HOSTILE: &str =
    "a b$(touch pwned)`touch pwned`;touch pwned;'\"\\ *~ ${IFS}&&touch${IFS}pwned|touch pwned>pwned";

/// A program that notes its name and arguments, one a line, in `$NOTES`.
const NOTING: &str =
    "#!/bin/sh\nfor word in \"${0##*/}\" \"$@\"; do printf '%s\\n' \"$word\" >>\"$NOTES\"; done\n";
const PROGRAMS: [&str; 12] = [
    "configure",
    "make",
    "meson",
    "ninja",
    "cmake",
    "cargo",
    "go",
    "install",
    "strip",
    "patch",
    "find",
    "cp",
];

/// Runs the script of `kind` where one parameter is hostile: what the programs were asked.
fn run(kind: StepKind, hostile: &Parameter, folder: &Path) -> String {
    let (bin, work, notes) = (folder.join("bin"), folder.join("work"), folder.join("notes"));
    let source = work.join("source");
    for made in [&bin, &work, &source, &folder.join("home")] {
        fs::create_dir_all(made).unwrap();
    }
    for program in PROGRAMS {
        let path = bin.join(program);
        fs::write(&path, NOTING).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::copy(bin.join("configure"), source.join("configure")).unwrap();
    let parameters = kind.parameters().iter().map(|parameter| {
        let value = match parameter.kind {
            // Folders and names of sources have an alphabet of their own, or are checked as paths; a folder may be called anything.
            ParameterKind::Folder if parameter.name == hostile.name => {
                let odd = work.join(HOSTILE.replace('/', "_"));
                fs::create_dir_all(&odd).unwrap();
                fs::copy(bin.join("configure"), odd.join("configure")).unwrap();
                odd.display().to_string()
            }
            ParameterKind::Folder => source.display().to_string(),
            ParameterKind::Flag => "false".to_owned(),
            ParameterKind::Number { .. } => "1".to_owned(),
            ParameterKind::Mode => "0644".to_owned(),
            ParameterKind::Source | ParameterKind::Sources => "source".to_owned(),
            ParameterKind::Path | ParameterKind::Word | ParameterKind::Words
                if parameter.name == hostile.name =>
            {
                HOSTILE.to_owned()
            }
            ParameterKind::Path | ParameterKind::Word | ParameterKind::Words => "plain".to_owned(),
        };
        (parameter.name, vec![value])
    });
    let step = typed(&TypedStep { kind, parameters: parameters.collect() });
    let SandboxedStep::Typed { kind: name, script, parameters } = step else { panic!("{step:?}") };
    let at = folder.join(format!("01-{name}"));
    fs::create_dir_all(&at).unwrap();
    for (name, lines) in parameters {
        fs::write(at.join(name), lines.concat() + "\n").unwrap();
    }
    // Outside of a sandbox its folders are others.
    let script = script.replace("/build/", &format!("{}/", work.display()));
    let path = folder.join(format!("01-{name}.sh"));
    fs::write(&path, script).unwrap();
    let search = format!("{}:/usr/bin:/bin", bin.display());
    let mut command = Command::new("/bin/sh");
    command.arg("-eu").arg(&path).current_dir(&work).env_clear();
    command.env("PATH", search).env("NOTES", &notes).env("JOBS", "2").env("TARGET", "/target");
    command.env("OUT", folder.join("out")).env("HOME", folder.join("home"));
    // Some end early, for the programs do nothing: what counts is what they were asked, and what was not run.
    let output = command.output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("yntax error"), "{output:?}");
    fs::read_to_string(&notes).unwrap_or_default()
}

/// Whether a file `pwned` is anywhere below.
fn is_pwned(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().map(Result::unwrap).any(|entry| {
        entry.file_name() == "pwned" || (entry.file_type().unwrap().is_dir() && is_pwned(&entry.path()))
    })
}

#[test]
fn no_parameter_of_any_step_runs_as_a_command() {
    for kind in StepKind::ALL {
        for parameter in kind.parameters() {
            let folder = tempfile::tempdir().unwrap();
            run(kind, parameter, folder.path());
            assert!(!is_pwned(folder.path()), "{} {}", kind.name(), parameter.name);
        }
    }
}

#[test]
fn a_value_reaches_its_program_as_one_argument() {
    for (kind, name, program) in [
        (StepKind::Autotools, "configure", "configure"),
        (StepKind::Autotools, "make", "make"),
        (StepKind::Autotools, "install", "make"),
        (StepKind::Make, "make", "make"),
        (StepKind::Make, "install", "make"),
        (StepKind::Meson, "options", "meson"),
        (StepKind::Cmake, "options", "cmake"),
        (StepKind::Cargo, "package", "cargo"),
        (StepKind::Cargo, "features", "cargo"),
        (StepKind::Go, "packages", "go"),
    ] {
        let parameter = kind.parameters().iter().find(|parameter| parameter.name == name).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let notes = run(kind, parameter, folder.path());
        assert!(notes.lines().any(|line| line == program), "{program} was not run: {notes}");
        assert!(notes.lines().any(|line| line == HOSTILE), "{} {name}: {notes}", kind.name());
    }
}

#[test]
fn programs_in_go_are_static_and_position_independent_whatever_a_recipe_adds() {
    let parameter = StepKind::Go.parameters().iter().find(|parameter| parameter.name == "ldflags").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let notes = run(StepKind::Go, parameter, folder.path());
    let wanted = format!("{HOSTILE} -s -w -buildid= -linkmode=external -extldflags=-static-pie");
    for wanted in [wanted.as_str(), "-buildmode=pie", "-trimpath"] {
        assert!(notes.lines().any(|line| line == wanted), "{wanted}: {notes}");
    }
}

#[test]
fn every_parameter_is_read_by_its_script_and_no_other_file_is() {
    for kind in StepKind::ALL {
        let text = script(kind);
        let step = TypedStep {
            kind,
            parameters: kind.parameters().iter().map(|parameter| (parameter.name, Vec::new())).collect(),
        };
        let SandboxedStep::Typed { parameters, .. } = typed(&step) else { panic!("not typed") };
        let mut read: Vec<&str> =
            text.split("\"$here/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        read.sort_unstable();
        read.dedup();
        assert_eq!(read, parameters.keys().map(String::as_str).collect::<Vec<_>>(), "{}", kind.name());
    }
}
