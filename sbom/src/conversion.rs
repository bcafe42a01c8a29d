// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a document says of itself when it is made from one that was read: as much as possible what that one said.
//!
//! The moment is that of the original, because there is no clock here: what is converted twice is the same twice.

use crate::document::{Document, Tool};
use crate::location::Location;
use crate::note::{Note, Notes};
use crate::reading::Reading;
use crate::supplier::Supplier;
use crate::timestamp::Timestamp;

/// Where namespaces of documents lie whose authors have no place of their own (SPDX 2.3 §6.5).
const NOBODYS_PLACE: &str = "https://spdx.org/spdxdocs";

impl Document {
    /// What the document says of itself that `tool` makes from `reading` for `author`, and what had to be made up for it.
    #[must_use]
    pub fn made_from(reading: &Reading, author: Supplier, tool: Tool) -> (Self, Vec<Note>) {
        let inventory = &reading.inventory;
        let root = inventory.components().get(inventory.root()).map(|root| root.name.clone());
        let name = reading.name.clone().or(root).unwrap_or_else(|| "document".to_owned());
        let mut notes = Notes::default();
        let created = reading.created.unwrap_or_else(|| {
            notes.add("it does not say when it was made, so what is made from it says 1970", || name.clone());
            Timestamp::EPOCH
        });
        let place = reading.namespace.as_deref().and_then(place).unwrap_or_else(|| NOBODYS_PLACE.to_owned());
        let own_path = reading.own_path.clone();
        let document = Self {
            name,
            namespace_base: place,
            created,
            author,
            tool,
            own_path,
            by_builder: false,
            others: Vec::new(),
        };
        (document, notes.finished())
    }
}

/// The place in which a namespace lies; `None` for one that lies nowhere, such as a UUID.
fn place(namespace: &str) -> Option<String> {
    let (place, _) = namespace.rsplit_once('/')?;
    let host = place.strip_prefix("https://").or_else(|| place.strip_prefix("http://"))?;
    let fits = !host.is_empty() && !place.contains('#') && Location::parse(place).is_some();
    fits.then(|| place.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Format, write};
    use crate::reading::read;
    use crate::samples;

    #[test]
    fn a_document_of_ours_becomes_itself_again_by_way_of_every_format() {
        let written = |format, reading: &Reading| {
            let author = reading.author.clone().unwrap();
            let (mut document, notes) = Document::made_from(reading, author, samples::document().tool);
            assert_eq!(notes, []);
            // CycloneDX has no place for a name.
            document.name = samples::document().name;
            write(format, &document, &reading.inventory).unwrap()
        };
        let inventory = samples::inventory().shipped();
        // What only a builder can say of its own is not said again.
        let document = Document { by_builder: false, ..samples::document() };
        for format in [Format::Spdx23, Format::Spdx301] {
            let first = write(format, &document, &inventory).unwrap();
            for between in [Format::Spdx23, Format::Spdx301] {
                let other = written(between, &read(&first).unwrap());
                assert_eq!(written(format, &read(&other).unwrap()), first, "{format} by way of {between}");
            }
        }
        let cyclonedx = write(Format::CycloneDx16, &samples::document(), &inventory).unwrap();
        assert_eq!(written(Format::CycloneDx16, &read(&cyclonedx).unwrap()), cyclonedx);
    }

    #[test]
    fn a_list_of_files_still_leaves_itself_out() {
        let own_path = Some(samples::path("usr/share/spdx/os-files.spdx.json"));
        let document = Document { own_path: own_path.clone(), ..samples::document() };
        let list = write(Format::Spdx23, &document, &samples::inventory().with_owned_files()).unwrap();
        let reading = read(&list).unwrap();
        assert_eq!(reading.own_path, own_path);
        let (again, _) = Document::made_from(&reading, reading.author.clone().unwrap(), document.tool);
        assert_eq!(write(Format::Spdx23, &again, &reading.inventory).unwrap(), list);
    }

    #[test]
    fn the_author_is_read_from_every_format_be_it_an_organisation_or_a_person() {
        for author in ["Organization: Ashlar", "Person: Anna (anna@ashlar.example)"] {
            let author = Supplier::read(author).unwrap();
            let document = Document { author: author.clone(), ..samples::document() };
            for format in Format::ALL {
                let bytes = write(format, &document, &samples::inventory()).unwrap();
                assert_eq!(read(&bytes).unwrap().author.as_ref(), Some(&author), "{format}");
            }
        }
    }

    #[test]
    fn what_a_document_does_not_say_is_noted_and_no_clock_is_asked() {
        let bytes = r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": "urn:uuid:1",
            "components": [{"type": "library", "name": "zlib"}]}"#;
        let reading = read(bytes.as_bytes()).unwrap();
        assert_eq!(reading.author, None);
        let tool = samples::document().tool;
        let (document, notes) = Document::made_from(&reading, samples::document().author, tool);
        assert_eq!((document.created.seconds(), document.namespace_base.as_str()), (0, NOBODYS_PLACE));
        assert_eq!(notes.len(), 1);
    }

    #[test]
    fn a_namespace_lies_in_a_place_or_nowhere() {
        assert_eq!(place("https://a.example/spdx/os-12").as_deref(), Some("https://a.example/spdx"));
        for nowhere in
            ["urn:uuid:1", "https://a.example", "https:///x", "ftp://a/b", "https://a/#b/c", "https://a b/c"]
        {
            assert_eq!(place(nowhere), None, "{nowhere}");
        }
    }
}
