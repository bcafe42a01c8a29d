// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Sources whose licence texts change from one version to the next, in archives that the test packs.

use std::io::{Cursor, Read};

use ashlar_digest::Sha256;
use ashlar_recipe::SourceFile;

use super::super::places::Located;
use super::super::upstream::Found;
use super::*;

const MIT: &str = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation \
files (the \"Software\"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, \
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following \
conditions:\n\nThe above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.\n\n\
THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, \
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER \
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN \
THE SOFTWARE.\n";
const ISC: &str = "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that \
the above copyright notice and this permission notice appear in all copies.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\" AND THE AUTHOR DISCLAIMS ALL WARRANTIES \
WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, \
DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, \
NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.\n";
const APACHE: &str = include_str!("../../../../../LICENSE-APACHE");

/// Archives by their digests.
#[derive(Default)]
struct Archives(BTreeMap<String, Vec<u8>>);

impl Archives {
    fn add(&mut self, bytes: Vec<u8>) -> SourceDigest {
        let digest = SourceDigest::new(Sha256::of(&bytes));
        self.0.insert(digest.to_string(), bytes);
        digest
    }
}

impl Upstream for Archives {
    fn find(&self, _: &Located, _: &str) -> Result<Found, Failure> {
        unreachable!("the sources are there already")
    }

    fn open(&self, digest: SourceDigest) -> Result<Option<Box<dyn Read>>, Failure> {
        let bytes = self.0.get(&digest.to_string()).cloned();
        Ok(bytes.map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn Read>))
    }
}

/// An uncompressed archive (POSIX.1-2017, pax, "ustar Interchange Format"), with everything in `folder`.
fn packed(folder: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let inside: Vec<(String, &str)> =
        files.iter().map(|(path, text)| (format!("{folder}/{path}"), *text)).collect();
    packed_as_is(inside.iter().map(|(path, text)| (path.as_str(), *text)))
}

