// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Recipes that are moved to another version, with an upstream that the test plays.

use std::cell::RefCell;

use ashlar_digest::{Sha256, SourceDigest};
use ashlar_recipe::{ProjectFiles, RecipeName, RecipeSet};

use super::upstream::Found;
use super::*;

/// Has everything, and remembers what was asked for.
#[derive(Default)]
struct Everything {
    asked: RefCell<Vec<Located>>,
}

impl Upstream for Everything {
    fn find(&self, located: &Located, version: &str) -> Result<Found, Failure> {
        self.asked.borrow_mut().push(located.clone());
        let digest = SourceDigest::new(Sha256::of(version.as_bytes()));
        let texts = match located {
            Located::Urls(urls) => urls.clone(),
            Located::Debian { file, old } => vec![
                ("debian.version".into(), file.version.clone(), format!("{version}-1")),
                ("debian.file".into(), file.file.clone(), substituted(&file.file, old, version).unwrap()),
            ],
        };
        Ok(Found { digest, texts, note: None })
    }

    fn open(&self, _: SourceDigest) -> Result<Option<Box<dyn std::io::Read>>, Failure> {
        Ok(None)
    }
}

const HEAD: &str = "# About it.\n[recipe]\nname = \"it\"\nversion = '1.2.5'   # keep me\nsummary = \"A test\"\nlicense = \"MIT\"\n\
homepage = \"https://example.org/\"\nsupplier = \"Organization: Example\"\ncpe = \"cpe:2.3:a:it:it:1.2.5:*:*:*:*:*:*:*\"\npurl = \"pkg:generic/it@1.2.5\"\n";
const TAIL: &str =
    "[build]\n[[build.step]]\nrun = 'test 1.2.5 = 1.2.5'\n[[output]]\nname = \"out\"\npaths = [\"**\"]\n";

fn recipes(sources: &str) -> RecipeSet {
    let mut files = ProjectFiles::default();
    let project = "[project]\nname = \"example\"\nsupplier = \"Organization: Example\"\nepoch = 7\n";
    files.texts.insert("ashlar.toml".into(), project.into());
    files.texts.insert("recipes/it/recipe.toml".into(), format!("{HEAD}{sources}{TAIL}"));
    RecipeSet::parse(&files).unwrap_or_else(|faults| panic!("{faults}"))
}

fn bumped(sources: &str, version: &str) -> Result<(String, Vec<String>, Vec<Located>), Failure> {
    let recipes = recipes(sources);
    let name = RecipeName::parse("it").unwrap();
    let document = recipes.recipe_document(&name).unwrap();
    let upstream = Everything::default();
    let bump = Bump::of(recipes.recipe(&name).unwrap(), document, version, &upstream)?;
    let file = bump.rewritten(document)?;
    Recipe::parse(file.clone()).unwrap_or_else(|faults| panic!("{faults}\n{}", file.text()));
    Ok((file.text().to_owned(), bump.notes, upstream.asked.into_inner()))
}

fn digest(of: &str) -> String {
    Sha256::of(of.as_bytes()).to_string()
}

#[test]
fn everything_that_names_the_version_moves_and_nothing_else() {
    let source = |version: &str, digest: &str| {
        format!(
            "[[source]]  # upstream\nname = \"it\"\nurl = \"https://example.org/{version}/it-{version}.tgz\"\nmirrors = [\n  \"https://m.example/it-{version}.tgz\", # near\n]\nsha256 = \"{digest}\"\n"
        )
    };
    let (text, notes, _) = bumped(&source("1.2.5", &"0".repeat(64)), "1.3.0").unwrap();
    let head = HEAD.replace("1.2.5", "1.3.0");
    assert_eq!(text, format!("{head}{}{TAIL}", source("1.3.0", &digest("1.3.0"))));
    assert_eq!(notes, ["recipes/it/recipe.toml:20 says 1.2.5 still: run = 'test 1.2.5 = 1.2.5'"]);
}

#[test]
fn a_file_of_a_debian_source_package_moves_with_its_debian_version() {
    let source = "[[source]]\nname = \"it\"\ndebian = { package = \"it\", version = \"1.2.5-3\", file = \"it_1.2.5.orig.tar.xz\" }\nsha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"\n";
    let (text, _, asked) = bumped(source, "1.3").unwrap();
    assert!(
        text.contains("debian = { package = \"it\", version = \"1.3-1\", file = \"it_1.3.orig.tar.xz\" }\n"),
        "{text}"
    );
    assert!(matches!(&asked[..], [Located::Debian { old, .. }] if old == "1.2.5"), "{asked:?}");
}

#[test]
fn a_place_without_the_version_is_refused_and_nothing_is_asked() {
    let source = "[[source]]\nname = \"it\"\nurl = \"https://example.org/latest.tgz\"\nsha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"\n";
    let failure = bumped(source, "1.3").unwrap_err();
    let text = failure.to_string();
    assert_eq!(
        text,
        "find the version 1.2.5 in where the sources of it are:\n  source it: https://example.org/latest.tgz"
    );
    assert!(failure.help().unwrap().contains("by hand"));
    // Beside one that moves, it stays, and that is told.
    let other = source.replace("name = \"it\"", "name = \"other\"").replace("latest.tgz", "it-1.2.5.tgz");
    let (text, notes, _) = bumped(&format!("{source}{other}"), "1.3").unwrap();
    assert!(text.contains("latest.tgz") && text.contains("it-1.3.tgz"), "{text}");
    assert!(notes[0].contains("latest.tgz does not name the version"), "{notes:?}");
}

