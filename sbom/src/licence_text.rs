// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which licences a text is the text of, by the texts of the SPDX list (crate `spdx`, module `detection`), and who claims copyright in it.
//!
//! Exceptions are found word for word. A text does not say whether `-only` or `-or-later` was meant, so licences are compared
//! by their families: `GPL-2.0`.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_recipe::License;
use serde::{Deserialize, Serialize};
use spdx::detection::{Store, TextData};
use spdx::text::EXCEPTION_TEXTS;

use crate::error::SbomError;

/// How like the published text one has to be, of 1: what the authors of the method call a sure match.
const CONFIDENCE: f32 = 0.9;
/// Texts of the list that are this much less like than the likest may be meant too: some differ in a sentence.
const TIE: f32 = 0.03;
/// The list has this licence with an appendix, which most sources leave away; without it another is more like the text.
const APACHE: (&str, &str) = ("Apache-2.0", include_str!("../../LICENSE-APACHE"));
/// What its appendix follows.
const END_OF_TERMS: &str = "END OF TERMS AND CONDITIONS";
/// Longest text that is looked at; the longest of the list has 150 kB.
const LONGEST: usize = 512 << 10;
/// Most licences that are looked for in one text.
const MOST_LICENCES: usize = 5;
/// Longest line that is a claim of copyright and nothing else, in bytes.
const LONGEST_CLAIM: usize = 200;
/// What many claims end with, and which grants and asks nothing.
const RESERVED: &str = "All rights reserved";
/// Most lines of copyright that are kept of one component.
const MOST_LINES: usize = 10;

/// The texts of the SPDX list, in the order of their names.
pub struct KnownTexts {
    store: Store,
    names: Vec<String>,
    exceptions: Vec<(&'static str, String)>,
    apache: TextData,
}

/// What one text, or several of one component, say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceText {
    /// For each licence that was found, the identifiers whose texts are equally like it, the likest first.
    pub licences: BTreeSet<Vec<String>>,
    /// The exceptions from them that it grants.
    #[serde(default)]
    pub exceptions: BTreeSet<String>,
    /// Lines that claim copyright, without repetition.
    pub copyright: Vec<String>,
}

impl KnownTexts {
    /// Loads the list that is built in.
    ///
    /// # Errors
    /// [`SbomError::KnownTexts`] if it cannot be read.
    pub fn load() -> Result<Self, SbomError> {
        let store =
            Store::load_inline().map_err(|cause| SbomError::KnownTexts { reason: cause.to_string() })?;
        // Some identifiers of the list are no longer to be used: `GPL-2.0+`.
        let is_usable = |name: &&String| License::parse(name).is_ok();
        let mut names: Vec<String> = store.licenses().filter(is_usable).cloned().collect();
        names.sort();
        let exceptions = EXCEPTION_TEXTS.iter().map(|(name, text)| (*name, words(text))).collect();
        let terms = APACHE.1.split(END_OF_TERMS).next().unwrap_or_default();
        Ok(Self { store, names, exceptions, apache: TextData::new(terms) })
    }

    /// What one text says. Bytes that are no UTF-8 are read as far as they are.
    #[must_use]
    pub fn look(&self, bytes: &[u8]) -> LicenceText {
        let text = String::from_utf8_lossy(bytes.get(..LONGEST).unwrap_or(bytes));
        let mut licences = BTreeSet::new();
        let mut rest = TextData::new(&text);
        for _ in 0..MOST_LICENCES {
            let scores = self.scores(&rest);
            let Some((_, known, score)) = scores.first() else { break };
            // A licence among other words is as like as the part of the text that is most like it.
            let (part, inner) = rest.optimize_bounds(known);
            if score.max(inner) < CONFIDENCE {
                break;
            }
            let part_scores = if inner > *score { self.scores(&part) } else { scores.clone() };
            let best = part_scores.first().map_or(*score, |(_, _, score)| *score);
            let like = part_scores.iter().take_while(|(_, _, score)| *score >= best - TIE);
            let mut names: Vec<String> = Vec::new();
            for (name, _, _) in like {
                if !names.iter().any(|there| there == name) {
                    names.push((*name).to_owned());
                }
            }
            licences.insert(names);
            rest = part.white_out();
        }
        LicenceText { licences, exceptions: self.exceptions(&text), copyright: copyright(&text) }
    }

