// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What only the builder may say of what it built, and what nobody can say.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::{Document, Format, write};
use crate::inventory::Inventory;
use crate::samples::{document, inventory};

fn elements(document: &Document, inventory: &Inventory) -> Vec<Value> {
    let bytes = write(Format::Spdx301, document, inventory).unwrap();
    let whole: Value = serde_json::from_slice(&bytes).unwrap();
    whole["@graph"].as_array().unwrap().clone()
}

/// What is said of the completeness of relationships of a type: of those of the root, and of the others.
fn completeness(elements: &[Value], kind: &str, of_root: bool) -> BTreeSet<String> {
    let root = elements.iter().find(|it| it["software_primaryPurpose"] == "operatingSystem").unwrap();
    let of_kind = elements.iter().filter(|it| it["relationshipType"] == kind);
    let meant = of_kind.filter(|it| (it["from"] == root["spdxId"]) == of_root);
    meant.map(|it| it["completeness"].as_str().unwrap_or("nothing").to_owned()).collect()
}

fn only(word: &str) -> BTreeSet<String> {
    BTreeSet::from([word.to_owned()])
}

#[test]
fn a_builder_states_what_is_complete_and_not_of_the_root_or_of_what_was_there_to_link() {
    let elements = elements(&document(), &inventory());
    assert_eq!(completeness(&elements, "contains", true), only("incomplete"));
    assert_eq!(completeness(&elements, "contains", false), only("complete"));
    assert_eq!(completeness(&elements, "hasDynamicLink", false), only("complete"));
    assert_eq!(completeness(&elements, "hasStaticLink", false), only("nothing"));
}

#[test]
fn without_files_nothing_is_said_of_what_is_contained() {
    let elements = elements(&document(), &inventory().shipped());
    assert_eq!(completeness(&elements, "contains", true), only("nothing"));
}

#[test]
fn whoever_converts_a_document_claims_nothing_that_it_does_not_say() {
    let claims = ["completeness", "originatedBy"];
    let claimed = |document: &Document| {
        let elements = elements(document, &inventory());
        let of_fields = claims.iter().filter(|key| elements.iter().any(|it| !it[**key].is_null())).count();
        let artifacts = elements.iter().filter(|it| it["relationshipType"] == "hasDistributionArtifact");
        let homes = elements.iter().filter(|it| it["type"] == "Organization");
        let homes = homes.filter(|it| !it["externalIdentifier"].is_null());
        let purposes = elements.iter().filter(|it| it["software_additionalPurpose"].is_array());
        let words = purposes.flat_map(|it| it["software_additionalPurpose"].as_array().unwrap());
        let words: BTreeSet<String> = words.map(|word| word.as_str().unwrap().to_owned()).collect();
        (of_fields, artifacts.count() > 0, homes.count() > 0, words)
    };
    let all = BTreeSet::from(["executable".to_owned(), "firmware".to_owned()]);
    assert_eq!(claimed(&document()), (claims.len(), true, true, all));
    let foreign = Document { by_builder: false, ..document() };
    assert_eq!(claimed(&foreign), (0, false, false, only("executable")));
}

#[test]
fn each_recipe_that_was_built_is_a_build_with_what_went_in_and_came_out() {
    let elements = elements(&document(), &inventory());
    let build = elements.iter().find(|it| it["type"] == "build_Build").unwrap();
    assert_eq!(build["build_buildId"], "musl 1.2.5");
    let name = |id: &Value| {
        let found = elements.iter().find(|it| it["spdxId"] == *id).unwrap();
        found["name"].as_str().unwrap().to_owned()
    };
    let of = |kind: &str| {
        let said = elements.iter().find(|it| it["from"] == build["spdxId"] && it["relationshipType"] == kind);
        let to = said.unwrap()["to"].as_array().unwrap();
        to.iter().map(&name).collect::<BTreeSet<String>>()
    };
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    assert_eq!(of("hasInput"), named(&["0001-iconv.patch", "musl_1.2.5.orig.tar.gz"]));
    assert_eq!(of("usesTool"), named(&["gcc-14"]));
    assert_eq!(of("hasOutput"), named(&["musl"]));
    assert!(elements.iter().any(|it| it["profileConformance"].to_string().contains("\"build\"")));
}