#[test]
fn a_signature_moves_with_what_it_signs() {
    let source = "[[source]]\nname = \"it\"\nurl = \"https://example.org/it-1.2.5.tgz\"\nsha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"\n[source.openpgp]\nfingerprint = \"04B54C3CDCA79751B16BC6B5225629DF75B188BD\"\nkeyring = \"keys.asc\"\nsignature = { url = \"https://example.org/it-1.2.5.tgz.asc\", sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\" }\n";
    let (text, notes, _) = bumped(source, "1.3").unwrap();
    let expected = format!(
        "signature = {{ url = \"https://example.org/it-1.3.tgz.asc\", sha256 = \"{}\" }}\n",
        digest("1.3")
    );
    assert!(text.contains(&expected), "{text}");
    assert!(notes[0].contains("judged by `ashlar lock`"), "{notes:?}");
}

#[test]
fn modules_of_a_language_are_left_to_the_tool_of_the_language() {
    let sources = "[[source]]\nname = \"m\"\ngo = { sum = \"it/go.sum\", mod = \"it/go.mod\" }\n[[source]]\nname = \"c\"\ncrates = { lock = \"Cargo.lock\", package = \"it\" }\n";
    let (text, notes, asked) = bumped(sources, "1.3").unwrap();
    assert!(text.contains("version = '1.3'   # keep me\n"), "{text}");
    assert!(notes[0].starts_with("modules: run `go get MODULE@v1.3` and `go mod tidy` in it;"), "{notes:?}");
    assert!(notes[1].contains("`cargo update`"), "{notes:?}");
    assert_eq!(asked, []);
}

#[test]
fn the_same_version_changes_nothing() {
    let source = "[[source]]\nname = \"files\"\npath = \"files\"\n";
    let (text, notes, _) = bumped(source, "1.2.5").unwrap();
    assert_eq!((text, notes), (format!("{HEAD}{source}{TAIL}"), Vec::new()));
}

mod archive {
    //! Which file of which version of a Debian source package is meant.

    use ashlar_lock::{Candidate, CandidateFile};
    use ashlar_recipe::DebianFile;

    use super::{Sha256, SourceDigest, debian_file};

    fn candidate(version: &str, files: &[&str]) -> Candidate {
        let upstream = version.split_once(':').map_or(version, |(_, rest)| rest);
        let upstream = upstream.rsplit_once('-').map_or(upstream, |(upstream, _)| upstream).to_owned();
        let file = |name: &&str| CandidateFile {
            name: (*name).to_owned(),
            digest: SourceDigest::new(Sha256::of(name.as_bytes())),
            size: 1,
            urls: Vec::new(),
        };
        Candidate {
            version: version.into(),
            upstream,
            suite: "trixie".into(),
            files: files.iter().map(file).collect(),
        }
    }

    fn found(
        candidates: &[Candidate],
        old: &str,
        version: &str,
        file: (&str, &str),
    ) -> Result<Vec<(String, String)>, String> {
        let file = DebianFile { package: "it".into(), version: file.0.into(), file: file.1.into() };
        debian_file(candidates, &file, old, version)
            .map(|found| {
                found.iter().map(|(candidate, file)| (candidate.version.clone(), file.name.clone())).collect()
            })
            .map_err(|failure| format!("{failure}; {}", failure.help().unwrap_or_default()))
    }

    #[test]
    fn the_newest_revision_of_the_version_is_taken() {
        let candidates = [
            candidate("2.0-1", &["it_2.0.orig.tar.xz"]),
            candidate("1.3-2", &["it_1.3.orig.tar.gz", "it_1.3-2.debian.tar.xz", "it_1.3-2.dsc"]),
            candidate("1.3-1", &["it_1.3.orig.tar.gz"]),
        ];
        let pair = |version: &str, name: &str| (version.to_owned(), name.to_owned());
        let expected = [pair("1.3-2", "it_1.3.orig.tar.gz"), pair("1.3-1", "it_1.3.orig.tar.gz")];
        assert_eq!(found(&candidates, "1.2", "1.3", ("1.2-1", "it_1.2.orig.tar.gz")).unwrap(), expected);
        // Upstream packs in another way now.
        let expected = [pair("2.0-1", "it_2.0.orig.tar.xz")];
        assert_eq!(found(&candidates, "1.2", "2.0", ("1.2-1", "it_1.2.orig.tar.gz")).unwrap(), expected);
    }

    #[test]
    fn what_debian_adds_to_a_version_is_no_part_of_it() {
        let candidates = [candidate("1:1.4+dfsg2-1", &["it_1.4+dfsg2.orig.tar.xz"])];
        let file = ("1:1.3+dfsg-1", "it_1.3+dfsg.orig.tar.xz");
        let expected = [("1:1.4+dfsg2-1".to_owned(), "it_1.4+dfsg2.orig.tar.xz".to_owned())];
        assert_eq!(found(&candidates, "1.3", "1.4", file).unwrap(), expected);
    }

    #[test]
    fn a_version_that_the_archive_lacks_is_answered_with_those_that_it_has() {
        let candidates = [candidate("2.0-1", &[]), candidate("1.3-1", &[])];
        let error = found(&candidates, "1.3", "1.9", ("1.3-1", "it_1.3.orig.tar.gz")).unwrap_err();
        assert_eq!(
            error,
            "find it 1.9 in the archive's signed indexes; it has 2.0-1, 1.3-1; name the part before the last hyphen, which is upstream's"
        );
        let error = found(&[], "1.3", "1.9", ("1.3-1", "it_1.3.orig.tar.gz")).unwrap_err();
        assert!(error.ends_with("it has no such source package"), "{error}");
        let error = found(&candidates, "1.3", "2.0", ("1.3-1", "it_1.3.orig.tar.gz")).unwrap_err();
        assert!(error.starts_with("find what stands for it_1.3.orig.tar.gz in it 2.0"), "{error}");
    }
}
