// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The shape of an image definition; read by [`crate::ImageDefinition`].
#![expect(dead_code, reason = "these types exist for their schema")]

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::recipe::Attribute;
use super::seeds::Link;

/// Which outputs an image is made of, and how it is put together.
#[derive(JsonSchema)]
#[schemars(title = "image definition", deny_unknown_fields)]
pub(super) struct ImageFile {
    /// What it is.
    image: Header,
    /// The variants of single recipes.
    variants: Option<BTreeMap<String, String>>,
    /// The kernel.
    kernel: Kernel,
    /// The EFI stub.
    stub: FileOf,
    /// The program that becomes `/init` of the initramfs.
    init: FileOf,
    /// What the root file system holds.
    root: Root,
    /// Add-on trees that are built with it.
    extension: Option<BTreeMap<String, Extension>>,
    /// Containers that are built with it and lie in its root.
    container: Option<BTreeMap<String, Container>>,
    /// What PID 1 starts.
    service: Option<Vec<Service>>,
    /// The values that templates may use.
    values: Option<BTreeMap<String, serde_json::Value>>,
    /// How the root is made into an erofs.
    erofs: Erofs,
    /// How `ashlar boot` runs it.
    boot: Boot,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Header {
    /// The name of the image and of this file.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]*$"))]
    name: String,
    /// Shown in os-release and in release names.
    version: String,
    /// What it is, in one line.
    summary: Option<String>,
    /// What it runs on.
    platform: Option<Platform>,
    /// The kernel's command line.
    cmdline: String,
    /// The source epoch in seconds since 1970; the newest of the closure where nothing is said.
    epoch: Option<u64>,
    /// The feeds that its releases must be judged by.
    feeds: Option<Vec<String>>,
    /// The variant that every recipe which has it is built in.
    variant: Option<String>,
}

#[derive(JsonSchema)]
enum Platform {
    #[schemars(rename = "x86_64-linux")]
    X86_64Linux,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Kernel {
    /// The output (`recipe:output`).
    image: String,
    /// The file in it.
    file: String,
    /// The output with vmlinux and what the boot wrapper is made of.
    vmlinux: Option<String>,
    /// Outputs with unsigned modules; they come into the root, signed.
    modules: Option<Vec<String>>,
    /// Names of modules that PID 1 loads; what they depend on is loaded before them.
    load: Option<Vec<String>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Extension {
    /// Its version.
    version: String,
    /// What it is, in one line.
    summary: Option<String>,
    /// Outputs (`recipe:output`); their closures come along.
    include: Option<Vec<String>>,
    /// Outputs with unsigned modules; they come along, signed.
    modules: Option<Vec<String>>,
    /// Names of modules that PID 1 loads with the extension.
    load: Option<Vec<String>>,
}

/// A container, as an OCI image of one layer.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Container {
    /// Its version, which is also the tag of its name.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9._-]*$"))]
    version: String,
    /// What it is, in one line.
    summary: Option<String>,
    /// Outputs (`recipe:output`); their closures come along.
    include: Option<Vec<String>>,
    /// The program and its first arguments.
    #[schemars(length(min = 1))]
    entrypoint: Vec<String>,
    /// Its environment.
    env: Option<BTreeMap<String, String>>,
    /// User and group as numbers; `65532:65532` where nothing is said.
    #[schemars(regex(pattern = r"^[0-9]+:[0-9]+$"))]
    user: Option<String>,
}

/// What PID 1 starts.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case")]
struct Service {
    /// Its name.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]*$"))]
    name: String,
    /// A daemon where nothing is said.
    kind: Option<ServiceKind>,
    /// The program, by its absolute path, and its arguments.
    #[schemars(length(min = 1))]
    run: Vec<String>,
    /// Its whole environment.
    env: Option<BTreeMap<String, String>>,
    /// Services that are ready, or done, before it starts.
    after: Option<Vec<String>>,
    /// When a daemon is ready; when it was started, where nothing is said.
    ready: Option<Ready>,
    /// Seconds in which it must be ready, or done; 60 where nothing is said.
    start_seconds: Option<u32>,
    /// Seconds that it has after SIGTERM; 10 where nothing is said.
    stop_seconds: Option<u32>,
    /// Whether the end of its output comes into the status line.
    report: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum ServiceKind {
    /// Runs as long as the machine; started again when it ends.
    Daemon,
    /// Runs to its end, once in a boot.
    Once,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Ready {
    /// The Unix socket that answers then.
    socket: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FileOf {
    /// The output (`recipe:output`).
    from: String,
    /// The file in it.
    file: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Root {
    /// Outputs (`recipe:output`); their closures come along.
    include: Option<Vec<String>>,
    /// Folders that no output brings, or that have special modes.
    directory: Option<Vec<Directory>>,
    /// Links that no output brings.
    link: Option<Vec<Link>>,
    /// Files that no output brings.
    file: Option<Vec<File>>,
    /// Special modes, owners and extended attributes of what outputs bring.
    attribute: Option<Vec<Attribute>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Directory {
    path: String,
    /// Three or four octal digits; 0755 where nothing is said.
    #[schemars(regex(pattern = r"^[0-7]{3,4}$"))]
    mode: Option<String>,
    uid: Option<u32>,
    gid: Option<u32>,
    /// Why, for setuid, setgid and folders that all may write to.
    because: Option<String>,
}

/// A file with exactly one of `template`, `content` and `source`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct File {
    path: String,
    /// A template of the project, filled with `values`.
    template: Option<String>,
    /// The text itself.
    content: Option<String>,
    /// A file of the project as it is.
    source: Option<String>,
    /// Three or four octal digits; 0644 where nothing is said.
    #[schemars(regex(pattern = r"^[0-7]{3,4}$"))]
    mode: Option<String>,
    uid: Option<u32>,
    gid: Option<u32>,
    /// Why, for setuid, setgid and files that all may write to.
    because: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Erofs {
    /// Uncompressed where nothing is said.
    compressor: Option<Compressor>,
    /// The compressor's level.
    level: Option<u32>,
    /// The greatest number of bytes that are compressed together.
    cluster: Option<u32>,
    /// Whether tails of files are packed together.
    fragments: Option<bool>,
    /// Whether equal parts of files are stored once.
    dedupe: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Compressor {
    None,
    Lz4,
    Lz4hc,
    Zstd,
    Deflate,
    Lzma,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Boot {
    /// Memory in MiB; 1024 where nothing is said.
    memory: Option<u32>,
    /// Number of CPUs; 1 where nothing is said.
    cpus: Option<u32>,
    /// Seconds until a boot counts as failed; 120 where nothing is said.
    timeout: Option<u32>,
    /// The seed set that holds the emulator.
    tools: String,
}
