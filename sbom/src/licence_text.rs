// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which licences a text is the text of, by the texts of the SPDX list (crate `spdx`, module `detection`), and who claims copyright in it.
//!
//! A text does not say whether `-only` or `-or-later` was meant, so licences are compared by their families: `GPL-2.0`.

use std::collections::BTreeSet;

use ashlar_recipe::License;
use serde::{Deserialize, Serialize};
use spdx::detection::{Store, TextData};

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
/// Most lines of copyright that are kept of one component.
const MOST_LINES: usize = 10;

/// The texts of the SPDX list, in the order of their names.
pub struct KnownTexts {
    store: Store,
    names: Vec<String>,
    apache: TextData,
}

/// What one text, or several of one component, say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceText {
    /// For each licence that was found, the identifiers whose texts are equally like it, the likest first.
    pub licences: BTreeSet<Vec<String>>,
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
        let mut names: Vec<String> = store.licenses().cloned().collect();
        names.sort();
        let terms = APACHE.1.split(END_OF_TERMS).next().unwrap_or_default();
        Ok(Self { store, names, apache: TextData::new(terms) })
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
        LicenceText { licences, copyright: copyright(&text) }
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
    /// Adds what another text says.
    pub(crate) fn add(&mut self, other: &Self) {
        self.licences.extend(other.licences.iter().cloned());
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

    /// What the texts let one conclude of a component for which `declared` is stated: exactly that, where every licence that was found is
    /// one of it; else all that was found. `None` where nothing was found.
    pub(crate) fn concluded(&self, declared: Option<&License>) -> Option<License> {
        let words = declared.map(License::as_str).unwrap_or_default();
        let words = words.split([' ', '(', ')']).filter(|word| !matches!(*word, "" | "AND" | "OR" | "WITH"));
        let families: BTreeSet<&str> = words.map(family).collect();
        let is_declared = |names: &Vec<String>| names.iter().any(|name| families.contains(family(name)));
        match declared {
            _ if self.licences.is_empty() => None,
            Some(declared) if self.licences.iter().all(is_declared) => Some(declared.clone()),
            _ => {
                let likest: BTreeSet<&str> =
                    self.licences.iter().filter_map(|names| name_of(names)).collect();
                let likest: Vec<&str> = likest.into_iter().collect();
                License::parse(&likest.join(" AND ")).ok()
            }
        }
    }
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

/// Lines that begin with a claim and name a year or a holder; those of forms to fill in, and of the licences' own authors, are none.
fn copyright(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines().map(|line| line.trim().trim_start_matches(['*', '#', '/', ';', ' '])) {
        let claims = ["Copyright (c)", "Copyright (C)", "Copyright ©", "Copyright", "©", "(c)", "(C)"];
        let Some(rest) = claims.iter().find_map(|claim| line.strip_prefix(claim)) else { continue };
        let is_dated = rest.split(|c: char| !c.is_ascii_digit()).any(|word| word.len() == 4);
        let is_form = rest.contains(['[', '<', '{']) && !rest.contains('@');
        let is_licence = rest.contains("Free Software Foundation");
        if is_dated
            && !is_form
            && !is_licence
            && line.len() <= 200
            && !found.iter().any(|there| there == line)
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
            copyright: Vec::new(),
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
    fn forms_and_authors_of_licences_claim_nothing() {
        let text = "Copyright [yyyy] [name of copyright owner]\nCopyright (C) <year> <name of author>\n\
            Copyright (C) 1989, 1991 Free Software Foundation, Inc.\ncopyright notice\nCopyright 2012 Google\n\
             * Copyright 2012 Google\nCopyright (c) 2009 The Go Authors. All rights reserved.\n";
        assert_eq!(
            copyright(text),
            ["Copyright 2012 Google", "Copyright (c) 2009 The Go Authors. All rights reserved."]
        );
    }
}
