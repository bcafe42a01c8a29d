// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The kinds of typed steps: what each is for and what it takes. What each does is a script of `ashlar-plan`.

use super::parameter::Parameter;
use super::parameter::ParameterKind::{Flag, Folder, Mode, Number, Path, Source, Sources, Word, Words};
use super::parameter::Presence::{Default, Required};

/// A kind of typed step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepKind {
    /// Applies patches.
    Patch,
    /// `./configure`, `make`, `make install`.
    Autotools,
    /// `make`, `make install`, without anything before.
    Make,
    /// `meson setup`, `ninja`, `meson install`.
    Meson,
    /// `cmake`, `cmake --build`, `cmake --install`.
    Cmake,
    /// `cargo build` of programs.
    Cargo,
    /// `go build` of programs.
    Go,
    /// A kernel of Linux with its modules.
    Kernel,
    /// Modules that are outside of the kernel's tree.
    KernelModule,
    /// Files put into the installed tree.
    Install,
    /// Debug information taken out of what is installed.
    Split,
}

const IN: Parameter =
    Parameter { name: "in", kind: Folder, presence: Required, summary: "where the source lies" };

const fn words(name: &'static str, default: &'static [&'static str], summary: &'static str) -> Parameter {
    Parameter { name, kind: Words, presence: Default(default), summary }
}

impl StepKind {
    /// All of them, in the order of the reference.
    pub const ALL: [Self; 11] = [
        Self::Patch,
        Self::Autotools,
        Self::Make,
        Self::Meson,
        Self::Cmake,
        Self::Cargo,
        Self::Go,
        Self::Kernel,
        Self::KernelModule,
        Self::Install,
        Self::Split,
    ];

    /// Its key in a recipe.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Autotools => "autotools",
            Self::Make => "make",
            Self::Meson => "meson",
            Self::Cmake => "cmake",
            Self::Cargo => "cargo",
            Self::Go => "go",
            Self::Kernel => "kernel",
            Self::KernelModule => "kernel-module",
            Self::Install => "install",
            Self::Split => "split",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What it does, in one line.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Patch => "applies patches by patch(1), in order; one that does not fit fails the build",
            Self::Autotools => {
                "runs ./configure for the target with /usr as prefix, then make, then make install into $OUT"
            }
            Self::Make => {
                "runs make, then make install into $OUT; which compiler, `make` says, such as `CC=x86_64-linux-musl-cc`"
            }
            Self::Meson => {
                "runs meson setup with a cross file for the target, then ninja, then meson install into $OUT"
            }
            Self::Cmake => "runs cmake for the target with /usr as prefix, builds, and installs into $OUT",
            Self::Cargo => "builds programs for the target by cargo, with vendored crates, into $OUT/usr/bin",
            Self::Go => {
                "builds static, position-independent programs by go, with modules from a source and the target's C library"
            }
            Self::Kernel => {
                "configures a kernel by fragments and builds it, into $OUT/boot, $OUT/usr/lib/modules and $OUT/kernel-devel, without any key"
            }
            Self::KernelModule => {
                "builds modules against /kernel-devel (an output of the kernel), stripped, into $OUT/usr/lib/modules/<release>/extra"
            }
            Self::Install => "copies files into $OUT",
            Self::Split => {
                "strips programs, libraries and archives in $OUT, and keeps what was taken off beside, if asked"
            }
        }
    }

    /// What it takes.
    #[must_use]
    pub const fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::Patch => PATCH,
            Self::Autotools => AUTOTOOLS,
            Self::Make => MAKE,
            Self::Meson => MESON,
            Self::Cmake => CMAKE,
            Self::Cargo => CARGO,
            Self::Go => GO,
            Self::Kernel => KERNEL,
            Self::KernelModule => KERNEL_MODULE,
            Self::Install => INSTALL,
            Self::Split => SPLIT,
        }
    }
}