    /// The exceptions whose texts stand in `text`, word for word.
    fn exceptions(&self, text: &str) -> BTreeSet<String> {
        let text = words(text);
        let standing = self.exceptions.iter().filter(|(_, known)| text.contains(known));
        standing.map(|(name, _)| (*name).to_owned()).collect()
    }

    /// How like `text` each licence is, the likest first, equal ones by their names.
    fn scores(&self, text: &TextData) -> Vec<(&str, &TextData, f32)> {
        let listed =
            self.names.iter().filter_map(|name| Some((name.as_str(), self.store.get_original(name)?)));
        let known = listed.chain([(APACHE.0, &self.apache)]);
        let mut scores: Vec<(&str, &TextData, f32)> =
            known.map(|(name, known)| (name, known, known.match_score(text))).collect();
        scores.sort_by(|(one, _, a), (other, _, b)| b.total_cmp(a).then_with(|| one.cmp(other)));
        scores
    }
}

impl std::fmt::Debug for KnownTexts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("KnownTexts").field(&self.names.len()).finish()
    }
}

impl LicenceText {
    /// What the licences that were found are usually called; one of the GNU licences without `-only` or `-or-later`, which
    /// no text says.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        self.licences.iter().filter_map(|names| name_of(names)).collect()
    }

    /// Adds what another text says.
    pub(crate) fn add(&mut self, other: &Self) {
        self.licences.extend(other.licences.iter().cloned());
        self.exceptions.extend(other.exceptions.iter().cloned());
        for line in &other.copyright {
            if !self.copyright.contains(line) && self.copyright.len() < MOST_LINES {
                self.copyright.push(line.clone());
            }
        }
    }

    /// The lines that claim copyright, as one text.
    pub(crate) fn copyright(&self) -> Option<String> {
        Some(self.copyright.join("\n")).filter(|text| !text.is_empty())
    }

    /// What the texts let one conclude of a component for which `declared` is stated: exactly that, where every licence and
    /// exception that was found is one of it; else all that was found, each licence by its declared identifier where it has
    /// one. `None` where nothing was found.
    pub(crate) fn concluded(&self, declared: Option<&License>) -> Option<License> {
        let words = declared.map(License::as_str).unwrap_or_default();
        let words = words.split([' ', '(', ')']).filter(|word| !matches!(*word, "" | "AND" | "OR" | "WITH"));
        let mut families: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for word in words {
            families.entry(family(word)).or_default().insert(word);
        }
        let declared_names = |names: &Vec<String>| names.iter().find_map(|name| families.get(family(name)));
        let has_exceptions = self.exceptions.iter().all(|name| families.contains_key(name.as_str()));
        match declared {
            _ if self.licences.is_empty() => None,
            Some(declared)
                if has_exceptions && self.licences.iter().all(|it| declared_names(it).is_some()) =>
            {
                Some(declared.clone())
            }
            _ => {
                let names = self.licences.iter().flat_map(|it| match declared_names(it) {
                    Some(names) => names.iter().copied().collect::<Vec<&str>>(),
                    None => name_of(it).into_iter().collect(),
                });
                let names: BTreeSet<&str> = names.collect();
                let mut names: Vec<&str> = names.into_iter().collect();
                let exceptions: Vec<&str> = self.exceptions.iter().map(String::as_str).collect();
                let with;
                match (&names[..], &exceptions[..]) {
                    (_, []) => {}
                    ([name], [exception]) => {
                        with = format!("{name} WITH {exception}");
                        names = vec![&with];
                    }
                    // To which of them they are exceptions no text says.
                    _ => return None,
                }
                License::parse(&names.join(" AND ")).ok()
            }
        }
    }
}

