// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An image definition: which outputs an image is made of, and how it is put together.
//! Syntax: docs/recipe-format.md, "images".

use std::collections::BTreeMap;

use ashlar_tree::TreePath;
use serde_json::Value as Json;
use toml::de::DeValue;

use crate::code::Code;
use crate::diagnostic::Diagnostics;
use crate::error::Invalid;
use crate::file::SourceFile;
use crate::image_containers::Container;
use crate::image_modules::{Extension, Kernel};
use crate::image_root::ImageRoot;
use crate::image_services::{Service, check_services};
use crate::location::tree_path;
use crate::name::{ContainerName, ExtensionName, ImageName, OutputName, RecipeName, SetName, VariantName};
use crate::platform::System;
use crate::read::{Parsed, Scope, Value, boolean, integer, line, parse_document, table, text};
use crate::recipe::{MAX_EPOCH, Recipe};
use crate::reference::OutputRef;

/// One file of the image definitions' folder, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageDefinition {
    /// Its name, also that of its file.
    pub name: ImageName,
    /// The version, shown in os-release and in release names.
    pub version: String,
    /// What it is, in one line.
    pub summary: Option<String>,
    /// What it runs on.
    pub platform: System,
    /// The kernel's command line.
    pub cmdline: String,
    /// The source epoch in seconds since 1970; where it is absent, the newest of the closure.
    pub epoch: Option<i64>,
    /// The feeds that its releases must be judged by.
    pub feeds: Vec<String>,
    /// The variant that every recipe which has it is built in.
    pub variant: Option<VariantName>,
    /// The variants of single recipes, which go before `variant`.
    pub variants: BTreeMap<RecipeName, VariantName>,
    /// The kernel and its modules.
    pub kernel: Kernel,
    /// The EFI stub.
    pub stub: FileOf,
    /// The program that becomes `/init` of the initramfs.
    pub init: FileOf,
    /// What the root holds.
    pub root: ImageRoot,
    /// Add-on trees that are built with it.
    pub extensions: BTreeMap<ExtensionName, Extension>,
    /// Containers that are built with it and lie in its root.
    pub containers: BTreeMap<ContainerName, Container>,
    /// What PID 1 starts, in the order of the file.
    pub services: Vec<Service>,
    /// The values that templates may use.
    pub values: BTreeMap<String, Json>,
    /// How the root is made into an erofs.
    pub erofs: ErofsSettings,
    /// How `ashlar boot` runs it.
    pub boot: BootSettings,
}

/// A file of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOf {
    /// The output.
    pub from: OutputRef,
    /// The file in it.
    pub file: TreePath,
}

/// `[erofs]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErofsSettings {
    /// The compressor by its name in mkfs.erofs; `None` leaves data uncompressed.
    pub compressor: Option<String>,
    /// Its level.
    pub level: Option<u32>,
    /// The greatest number of bytes that are compressed together.
    pub cluster: Option<u32>,
    /// Whether tails of files are packed together.
    pub fragments: bool,
    /// Whether equal parts of files are stored once.
    pub dedupe: bool,
}

/// `[boot]`: how `ashlar boot` runs the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootSettings {
    /// Memory in MiB.
    pub memory: u32,
    /// Number of CPUs.
    pub cpus: u32,
    /// Seconds until a boot that has not reported counts as failed.
    pub timeout: u32,
    /// The seed set that holds the emulator.
    pub tools: SetName,
}

impl ImageDefinition {
    /// Checks the text of one definition, without looking at what it refers to.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(file: SourceFile) -> Result<Self, Diagnostics> {
        Self::parse_document(file).map(|parsed| parsed.value)
    }

    /// Every output that the definition names itself, without closures, with the key path that names it.
    #[must_use]
    pub fn references<'a>(&'a self) -> Vec<(String, &'a OutputRef)> {
        let include = self.root.include.iter().enumerate();
        let mut list: Vec<_> =
            include.map(|(index, output)| (format!("root.include[{index}]"), output)).collect();
        list.push(("kernel.image".to_owned(), &self.kernel.image));
        list.extend(self.kernel.vmlinux.iter().map(|output| ("kernel.vmlinux".to_owned(), output)));
        let mut numbered = |key: &str, outputs: &'a [OutputRef]| {
            let outputs = outputs.iter().enumerate();
            list.extend(outputs.map(|(index, output)| (format!("{key}[{index}]"), output)));
        };
        numbered("kernel.modules", &self.kernel.modules);
        for (name, extension) in &self.extensions {
            numbered(&format!("extension.{name}.include"), &extension.include);
            numbered(&format!("extension.{name}.modules"), &extension.modules);
        }
        for (name, container) in &self.containers {
            numbered(&format!("container.{name}.include"), &container.include);
        }
        list.push(("stub.from".to_owned(), &self.stub.from));
        list.push(("init.from".to_owned(), &self.init.from));
        list
    }

    /// The variant in which it has `recipe` built: one for this recipe, or the one for all that have it.
    #[must_use]
    pub fn variant_of(&self, recipe: &Recipe) -> Option<&VariantName> {
        let general = self.variant.as_ref().filter(|variant| recipe.variants.contains_key(*variant));
        self.variants.get(&recipe.name).or(general)
    }

    pub(crate) fn parse_document(file: SourceFile) -> Result<Parsed<Self>, Diagnostics> {
        parse_document(file, Self::read)
    }

    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let header = scope.required("image", table(Header::read));
        let variants = scope.optional("variants", |value| {
            value.map(RecipeName::parse, |_, value| text(VariantName::parse)(value))
        });
        let kernel = scope.required("kernel", table(Kernel::read));
        let stub = scope.required("stub", table(|scope| FileOf::read(scope, "from")));
        let init = scope.required("init", table(|scope| FileOf::read(scope, "from")));
        let root = scope.required("root", table(ImageRoot::read));
        let extensions = scope.optional("extension", |value| {
            value.map(ExtensionName::parse, |_, value| table(Extension::read)(value))
        });
        let containers = scope.optional("container", |value| {
            value.map(ContainerName::parse, |_, value| table(Container::read)(value))
        });
        let services = scope.array("service", table(Service::read));
        check_services(scope, services.as_deref().unwrap_or_default());
        let values = scope.optional("values", |value| value.map(value_name, |_, value| json(value)));
        let erofs = scope.required("erofs", table(ErofsSettings::read));
        let boot = scope.required("boot", table(BootSettings::read));
        let header = header?;
        if let (Some(kernel), Some(extensions)) = (&kernel, &extensions)
            && kernel.vmlinux.is_none()
        {
            for (name, _) in extensions.iter().filter(|(_, extension)| !extension.modules.is_empty()) {
                let message = format!("the modules of extension `{name}` need `kernel.vmlinux`");
                let help = "their certificate is put into it: name the output that holds vmlinux";
                scope.report("kernel", Invalid::new(Code::MissingKey, message).help(help));
            }
        }
        Some(Self {
            name: header.name,
            version: header.version,
            summary: header.summary,
            platform: header.platform,
            cmdline: header.cmdline,
            epoch: header.epoch,
            feeds: header.feeds,
            variant: header.variant,
            variants: variants.unwrap_or_default().into_iter().collect(),
            kernel: kernel?,
            stub: stub?,
            init: init?,
            root: root?,
            extensions: extensions.unwrap_or_default().into_iter().collect(),
            containers: containers.unwrap_or_default().into_iter().collect(),
            services: services?,
            values: values.unwrap_or_default().into_iter().collect(),
            erofs: erofs?,
            boot: boot?,
        })
    }
}

