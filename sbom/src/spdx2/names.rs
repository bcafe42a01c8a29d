// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Our words in those of SPDX 2.3: purposes (§7.24) and relationship types (§11.1).

use crate::component::Kind;
use crate::relationship::Verb;

/// What a document says of a relationship: our verb, and whether its subject is the element that is named second.
pub(crate) type Read = (Verb, bool);

/// The type of a file that can be run (§8.3).
pub(crate) const EXECUTABLE: &str = "APPLICATION";

pub(crate) const fn purpose(kind: Kind) -> &'static str {
    match kind {
        Kind::OperatingSystem => "OPERATING_SYSTEM",
        Kind::Application => "APPLICATION",
        Kind::Library => "LIBRARY",
        Kind::Firmware => "FIRMWARE",
        Kind::Container => "CONTAINER",
        Kind::File => "FILE",
        Kind::Source => "SOURCE",
        Kind::Tool => "INSTALL",
        Kind::Patch | Kind::Other => "OTHER",
    }
}

pub(crate) fn kind(purpose: Option<&str>) -> Kind {
    match purpose {
        // Talos and others write it with the hyphen that the specification's text has.
        Some("OPERATING_SYSTEM" | "OPERATING-SYSTEM") => Kind::OperatingSystem,
        Some("APPLICATION") => Kind::Application,
        Some("LIBRARY" | "FRAMEWORK") => Kind::Library,
        Some("FIRMWARE") => Kind::Firmware,
        Some("CONTAINER") => Kind::Container,
        Some("FILE") => Kind::File,
        Some("SOURCE" | "ARCHIVE") => Kind::Source,
        Some("INSTALL") => Kind::Tool,
        _ => Kind::Other,
    }
}

/// The type of a relationship, and whether the two change places.
pub(crate) const fn relationship_type(verb: Verb) -> (&'static str, bool) {
    match verb {
        Verb::Contains => ("CONTAINS", false),
        Verb::LinksStatically => ("STATIC_LINK", false),
        Verb::LinksDynamically => ("DYNAMIC_LINK", false),
        Verb::DependsOn => ("DEPENDS_ON", false),
        Verb::GeneratedFrom => ("GENERATED_FROM", false),
        Verb::PatchedBy => ("PATCH_APPLIED", true),
        Verb::BuiltWith => ("BUILD_TOOL_OF", true),
    }
}

pub(crate) fn verb(relationship_type: &str) -> Option<Read> {
    Some(match relationship_type {
        "CONTAINS" => (Verb::Contains, false),
        "CONTAINED_BY" => (Verb::Contains, true),
        "STATIC_LINK" => (Verb::LinksStatically, false),
        "DYNAMIC_LINK" => (Verb::LinksDynamically, false),
        "DEPENDS_ON" => (Verb::DependsOn, false),
        "DEPENDENCY_OF" | "RUNTIME_DEPENDENCY_OF" => (Verb::DependsOn, true),
        "GENERATED_FROM" => (Verb::GeneratedFrom, false),
        "GENERATES" => (Verb::GeneratedFrom, true),
        "PATCH_APPLIED" | "PATCH_FOR" => (Verb::PatchedBy, true),
        "BUILD_TOOL_OF" => (Verb::BuiltWith, true),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for it in Verb::ALL {
            let (name, swapped) = relationship_type(it);
            assert_eq!(verb(name), Some((it, swapped)));
        }
        for it in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Patch) {
            assert_eq!(kind(Some(purpose(it))), it);
        }
        assert_eq!(kind(None), Kind::Other);
    }
}