/// The words of a text, in small letters, with a blank before and behind each.
fn words(text: &str) -> String {
    let text = text.to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(" ".to_owned(), |all, word| all + word + " ")
}

/// What a licence is called whose text is that of several: the shortest identifier of those that begin as the likest does, which is the
/// usual one.
fn name_of(names: &[String]) -> Option<&str> {
    let stem = |name: &str| name.split('-').next().map(str::to_owned);
    let likest = stem(names.first()?);
    names
        .iter()
        .map(String::as_str)
        .filter(|name| stem(name) == likest)
        .min_by_key(|name| (name.len(), *name))
}

/// An identifier without what a text does not say.
fn family(identifier: &str) -> &str {
    let text = identifier.trim_end_matches('+');
    text.strip_suffix("-only").or_else(|| text.strip_suffix("-or-later")).unwrap_or(text)
}

/// What a text grants and asks: its words in their order, without the lines that claim copyright for a year and say nothing else.
/// Two texts with the same terms differ in years, holders and line breaks alone. A text without any other line has all of
/// its words as terms: two of that kind do not pass for the same.
#[must_use]
pub fn terms(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let terms = one_line(text.lines().filter(|line| !is_mere_claim(line)));
    if terms.is_empty() { one_line(text.lines()) } else { terms }
}