struct Header {
    name: ImageName,
    version: String,
    summary: Option<String>,
    platform: System,
    cmdline: String,
    epoch: Option<i64>,
    feeds: Vec<String>,
    variant: Option<VariantName>,
}

impl Header {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let name = scope.required("name", text(ImageName::parse));
        let version = scope.required("version", text(line));
        let summary = scope.optional("summary", text(line));
        let platform = scope.optional("platform", text(System::parse)).unwrap_or(System::X86_64Linux);
        let cmdline = scope.required("cmdline", text(line));
        let epoch = scope.optional("epoch", integer(0..=MAX_EPOCH));
        let feeds = scope.array_of("feeds", |found| OutputName::parse(found).map(|name| name.to_string()));
        let variant = scope.optional("variant", text(VariantName::parse));
        Some(Self {
            name: name?,
            version: version?,
            summary,
            platform,
            cmdline: cmdline?,
            epoch,
            feeds: feeds?,
            variant,
        })
    }
}

impl FileOf {
    fn read(scope: &Scope<'_, '_>, from: &'static str) -> Option<Self> {
        let from = scope.required(from, text(OutputRef::parse));
        let file = scope.required("file", text(tree_path));
        Some(Self { from: from?, file: file? })
    }
}

impl ErofsSettings {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let compressor = scope.optional("compressor", text(compressor));
        let number =
            |key| scope.optional(key, integer(0..=1 << 20)).and_then(|number| u32::try_from(number).ok());
        let level = number("level");
        let cluster = number("cluster");
        let fragments = scope.optional("fragments", boolean).unwrap_or(false);
        let dedupe = scope.optional("dedupe", boolean).unwrap_or(false);
        Some(Self { compressor: compressor.flatten(), level, cluster, fragments, dedupe })
    }
}

fn compressor(found: &str) -> Result<Option<String>, Invalid> {
    match found {
        "none" => Ok(None),
        "lz4" | "lz4hc" | "zstd" | "deflate" | "lzma" => Ok(Some(found.to_owned())),
        _ => Err(Invalid::new(Code::Choice, format!("{found:?} is no compressor of erofs"))
            .help("compressors: none, lz4, lz4hc, zstd, deflate, lzma")),
    }
}

impl BootSettings {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let number = |key, default, range| {
            let number = scope.optional(key, integer(range)).unwrap_or(default);
            u32::try_from(number).ok()
        };
        let memory = number("memory", 1024, 64..=1 << 20);
        let cpus = number("cpus", 1, 1..=256);
        let timeout = number("timeout", 120, 1..=86_400);
        let tools = scope.required("tools", text(SetName::parse));
        Some(Self { memory: memory?, cpus: cpus?, timeout: timeout?, tools: tools? })
    }
}

/// What templates can name without quoting.
fn value_name(found: &str) -> Result<String, Invalid> {
    let first = found.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    if first && found.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(found.to_owned());
    }
    Err(Invalid::new(Code::Name, format!("{found:?} is no name of a template value"))
        .help("use letters, digits and `_`, and begin with a letter"))
}

/// Floats and times are refused: how they are printed is nobody's promise.
fn json(value: &Value<'_, '_>) -> Option<Json> {
    match value.raw() {
        DeValue::String(_) => text(crate::read::any)(value).map(Json::from),
        DeValue::Integer(_) => integer(-(1 << 53) + 1..=(1 << 53) - 1)(value).map(Json::from),
        DeValue::Boolean(found) => Some(Json::from(*found)),
        DeValue::Array(_) => crate::read::list(json)(value).map(Json::from),
        DeValue::Table(_) => Some(
            value
                .map(value_name, |_, value| json(value))?
                .into_iter()
                .collect::<serde_json::Map<_, _>>()
                .into(),
        ),
        DeValue::Float(_) | DeValue::Datetime(_) => {
            value.wrong_type("a string, an integer, `true`, `false`, an array or a table");
            None
        }
    }
}
