// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading go.sum (all of it) and go.mod (`require` and `replace`).
//!
//! go.sum names more than a build needs; zips are taken for what go.mod requires after replacement, which since
//! Go 1.17 is every module that the build can touch. A go.mod hash is taken wherever there is one: the
//! module graph is loaded from them.

use std::collections::{BTreeMap, BTreeSet};

use super::{GoFile, GoFileKind, Hash1, ModuleVersion};
use crate::FetchError;

/// The pinned files of one version of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoModule {
    /// Which one.
    pub module: ModuleVersion,
    /// The hash of its go.mod.
    pub go_mod: Option<Hash1>,
    /// The hash of its zip, where a build needs the zip.
    pub zip: Option<Hash1>,
}

/// All pinned files, sorted by module and version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoModules(Vec<GoModule>);

impl GoModules {
    /// Reads the texts of a go.sum and of its go.mod. `origins` are what errors call them.
    ///
    /// # Errors
    /// [`FetchError::GoFile`] with the line.
    pub fn parse(go_sum: &str, go_mod: &str, origins: (&str, &str)) -> Result<Self, FetchError> {
        let required = required(go_mod, origins.1)?;
        let mut modules: BTreeMap<ModuleVersion, GoModule> = BTreeMap::new();
        for (index, line) in go_sum.lines().enumerate() {
            let fail =
                |problem| FetchError::GoFile { origin: origins.0.to_owned(), line: index + 1, problem };
            let words: Vec<&str> = line.split_whitespace().collect();
            let &[path, version, hash] = words.as_slice() else {
                if words.is_empty() {
                    continue;
                }
                return Err(fail("a line has a module, a version and a hash".to_owned()));
            };
            let hash: Hash1 = hash.parse().map_err(fail)?;
            let (version, of_go_mod) = match version.strip_suffix("/go.mod") {
                Some(version) => (version, true),
                None => (version, false),
            };
            let module = ModuleVersion::parse(path, version).map_err(fail)?;
            if !of_go_mod && !required.contains(&module) {
                continue;
            }
            let entry = modules.entry(module.clone()).or_insert(GoModule { module, go_mod: None, zip: None });
            let place = if of_go_mod { &mut entry.go_mod } else { &mut entry.zip };
            if place.as_ref().is_some_and(|known| *known != hash) {
                return Err(fail("another hash than an earlier line for the same file".to_owned()));
            }
            *place = Some(hash);
        }
        Ok(Self(modules.into_values().collect()))
    }

    /// The modules.
    #[must_use]
    pub fn modules(&self) -> &[GoModule] {
        &self.0
    }

    /// The pinned files, in the same order.
    pub fn files(&self) -> impl Iterator<Item = GoFile> + '_ {
        self.0.iter().flat_map(|GoModule { module, go_mod, zip }| {
            [(GoFileKind::Mod, go_mod), (GoFileKind::Zip, zip)]
                .into_iter()
                .filter_map(|(kind, hash)| Some(GoFile { module: module.clone(), kind, hash: hash.clone()? }))
        })
    }
}

/// Directives of a go.mod that name no module to be had (module reference, "go.mod files").
const OTHER_VERBS: [&str; 8] =
    ["exclude", "go", "godebug", "ignore", "module", "retract", "tool", "toolchain"];

/// The modules that a go.mod requires, with replacements by other modules applied and those by folders left out.
fn required(text: &str, origin: &str) -> Result<BTreeSet<ModuleVersion>, FetchError> {
    let mut required = BTreeSet::new();
    // Replacements by path, and by path and version; nothing stands for a folder of the checkout.
    let mut replaced: BTreeMap<(String, Option<String>), Option<ModuleVersion>> = BTreeMap::new();
    let mut block: Option<String> = None;
    for (index, line) in text.lines().enumerate() {
        let fail = |problem| FetchError::GoFile { origin: origin.to_owned(), line: index + 1, problem };
        let code = line.split("//").next().unwrap_or_default();
        let words: Vec<&str> =
            code.split_whitespace().map(|word| word.trim_matches(|c| c == '"' || c == '`')).collect();
        let (verb, rest) = match (&block, words.as_slice()) {
            (_, []) => continue,
            (Some(_), [")"]) => {
                block = None;
                continue;
            }
            (None, [verb, "("]) => {
                block = Some((*verb).to_owned());
                continue;
            }
            // The end of the outer one is missing, or go would refuse the file: either way what follows may be requirements.
            (Some(outer), [.., "("]) => {
                return Err(fail(format!("{} lies in the block of {outer}", code.trim())));
            }
            (Some(verb), rest) => (verb.as_str(), rest),
            (None, [verb, rest @ ..]) => (*verb, rest),
        };
        match (verb, rest) {
            ("require", [path, version]) => {
                required.insert(ModuleVersion::parse(path, version).map_err(fail)?);
            }
            ("replace", [old, version @ .., "=>", new, by]) if version.len() <= 1 => {
                let module = ModuleVersion::parse(new, by).map_err(fail)?;
                replaced.insert(key(old, version), Some(module));
            }
            ("replace", [old, version @ .., "=>", folder]) if version.len() <= 1 => {
                if !folder.starts_with(['.', '/']) {
                    return Err(fail(format!("{folder:?} is neither a folder nor a module with a version")));
                }
                replaced.insert(key(old, version), None);
            }
            ("require" | "replace", _) => return Err(fail(format!("{} is no {verb}", code.trim()))),
            (verb, _) if OTHER_VERBS.contains(&verb) => {}
            // What is passed over could be a requirement: go also reads `require(`, which nobody writes.
            (verb, _) => return Err(fail(format!("{verb:?} is no directive"))),
        }
    }
    if let Some(verb) = block {
        let line = text.lines().count();
        let problem = format!("the block of {verb} has no end");
        return Err(FetchError::GoFile { origin: origin.to_owned(), line, problem });
    }
    let resolve = |module: ModuleVersion| {
        let path = module.path().to_owned();
        let exact = replaced.get(&(path.clone(), Some(module.version().to_owned())));
        match exact.or_else(|| replaced.get(&(path, None))) {
            Some(replacement) => replacement.clone(),
            None => Some(module),
        }
    };
    Ok(required.into_iter().filter_map(resolve).collect())
}