fn one_line<'t>(lines: impl Iterator<Item = &'t str>) -> String {
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// Whether a line claims copyright for a year and says nothing else. A sentence behind the claim, or a whole licence on one
/// line, is a part of the terms.
fn is_mere_claim(line: &str) -> bool {
    let Some(rest) = dated_claim(undecorated(line)) else { return false };
    let rest = rest.trim_end().trim_end_matches('.');
    let end = rest.len().checked_sub(RESERVED.len()).and_then(|at| rest.split_at_checked(at));
    let rest = end.filter(|(_, end)| end.eq_ignore_ascii_case(RESERVED)).map_or(rest, |(before, _)| before);
    line.len() <= LONGEST_CLAIM && !has_further_sentence(rest)
}

/// Whether a sentence begins in `text`: a capital behind a full stop that ends more than an initial, or anything behind a
/// semicolon.
fn has_further_sentence(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let begins = |pair: &[&str]| {
        let [before, after] = pair else { return false };
        let is_initial = before.chars().filter(|c| c.is_alphanumeric()).count() == 1;
        before.ends_with(';') || before.ends_with('.') && !is_initial && after.starts_with(char::is_uppercase)
    };
    words.windows(2).any(begins)
}

/// A line without the marks of a comment in front.
fn undecorated(line: &str) -> &str {
    line.trim().trim_start_matches(['*', '#', '/', ';', ' '])
}

/// What follows a claim of copyright in a line that begins with one and names a year.
fn dated_claim(line: &str) -> Option<&str> {
    let claims = ["Copyright (c)", "Copyright (C)", "Copyright ©", "Copyright", "©", "(c)", "(C)"];
    let rest = claims.iter().find_map(|claim| line.strip_prefix(claim))?;
    rest.split(|c: char| !c.is_ascii_digit()).any(|word| word.len() == 4).then_some(rest)
}

/// Lines that begin with a claim and name a year; those of forms to fill in, and of the licences' own authors, are none.
fn copyright(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines().map(undecorated) {
        let Some(rest) = dated_claim(line) else { continue };
        let is_form = rest.contains(['[', '<', '{']) && !rest.contains('@');
        let is_licence = rest.contains("Free Software Foundation");
        if !is_form && !is_licence && line.len() <= LONGEST_CLAIM && !found.iter().any(|there| there == line)
        {
            found.push(line.to_owned());
        }
    }
    found.truncate(MOST_LINES);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISC: &str = "ISC License\n\nCopyright (c) 2013-2016 Dave Collins <dave@davec.name>\n\n\
        Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, \
        provided that the above copyright notice and this permission notice appear in all copies.\n\n\
        THE SOFTWARE IS PROVIDED \"AS IS\" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL \
        IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, \
        INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN \
        ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF \
        THIS SOFTWARE.\n";

    fn license(text: &str) -> License {
        License::parse(text).unwrap()
    }

    fn found(names: &[&str]) -> LicenceText {
        LicenceText {
            licences: names.iter().map(|name| vec![(*name).to_owned()]).collect(),
            ..LicenceText::default()
        }
    }

    #[test]
    fn a_licence_is_known_by_its_text() {
        let known = KnownTexts::load().unwrap();
        let isc = known.look(ISC.as_bytes());
        assert_eq!(isc.concluded(None), Some(license("ISC")), "{isc:?}");
        assert_eq!(isc.copyright, ["Copyright (c) 2013-2016 Dave Collins <dave@davec.name>"]);
        let changed =
            ISC.replace("with or without fee", "with a fee of ten per cent of all that is earned by it");
        let changed =
            changed.replace("IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY", "THE AUTHOR IS LIABLE FOR");
        let changed = changed.split("WHETHER IN AN").next().unwrap();
        assert_eq!(known.look(changed.as_bytes()).concluded(None), None, "another licence passes for ISC");
        assert_eq!(known.look(b"\xff\x00 nothing").licences, BTreeSet::new());
    }

    #[test]
    fn apache_is_known_without_its_appendix() {
        let known = KnownTexts::load().unwrap();
        let terms = APACHE.1.split(END_OF_TERMS).next().unwrap();
        assert!(terms.len() + 500 < APACHE.1.len(), "there is no appendix to leave away");
        for text in [APACHE.1, terms] {
            assert_eq!(known.look(text.as_bytes()).concluded(None), Some(license("Apache-2.0")));
        }
    }

    #[test]
    fn texts_bear_a_declaration_out_or_contradict_it() {
        let declared = license("GPL-2.0-or-later AND LGPL-2.1-or-later");
        assert_eq!(found(&["GPL-2.0-only"]).concluded(Some(&declared)), Some(declared.clone()));
        let both = license("Apache-2.0 OR MIT");
        assert_eq!(found(&["Apache-2.0", "MIT"]).concluded(Some(&both)), Some(both.clone()));
        assert_eq!(
            found(&["BSD-3-Clause", "MIT"]).concluded(Some(&declared)),
            Some(license("BSD-3-Clause AND MIT"))
        );
        assert_eq!(found(&["ISC"]).concluded(None), Some(license("ISC")));
        assert_eq!(found(&[]).concluded(Some(&declared)), None, "without a text nothing is concluded");
        let alike = LicenceText {
            licences: [vec!["Pixar".to_owned(), "Apache-2.0".to_owned()]].into(),
            ..found(&[])
        };
        assert_eq!(alike.concluded(Some(&both)), Some(both), "one of two that are alike is the declared one");
        let alike = |names: &[&str]| LicenceText {
            licences: [names.iter().map(|name| (*name).to_owned()).collect()].into(),
            ..found(&[])
        };
        assert_eq!(alike(&["Apache-2.0", "Pixar"]).concluded(None), Some(license("Apache-2.0")));
        assert_eq!(
            alike(&["BSD-3-Clause-HP", "MIT", "BSD-3-Clause"]).concluded(None),
            Some(license("BSD-3-Clause"))
        );
    }

    #[test]
    fn an_exception_is_found_with_its_licence_and_only_where_it_stands() {
        let known = KnownTexts::load().unwrap();
        let (_, exception) = EXCEPTION_TEXTS.iter().find(|(name, _)| *name == "LLVM-exception").unwrap();
        let declared = license("Apache-2.0 WITH LLVM-exception");
        let whole = known.look(format!("{}\n{exception}", APACHE.1).as_bytes());
        assert_eq!(whole.exceptions, ["LLVM-exception".to_owned()].into(), "{whole:?}");
        assert_eq!(whole.concluded(None), Some(declared.clone()));
        assert_eq!(whole.concluded(Some(&declared)), Some(declared));
        assert_eq!(
            whole.concluded(Some(&license("Apache-2.0"))),
            Some(license("Apache-2.0 WITH LLVM-exception"))
        );
        let other = known.look(format!("{}\nThere is no exception to this.", APACHE.1).as_bytes());
        assert_eq!(other.exceptions, BTreeSet::new());
    }

    #[test]
    fn no_identifier_that_is_out_of_use_is_given() {
        let known = KnownTexts::load().unwrap();
        assert!(known.names.iter().any(|name| name == "GPL-2.0-or-later"));
        assert!(known.names.iter().all(|name| name != "GPL-2.0+"), "an expression with it cannot be read");
        let mixed = found(&["GPL-2.0-or-later", "BSD-3-Clause-Tso"]);
        let declared = license("GPL-2.0-only AND BSD-3-Clause");
        assert_eq!(mixed.concluded(Some(&declared)), Some(license("BSD-3-Clause-Tso AND GPL-2.0-only")));
    }

    #[test]
    fn forms_and_authors_of_licences_claim_nothing() {
        let text = "Copyright [yyyy] [name of copyright owner]\nCopyright (C) <year> <name of author>\n\
            Copyright (C) 1989, 1991 Free Software Foundation, Inc.\ncopyright notice\nCopyright 2012 Google\n\
             * Copyright 2012 Google\nCopyright (c) 2009 The Go Authors. All rights reserved.\n";
        assert_eq!(
            copyright(text),
            ["Copyright 2012 Google", "Copyright (c) 2009 The Go Authors. All rights reserved."]
        );
    }

    #[test]
    fn a_text_of_the_gpl_has_a_name_although_it_does_not_say_which_versions_were_meant() {
        let like = ["GPL-2.0-only", "GPL-2.0", "GPL-2.0-or-later"].map(str::to_owned).to_vec();
        let text = LicenceText { licences: BTreeSet::from([like]), ..LicenceText::default() };
        assert_eq!(text.names(), BTreeSet::from(["GPL-2.0"]));
    }

    #[test]
    fn terms_are_the_words_without_dated_claims() {
        let text =
            "MIT\n\nCopyright (c) 2020 A. Holder\n * Copyright © 2021-2024 B\nPermission is\n  granted.\n";
        assert_eq!(terms(text.as_bytes()), "MIT Permission is granted.");
        assert_eq!(terms(b"MIT\n(C) 2025 C\nPermission is granted."), "MIT Permission is granted.");
        // What is no claim for a year stays, whatever it speaks of.
        for kept in
            ["Copyright holders grant nothing.", "The copyright (c) 2020 notice must stay.", "since 2020"]
        {
            assert_eq!(terms(kept.as_bytes()), kept);
        }
        let claims = [
            "Copyright (c) 2009 The Go Authors. All rights reserved.",
            "Copyright 2020 Example, Inc. and its affiliates.",
            "Copyright (C) 1995-2024 J. R. Hacker <jrh@example.org>",
        ];
        for claim in claims {
            assert_eq!(terms(format!("{claim}\nTerms.").as_bytes()), "Terms.", "{claim}");
        }
    }

    #[test]
    fn terms_cannot_hide_in_the_line_of_a_claim() {
        let one_line =
            format!("Copyright (c) 2020 A. Holder {}", ISC.split_whitespace().collect::<Vec<_>>().join(" "));
        for line in [
            one_line.as_str(),
            "Copyright 2020 A. Holder. Users send a postcard.",
            "Copyright 2020 Example Inc. No commercial use.",
            "Copyright 2020 A. Holder; users send a postcard",
        ] {
            assert_eq!(terms(format!("{line}\nTerms.").as_bytes()), format!("{line} Terms."));
        }
    }

    #[test]
    fn texts_of_claims_alone_have_other_terms() {
        assert_eq!(terms(b"Copyright 2020 A\n"), "Copyright 2020 A");
        assert_ne!(terms(b"Copyright 2020 A"), terms(b"Copyright 2020 B"));
    }
}
