// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A recipe: how to build one thing, and what it is.
//! Syntax: docs/recipe-format.md.

use std::collections::BTreeMap;

use crate::build::Build;
use crate::code::Code;
use crate::cpe::Cpe;
use crate::diagnostic::Diagnostics;
use crate::error::Invalid;
use crate::file::SourceFile;
use crate::license::License;
use crate::location::Url;
use crate::name::{OutputName, RecipeName, SourceName, VariantName};
use crate::output::Output;
use crate::purl::Purl;
use crate::read::{Parsed, Scope, integer, line, list, parse_document, table, text};
use crate::seeds::package;
use crate::source::Source;
use crate::step::Step;
use crate::suggest::did_you_mean;
use crate::variant::Variant;

/// The last second of the year 9999: what date formats of four digits can show.
pub(crate) const MAX_EPOCH: i64 = 253_402_300_799;

/// One `recipe.toml`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Its name, also that of its folder.
    pub name: RecipeName,
    /// The upstream version.
    pub version: String,
    /// What it is, in one line.
    pub summary: String,
    /// Its licence.
    pub license: License,
    /// Where its home is.
    pub homepage: Url,
    /// Who supplies it (SPDX 2.3 §7.5: `Organization: …` or `Person: …`).
    pub supplier: String,
    /// How vulnerability databases call it; absent where they do not know it.
    pub cpe: Option<Cpe>,
    /// How SBOM and VEX call it.
    pub purl: Purl,
    /// The source epoch in seconds since 1970, for recipes whose sources have no dates of their own.
    pub epoch: Option<i64>,
    /// The package of its seed sets that has its source, where that is no source of its own.
    pub seed_package: Option<String>,
    /// Its sources.
    pub sources: Vec<Source>,
    /// How it is built.
    pub build: Build,
    /// What comes out, in the order in which files are shared out.
    pub outputs: Vec<Output>,
    /// Other ways to build it.
    pub variants: BTreeMap<VariantName, Variant>,
}

impl Recipe {
    /// Checks the text of one recipe, without looking at what it refers to.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(file: SourceFile) -> Result<Self, Diagnostics> {
        Self::parse_document(file).map(|parsed| parsed.value)
    }

    pub(crate) fn parse_document(file: SourceFile) -> Result<Parsed<Self>, Diagnostics> {
        parse_document(file, Self::read)
    }

    /// The output called `name`.
    #[must_use]
    pub fn output(&self, name: &OutputName) -> Option<&Output> {
        self.outputs.iter().find(|output| output.name == *name)
    }

    /// The source called `name`.
    #[must_use]
    pub fn source(&self, name: &SourceName) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == *name)
    }

    /// The recipe as the variant `name` builds it; `None` if it has no such variant.
    #[must_use]
    pub fn with_variant(&self, name: &VariantName) -> Option<Self> {
        let variant = self.variants.get(name)?;
        Some(Self { build: self.build.with(&variant.change), ..self.clone() })
    }

    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let header = scope.required("recipe", table(Header::read));
        let sources = scope.array("source", table(Source::read));
        let build = scope.required("build", table(Build::read));
        let outputs = scope.required("output", list(table(Output::read)));
        let variants: BTreeMap<VariantName, Variant> = scope
            .optional("variant", |value| {
                value.map(VariantName::parse, |name, value| value.table(|scope| Variant::read(name, scope)))
            })
            .unwrap_or_default()
            .into_iter()
            .collect();
        // Each check runs on whatever could be read, so that one fault does not hide another.
        if let Some(sources) = &sources {
            report_repeated(scope, "source", sources.iter().map(|source| source.name.as_str()));
            if let Some(build) = &build {
                check_step_sources(scope, sources, "build.step", &build.steps);
            }
            for variant in variants.values() {
                if let Some(steps) = &variant.change.steps {
                    check_step_sources(scope, sources, &format!("variant.{}.step", variant.name), steps);
                }
            }
        }
        if let Some(outputs) = &outputs {
            report_repeated(scope, "output", outputs.iter().map(|output| output.name.as_str()));
            check_output_order(scope, outputs);
        }
        let header = header?;
        Some(Self {
            name: header.name,
            version: header.version,
            summary: header.summary,
            license: header.license,
            homepage: header.homepage,
            supplier: header.supplier,
            cpe: header.cpe,
            purl: header.purl,
            epoch: header.epoch,
            seed_package: header.seed_package,
            sources: sources?,
            build: build?,
            outputs: outputs?,
            variants,
        })
    }
}