fn key(path: &str, version: &[&str]) -> (String, Option<String>) {
    (path.to_owned(), version.first().map(|version| (*version).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const H: &str = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    fn shown(go_sum: &str, go_mod: &str) -> Result<Vec<String>, String> {
        let modules =
            GoModules::parse(go_sum, go_mod, ("go.sum", "go.mod")).map_err(|error| error.to_string())?;
        let show = |module: &GoModule| {
            let go_mod = module.go_mod.as_ref().map_or("", |_| " mod");
            let zip = module.zip.as_ref().map_or("", |_| " zip");
            format!("{}{go_mod}{zip}", module.module)
        };
        Ok(modules.modules().iter().map(show).collect())
    }

    #[test]
    fn zips_are_taken_for_what_is_required_after_replacement() {
        let go_mod = "module m.example/x // mine\ngo 1.26\nrequire a.example/a v1.0.0\nrequire (\n\tb.example/b v1.0.0 // indirect\n\t\"c.example/c\" v1.0.0\n\td.example/d v1.0.0\n)\nreplace (\n b.example/b => r.example/b v1.5.0\n c.example/c v1.0.0 => ./local\n d.example/d v0.9.0 => e.example/e v1.0.0\n)\nexclude a.example/a v0.1.0\n";
        let go_sum = ["a.example/a", "b.example/b", "c.example/c", "d.example/d"]
            .map(|path| format!("{path} v1.0.0 {H}\n{path} v1.0.0/go.mod {H}\n"))
            .concat()
            + &format!("r.example/b v1.5.0 {H}\nr.example/b v1.5.0/go.mod {H}\n");
        assert_eq!(
            shown(&go_sum, go_mod).unwrap(),
            [
                "a.example/a@v1.0.0 mod zip",
                "b.example/b@v1.0.0 mod",
                "c.example/c@v1.0.0 mod",
                "d.example/d@v1.0.0 mod zip",
                "r.example/b@v1.5.0 mod zip",
            ]
        );
    }

    #[test]
    fn two_hashes_for_one_file_are_refused() {
        let other = H.replace("47D", "57D");
        let error = shown(&format!("a.example/a v1.0.0/go.mod {H}\na.example/a v1.0.0/go.mod {other}\n"), "")
            .unwrap_err();
        assert!(error.contains("line 2"), "{error}");
        assert!(
            shown(&format!("a.example/a v1.0.0/go.mod {H}\na.example/a v1.0.0/go.mod {H}\n"), "").is_ok()
        );
    }

    #[test]
    fn malformed_lines_are_errors_with_their_line() {
        for (go_sum, go_mod) in [
            ("a.example/a v1.0.0\n", ""),
            ("a.example/a v1.0.0 h9:xx\n", ""),
            ("../a v1.0.0 h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", ""),
            ("", "require a.example/a\n"),
            ("", "require a.example/a master\n"),
            ("", "replace a.example/a => b.example/b\n"),
            ("", "require(\na.example/a v1.0.0\n)\n"),
            ("", "/* require a.example/a v1.0.0 */\n"),
            ("", "require ("),
        ] {
            assert!(shown(go_sum, go_mod).unwrap_err().contains("line 1"), "{go_sum}{go_mod}");
        }
    }

    #[test]
    fn requirements_in_a_block_that_nobody_reads_are_refused() {
        let error = shown("", "exclude (\nrequire (\na.example/a v1.0.0\n)\n").unwrap_err();
        assert!(error.contains("line 2") && error.contains("lies in the block of exclude"), "{error}");
    }
}