fn packed_as_is<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (path, text) in files {
        let mut header = [0; 512];
        let mut put = |at: usize, field: &str| header[at..at + field.len()].copy_from_slice(field.as_bytes());
        put(0, path);
        put(100, "0000644\0");
        put(124, &format!("{:011o}\0", text.len()));
        put(136, "00000000000\0");
        put(148, "        ");
        put(156, "0");
        put(257, "ustar\u{0}00");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(text.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn recipe() -> Recipe {
    let text = "[recipe]\nname = \"it\"\nversion = \"1\"\nsummary = \"A test\"\nlicense = \"MIT\"\nhomepage = \"https://example.org/\"\n\
                supplier = \"Organization: Example\"\npurl = \"pkg:generic/it@1\"\n\
                [[source]]\nname = \"it\"\nurl = \"https://example.org/it-1.tar\"\n\
                sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"\n\
                [build]\n[[build.step]]\ninstall = { in = \"it\", files = [\"doc/terms.txt\"], to = \"usr/share/licenses/it\" }\n\
                [[output]]\nname = \"out\"\npaths = [\"**\"]\n";
    Recipe::parse(SourceFile::new("recipes/it/recipe.toml", text.to_owned()))
        .unwrap_or_else(|faults| panic!("{faults}"))
}

/// What a bump from one archive to the other says of licences; nothing where it passes.
fn judged(before: &[(&str, &str)], after: &[(&str, &str)]) -> String {
    judged_archives(packed("it-1", before), packed("it-2", after))
}

fn judged_archives(before: Vec<u8>, after: Vec<u8>) -> String {
    let recipe = recipe();
    let changed = compared(before, after).unwrap();
    refuse(&recipe, "2", &changed).err().map_or_else(String::new, |failure| {
        assert!(failure.help().is_some_and(|help| help.contains("--accept-licences")));
        failure.to_string()
    })
}

fn compared(before: Vec<u8>, after: Vec<u8>) -> Result<Vec<Changed>, Failure> {
    let mut archives = Archives::default();
    let (old, new) = (archives.add(before), archives.add(after));
    changes(&recipe(), &[Replaced { source: "it".to_owned(), old, new }], &archives)
}

fn of(year: &str, text: &str) -> String {
    format!("Copyright (c) {year} A. Holder\n\n{text}")
}

#[test]
fn a_licence_that_becomes_another_is_refused_with_both() {
    let (before, after) = (of("2020", MIT), of("2020", ISC));
    let found = judged(&[("COPYING", &before), ("a.c", "1")], &[("COPYING", &after), ("a.c", "2")]);
    assert_eq!(
        found,
        "move it to 2: its licence texts are not the same:\n  source it: COPYING was like MIT, and is like ISC now"
    );
    let found = judged(&[("COPYING", &before)], &[("COPYING", APACHE)]);
    assert!(found.contains("COPYING was like MIT, and is like Apache-2.0 now"), "{found}");
}

#[test]
fn years_holders_and_line_breaks_may_move() {
    let after = of("2020-2026", &MIT.replace(", to any", ",\n    to any")) + "Copyright 2026 B. Holder\n";
    assert_eq!(judged(&[("COPYING", &of("2020", MIT))], &[("COPYING", &after)]), "");
}

#[test]
fn a_sentence_that_is_slipped_in_is_seen() {
    let after = of("2020", MIT) + "Users send a postcard.\n";
    let found = judged(&[("COPYING", &of("2020", MIT))], &[("COPYING", &after)]);
    assert!(found.contains("COPYING is like MIT as before, in other words"), "{found}");
    // Some sentences make another licence of the list.
    let after = of("2020", MIT) + "The Software shall be used for Good, not Evil.\n";
    let found = judged(&[("COPYING", &of("2020", MIT))], &[("COPYING", &after)]);
    assert!(found.contains("COPYING was like MIT, and is like JSON now"), "{found}");
}

#[test]
fn a_text_that_is_new_or_gone_is_seen_and_one_that_moved_is_not() {
    let text = of("2020", MIT);
    let found = judged(&[("COPYING", &text)], &[("COPYING", &text), ("lib/LICENSE.ISC", &of("2020", ISC))]);
    assert!(found.contains("source it: lib/LICENSE.ISC is new; it is like ISC"), "{found}");
    let found = judged(&[("COPYING", &text), ("NOTICE", "Ours.")], &[("COPYING", &text)]);
    assert!(found.contains("source it: NOTICE is gone; it was like no licence of the SPDX list"), "{found}");
    assert_eq!(judged(&[("COPYING", &text)], &[("LICENSES/MIT.txt", &text)]), "");
}

#[test]
fn what_the_recipe_installs_as_a_licence_text_is_one() {
    let found = judged(&[("doc/terms.txt", MIT)], &[("doc/terms.txt", ISC)]);
    assert!(found.contains("source it: doc/terms.txt was like MIT"), "{found}");
}

#[test]
fn texts_are_told_from_code_by_their_names() {
    let none = BTreeSet::new();
    for text in [
        "it-1/COPYING",
        "it-1/LICENSE.txt",
        "x/License",
        "x/copyright",
        "a/LICENSES/preferred/GPL-2.0",
        "NOTICE-2",
        "LICENSE_MIT",
        "LICENSE-MIT.txt",
        "x/COPYING3",
        "x/COPYINGv2",
        "x/COPYING3.LIB",
        "MIT-LICENSE",
        "x/mit-license.txt",
        "BSD_LICENCE",
    ] {
        assert!(is_text(text, &none), "{text}");
    }
    for other in [
        "it-1/license.c",
        "x/noticeboard",
        "x/licenser.txt",
        "a/licenses/check.py",
        "README",
        "x/terms.txt",
        "x/COPYINGvery",
        "x/copying3rd",
        "x/update-copyright",
        "x/mit-license.py",
    ] {
        assert!(!is_text(other, &none), "{other}");
    }
    let installed = BTreeSet::from(["terms.txt".to_owned()]);
    assert!(is_text("x/terms.txt", &installed) && !is_text("x/myterms.txt", &installed));
}

#[test]
fn folders_beside_each_other_are_not_taken_for_one() {
    let archive = |one: &str, other: &str| packed_as_is([("a/COPYING", one), ("b/COPYING", other)]);
    let found = judged_archives(archive(MIT, ISC), archive(APACHE, ISC));
    assert!(found.contains("source it: a/COPYING was like MIT, and is like Apache-2.0 now"), "{found}");
    assert!(!found.contains("b/COPYING"), "{found}");
    let beside = |text: &str| packed_as_is([("COPYING", text), ("lib/COPYING", ISC)]);
    let found = judged_archives(beside(MIT), beside(APACHE));
    assert!(found.contains("source it: COPYING was like MIT"), "{found}");
}

#[test]
fn a_text_of_claims_alone_is_not_like_every_other_of_them() {
    let claim = |holder: &str| format!("Copyright (c) 2020 {holder}\n");
    let found = judged(&[("COPYRIGHT", &claim("A. Holder"))], &[("COPYRIGHT", &claim("B. Holder"))]);
    assert!(found.contains("source it: COPYRIGHT"), "{found}");
    assert_eq!(judged(&[("COPYRIGHT", &claim("A"))], &[("COPYRIGHT", &claim("A")), ("a.c", "")]), "");
}

#[test]
fn what_could_not_be_compared_is_no_agreement() {
    let mut archives = Archives::default();
    let new = archives.add(packed("it-2", &[("COPYING", MIT)]));
    let gone = SourceDigest::new(Sha256::of(b"gone"));
    let failure =
        changes(&recipe(), &[Replaced { source: "it".to_owned(), old: gone, new }], &archives).unwrap_err();
    assert!(failure.to_string().contains("is not in the store"), "{failure}");
    assert!(failure.help().is_some_and(|help| help.contains("ashlar fetch it")));
    let good = packed("it-1", &[("COPYING", MIT)]);
    let mut damaged = good.clone();
    damaged[130] = b'9';
    let large = "x".repeat((1 << 20) + 1);
    for (bytes, reason) in [
        (b"PK\x03\x04and so on".to_vec(), "archives of the format zip are not read"),
        (damaged, "a tar header is corrupt"),
        (good[..700].to_vec(), "it is truncated"),
        (packed("it-2", &[("COPYING", &large)]), "it has more than 1048576 bytes in a wanted member"),
    ] {
        let failure = compared(good.clone(), bytes).unwrap_err();
        assert!(
            failure.to_string().starts_with("compare the licence texts of source it of it: "),
            "{failure}"
        );
        assert!(failure.to_string().contains(reason), "{failure}");
        assert!(failure.help().is_some_and(|help| help.contains("--accept-licences")));
    }
}

#[test]
fn a_source_that_is_one_file_has_no_licence_texts() {
    assert_eq!(compared(b"one".to_vec(), b"two".to_vec()).unwrap(), []);
    // From an archive to a file, the texts are gone.
    let found = judged_archives(packed("it-1", &[("COPYING", MIT)]), b"one".to_vec());
    assert!(found.contains("source it: COPYING is gone; it was like MIT"), "{found}");
}