/// Every source that a step names is one of the recipe's, and what a step applies says what it is for.
fn check_step_sources(scope: &Scope<'_, '_>, sources: &[Source], path: &str, steps: &[Step]) {
    for (index, step) in steps.iter().enumerate() {
        for (key, name) in step.sources() {
            if let Some(source) = sources.iter().find(|source| source.name.as_str() == name) {
                if key.starts_with("patch.sources") && source.patches.is_empty() {
                    let message = format!("`{name}` does not say what its patches are for");
                    let help =
                        "add to that source a [[source.patch]] with `file`, `fixes` and `upstream` for each";
                    scope.report(
                        &format!("{path}[{index}].{key}"),
                        Invalid::new(Code::Patch, message).help(help),
                    );
                }
                continue;
            }
            let names = sources.iter().map(|source| source.name.as_str());
            let invalid = Invalid::new(Code::UnknownSource, format!("there is no source `{name}`"))
                .help(did_you_mean(name, "sources of this recipe", names));
            scope.report(&format!("{path}[{index}].{key}"), invalid);
        }
    }
}

fn check_output_order(scope: &Scope<'_, '_>, outputs: &[Output]) {
    if outputs.is_empty() {
        scope.report("output", Invalid::new(Code::OutOfRange, "a recipe without an output makes nothing"));
    }
    let Some(last) = outputs.iter().position(Output::takes_everything) else { return };
    if let Some(unreachable) = outputs.get(last + 1) {
        let message = format!("nothing is left for the output `{}`", unreachable.name);
        let help =
            format!("the output `{}` before it takes `**`; move that one to the end", outputs[last].name);
        scope.report(
            &format!("output[{}].name", last + 1),
            Invalid::new(Code::OutputOrder, message).help(help),
        );
    }
}

/// Reports every name of an array of tables that stands there twice.
pub(crate) fn report_repeated<'n>(scope: &Scope<'_, '_>, table: &str, names: impl Iterator<Item = &'n str>) {
    let mut first = BTreeMap::new();
    for (index, name) in names.enumerate() {
        if let Some(earlier) = first.insert(name.to_owned(), index) {
            first.insert(name.to_owned(), earlier);
            let later = format!("{table}[{index}].name");
            let earlier = format!("{table}[{earlier}].name");
            scope.report_duplicate(&format!("the {table} `{name}`"), &later, &earlier);
        }
    }
}

struct Header {
    name: RecipeName,
    version: String,
    summary: String,
    license: License,
    homepage: Url,
    supplier: String,
    cpe: Option<Cpe>,
    purl: Purl,
    epoch: Option<i64>,
    seed_package: Option<String>,
}

impl Header {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let name = scope.required("name", text(RecipeName::parse));
        let version = scope.required("version", text(version));
        let summary = scope.required("summary", text(line));
        let license = scope.required("license", text(License::parse));
        let homepage = scope.required("homepage", text(Url::parse));
        let supplier = scope.required("supplier", text(supplier));
        let cpe = scope.optional("cpe", text(Cpe::parse));
        let purl = scope.required("purl", text(Purl::parse));
        let epoch = scope.optional("epoch", integer(0..=MAX_EPOCH));
        let seed_package = scope.optional("seed-package", text(package));
        if let Some(version) = &version {
            check_version(scope, "purl", version, purl.as_ref().and_then(Purl::version));
            check_version(scope, "cpe", version, cpe.as_ref().and_then(Cpe::version).as_deref());
        }
        Some(Self {
            name: name?,
            version: version?,
            summary: summary?,
            license: license?,
            homepage: homepage?,
            supplier: supplier?,
            cpe,
            purl: purl?,
            epoch,
            seed_package,
        })
    }
}

/// A forgotten cpe or purl would let scanners judge another version than the one that ships.
fn check_version(scope: &Scope<'_, '_>, key: &str, version: &str, stated: Option<&str>) {
    if let Some(stated) = stated
        && stated != version
    {
        let message = format!("the {key} says version {stated}, the recipe says {version}");
        scope
            .report(key, Invalid::new(Code::VersionMismatch, message).help(format!("write {version} there")));
    }
}

fn version(found: &str) -> Result<String, Invalid> {
    if found.is_empty() || found.chars().any(|c| !c.is_ascii_alphanumeric() && !".+~_-".contains(c)) {
        return Err(Invalid::new(Code::OutOfRange, format!("{found:?} is no version"))
            .help("use letters, digits, `.`, `+`, `~`, `_` and `-`"));
    }
    Ok(found.to_owned())
}

/// SPDX 2.3 §7.5.
pub(crate) fn supplier(found: &str) -> Result<String, Invalid> {
    let name = found.strip_prefix("Organization: ").or_else(|| found.strip_prefix("Person: "));
    if name.is_some_and(|name| !name.trim().is_empty()) {
        return line(found);
    }
    Err(Invalid::new(Code::Choice, format!("{found:?} is no supplier"))
        .help("write \"Organization: <name>\" or \"Person: <name> (<mail>)\", as SPDX wants it"))
}