const PATCH: &[Parameter] = &[
    IN,
    Parameter {
        name: "sources",
        kind: Sources,
        presence: Required,
        summary: "patches, or folders of them, whose `*.patch` are applied in byte order",
    },
    Parameter {
        name: "strip",
        kind: Number { least: 0, most: 9 },
        presence: Default(&["1"]),
        summary: "leading path components that are taken off",
    },
];

const AUTOTOOLS: &[Parameter] = &[
    IN,
    words("configure", &[], "further arguments of ./configure"),
    words("make", &[], "targets and variables of make"),
    words("install", &["install"], "targets and variables of the make that installs"),
];

const MAKE: &[Parameter] = &[
    IN,
    words("make", &[], "targets and variables of make"),
    words(
        "install",
        &["install", "PREFIX=/usr"],
        "targets and variables of the make that installs; none: it is not run",
    ),
];

const MESON: &[Parameter] = &[IN, words("options", &[], "further arguments of meson setup")];

const CMAKE: &[Parameter] = &[IN, words("options", &[], "further arguments of cmake")];

const CARGO: &[Parameter] = &[
    IN,
    Parameter {
        name: "crates",
        kind: Source,
        presence: Required,
        summary: "the source with the vendored crates",
    },
    Parameter { name: "package", kind: Word, presence: Required, summary: "the package that is built" },
    words("features", &[], "its features, beside the default ones"),
    Parameter {
        name: "default-features",
        kind: Flag,
        presence: Default(&["true"]),
        summary: "whether the default ones are on",
    },
    Parameter {
        name: "programs",
        kind: Words,
        presence: Required,
        summary: "the programs that are installed",
    },
];

const GO: &[Parameter] = &[
    Parameter {
        name: "in",
        kind: Folder,
        presence: Default(&[]),
        summary: "where the source lies, if it is no module of `modules`",
    },
    Parameter {
        name: "modules",
        kind: Source,
        presence: Required,
        summary: "the source with the modules of its go.sum",
    },
    Parameter {
        name: "packages",
        kind: Words,
        presence: Required,
        summary: "the main packages: `./cmd/x` of `in`, or `<path>@<version>` of a module of `modules`",
    },
    words("tags", &[], "build tags, beside `netgo` and `osusergo`"),
    words("ldflags", &[], "further flags of the linker"),
    Parameter {
        name: "to",
        kind: Path,
        presence: Default(&["usr/bin"]),
        summary: "the folder of $OUT that the programs come into",
    },
    Parameter {
        name: "licenses",
        kind: Path,
        presence: Default(&[]),
        summary: "the folder of $OUT that the licences of all modules in the programs come into, a folder each",
    },
];

const KERNEL: &[Parameter] = &[
    IN,
    Parameter {
        name: "fragments",
        kind: Source,
        presence: Required,
        summary: "a folder of *.config, merged in byte order; options that none names are off",
    },
    words("targets", &["bzImage", "modules"], "what make is asked for"),
    Parameter {
        name: "devel",
        kind: Flag,
        presence: Default(&["true"]),
        summary: "whether what modules outside of the tree are built against is installed, as kernel-devel",
    },
];

const KERNEL_MODULE: &[Parameter] = &[
    IN,
    Parameter {
        name: "modules",
        kind: Words,
        presence: Required,
        summary: "names of the modules: of their objects, without ending",
    },
];

const INSTALL: &[Parameter] = &[
    IN,
    Parameter { name: "files", kind: Words, presence: Required, summary: "paths in that folder" },
    Parameter {
        name: "to",
        kind: Path,
        presence: Required,
        summary: "the folder of $OUT that they come into",
    },
    Parameter { name: "mode", kind: Mode, presence: Default(&["0644"]), summary: "their mode" },
];

const SPLIT: &[Parameter] = &[Parameter {
    name: "debug",
    kind: Flag,
    presence: Default(&["false"]),
    summary: "whether debug information is kept, as usr/lib/debug/<path>.debug, for an output of its own",
}];
