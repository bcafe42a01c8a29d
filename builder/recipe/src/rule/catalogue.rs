// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every rule with its id, its severity, how it is excepted from, what holds, why and how it is judged, and what to do.

use super::{Excepted, Severity};

macro_rules! rules {
    ($($variant:ident = $id:literal, $severity:ident, $excepted:ident, $summary:literal, $why:literal, $next:literal;)*) => {
        /// A rule that what a recipe installs is judged by. Each is called after what holds where it is obeyed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $(#[doc = $summary] $variant,)*
        }

        impl Rule {
            /// Every rule, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name, as it is written in recipes.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),* }
            }

            /// What becomes of what breaks it.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),* }
            }

            /// How it is excepted from.
            #[must_use]
            pub const fn excepted(self) -> Excepted {
                match self { $(Self::$variant => Excepted::$excepted),* }
            }

            /// What holds where it is obeyed, in one sentence.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary),* }
            }

            /// Why it is there, and how exactly it is judged.
            #[must_use]
            pub const fn why(self) -> &'static str {
                match self { $(Self::$variant => $why),* }
            }

            /// What to do about what breaks it.
            #[must_use]
            pub const fn next(self) -> &'static str {
                match self { $(Self::$variant => $next),* }
            }
        }
    };
}

rules! {
    PositionIndependent = "position-independent", Error, Files,
        "Programs can be loaded at any address (PIE).",
        "At a fixed address nothing is left to chance for whoever attacks a program. Judged of linked ELF files: type \
         EXEC has a fixed address. A kernel, which lies in the upper half of addresses, is no program.",
        "Compile with -fPIE and link with -pie or -static-pie; Go takes -buildmode=pie.";
    Relro = "relro", Error, Files,
        "What the loader has filled in becomes read-only (RELRO).",
        "The tables by which a program finds its libraries are the first thing that an attacker writes to. Judged of \
         linked ELF files with a dynamic section: they have a segment PT_GNU_RELRO.",
        "Link with -Wl,-z,relro.";
    BindNow = "bind-now", Error, Files,
        "All functions are found before a program starts, not at their first call.",
        "A table of functions that are found late stays writable for ever, and RELRO does not cover it. Judged of \
         linked ELF files that have such a table (DT_JMPREL): DT_BIND_NOW, DF_BIND_NOW or DF_1_NOW is there.",
        "Link with -Wl,-z,now.";
    WriteXorExecute = "write-xor-execute", Error, Files,
        "No memory is both writable and executable, the stack included (NX).",
        "Otherwise what an attacker sends can be run. Judged of linked ELF files but kernels: PT_GNU_STACK is there \
         and not executable, and no segment that is loaded is writable and executable.",
        "Link with -Wl,-z,noexecstack; an assembler file says that it needs no executable stack by an empty section \
         .note.GNU-stack.";
    NoTextRelocations = "no-text-relocations", Error, Files,
        "Code is not changed when it is loaded.",
        "Code that the loader writes to is writable while it does, and is shared by no two processes. Judged of linked \
         ELF files: neither DT_TEXTREL nor DF_TEXTREL is there.",
        "Compile all that is linked in with -fPIC or -fPIE, assembler files too.";
    NoRunPath = "no-run-path", Error, Files,
        "No file says itself where its libraries are (RPATH, RUNPATH).",
        "The loader would look there first, and it may be a folder of the build or one that somebody else can write \
         to. Libraries lie in /usr/lib, where the loader looks anyway. Judged of linked ELF files.",
        "Link without -rpath: with libtool configure it by --disable-rpath, or link again when installing.";
    StackProtector = "stack-protector", Warning, Files,
        "Programs and libraries in C guard their return addresses.",
        "Judged of linked ELF files for x86_64 with at least 16 KiB of executable segments: some instruction reads the \
         guard at %fs:0x28, as every function does that is compiled with a stack protector and has something to \
         protect. Programs in Go and Rust, which say so by .go.buildinfo and .comment, are not judged; smaller ones \
         often have nothing to protect.",
        "Compile with -fstack-protector-strong.";
    Stripped = "stripped", Error, Files,
        "Programs, libraries and kernel modules carry neither symbols nor debug sections for people.",
        "They are large, tell of the build, and are not needed to run. Judged of linked ELF files: no `.debug_*` and \
         no .symtab. Of kernels and kernel modules, which need their symbols: no `.debug_*`. Objects and archives of \
         them are for linking, and are not judged.",
        "Install by install-strip or call strip (for modules: strip --strip-debug); Go takes -ldflags=-s, cargo strip \
         = true.";
    Readable = "readable", Error, Files,
        "Whatever begins like an ELF file or an archive of objects can be read as one.",
        "What cannot be read could not be judged, and a check that could not run has failed.",
        "Find out what cut or changed the file; a file that is broken on purpose, such as one for tests, should not be \
         installed.";
    NoBuildPath = "no-build-path", Error, Files,
        "No path of the sandbox stands in what is not text.",
        "Such a path is an accident: a path of the compiler, or one that is opened at run time and leads nowhere. \
         Judged of the bytes of all files that hold a NUL, archives of objects included: /build/, /sources/, /out/ and \
         /target/ where an absolute path begins (or one of these folders alone behind =), and /build/NAME/ and \
         /sources/NAME/ with the name of a source anywhere.",
        "Compile with -ffile-prefix-map=/build/=, configure with --prefix=/usr and install with DESTDIR; strip what \
         comes from debug sections.";
    NoBuildPathInText = "no-build-path-in-text", Warning, Files,
        "No path of the sandbox stands in a text.",
        "Scripts, .pc and .la files with such a path do not work where they are installed; a comment is harmless. \
         Judged of all files without a NUL, as no-build-path is, but for places of sources.",
        "Configure with --prefix=/usr and install with DESTDIR, or take the line out by sed when installing.";
    NoBuildHost = "no-build-host", Error, Files,
        "No file says who built it, and on which machine.",
        "It would be another text on another machine, if the sandbox did not give all the same. Judged of the bytes of \
         all files: root@ashlar, which is what user and host name are in the sandbox.",
        "Look for the option or variable that sets it, as KBUILD_BUILD_USER and KBUILD_BUILD_HOST do for the kernel.";
    NoBuildDate = "no-build-date", Warning, Files,
        "No program says when it was compiled.",
        "Compilers take the source epoch for `__DATE__`, so that it is the same everywhere, but the date is no longer \
         that of any compilation. Judged of the bytes of all files that hold a NUL: the day of the source epoch as \
         `__DATE__` writes it, `Mmm dd yyyy` with a blank or a zero before a single digit.",
        "Take `__DATE__` and `__TIME__` out by a patch, or define the macro that the source has for it.";
    NoTimestamps = "no-timestamps", Error, Files,
        "A time in the header of a file is none, or the source epoch.",
        "It is the time of the build, or of a file that was made in it. Judged of gzip headers, members of archives of \
         objects, and .pyc files that are checked by time.",
        "Use gzip -n and ar D (ARFLAGS=crD), and compile Python with --invalidation-mode=unchecked-hash.";
    NoSetuid = "no-setuid", Error, Attribute,
        "No program runs with other rights than those of who starts it.",
        "Judged of modes and attributes in the tree: setuid, setgid and security.capability, which only \
         `[[output.attribute]]` can give.",
        "Take the attribute out, or let a service that has the right do the work.";
    NoWorldWritable = "no-world-writable", Error, Attribute,
        "Nobody but the owner can write to a file, and nobody can take another's place in a folder.",
        "Judged of modes in the tree, which only `[[output.attribute]]` can give: write for all, but of folders with \
         the sticky bit.",
        "Take the write bit of others away, or add the sticky bit to a folder (1777).";
    RuntimeDeclared = "runtime-declared", Error, Files,
        "Whatever a file needs to run is in the declared closure.",
        "An image takes along what is declared. Judged: DT_NEEDED and interpreter of ELF files, the libraries that a \
         note .note.dlopen calls required, and the interpreter of scripts that can be executed. Each is in /usr/lib, \
         or where it is named, in some output of the closure.",
        "Name the output that brings it under `runtime` of this output.";
    RuntimeUsed = "runtime-used", Error, Outputs,
        "Every declared `runtime` output is needed by some file.",
        "An image would carry it for nothing. Judged as runtime-declared is; a library that is loaded by name, without \
         a note that says so, is not seen.",
        "Take it out of `runtime`, or say in an exception which file loads it by name.";
    LicenseText = "license-text", Warning, Folders,
        "The text of its licence is installed with what a recipe installs.",
        "Nearly every licence asks for it. Judged of outputs that have files, but of one called `licenses`: some \
         output of the recipe has a file below `usr/share/licenses/<recipe>`.",
        "Install the licence files of the source to `usr/share/licenses/<recipe>/`, into an output `licenses`.";
    InputsUsed = "inputs-used", Error, Never,
        "Every declared input has an effect on what is built.",
        "An input without effect costs every build of it, and hides what is really used. Which files a build opens \
         cannot be seen reliably without privileges, so nothing is guessed: `ashlar lint --inputs RECIPE` builds the \
         recipe once more without each of its seed sets, host and target outputs and sources. Where the build and its \
         tests succeed and give the same bytes, the input is not used. A build does not judge it.",
        "Take the input out of `seeds`, `host` or `target`, or the source out of the recipe.";
    ExceptionUsed = "exception-used", Error, Never,
        "Every path of every exception takes something that would break its rule.",
        "A dead exception is an open door that nobody looks at. Judged of each pattern of `paths` of each \
         `[[output.exception]]`.",
        "Take the path, or the whole exception, out.";
}
