// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Our words in those of SPDX 3.0.1: `SoftwarePurpose` and `RelationshipType`.

use crate::component::Kind;
use crate::relationship::Verb;

pub(crate) const fn purpose(kind: Kind) -> &'static str {
    match kind {
        Kind::OperatingSystem => "operatingSystem",
        Kind::Application => "application",
        Kind::Library => "library",
        Kind::Firmware => "firmware",
        Kind::Container => "container",
        Kind::File => "file",
        Kind::Source => "source",
        Kind::Patch => "patch",
        Kind::Tool => "install",
        Kind::Other => "other",
    }
}

pub(crate) fn kind(purpose: Option<&str>) -> Kind {
    match purpose {
        Some("operatingSystem" | "platform") => Kind::OperatingSystem,
        Some("application" | "executable") => Kind::Application,
        Some("library" | "framework" | "module") => Kind::Library,
        Some("firmware") => Kind::Firmware,
        Some("container") => Kind::Container,
        Some("file" | "diskImage" | "filesystemImage") => Kind::File,
        Some("source" | "archive") => Kind::Source,
        Some("patch") => Kind::Patch,
        Some("install") => Kind::Tool,
        _ => Kind::Other,
    }
}

/// The type of a relationship, and whether the two change places.
pub(crate) const fn relationship_type(verb: Verb) -> (&'static str, bool) {
    match verb {
        Verb::Contains => ("contains", false),
        Verb::LinksStatically => ("hasStaticLink", false),
        Verb::LinksDynamically => ("hasDynamicLink", false),
        Verb::DependsOn => ("dependsOn", false),
        Verb::GeneratedFrom => ("generates", true),
        Verb::PatchedBy => ("patchedBy", false),
        Verb::BuiltWith => ("usesTool", false),
    }
}

pub(crate) fn verb(relationship_type: &str) -> Option<(Verb, bool)> {
    Verb::ALL.into_iter().find_map(|verb| {
        let (name, swapped) = self::relationship_type(verb);
        (name == relationship_type).then_some((verb, swapped))
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
        for it in Kind::ALL {
            assert_eq!(kind(Some(purpose(it))), it);
        }
        assert_eq!(verb("affects"), None);
    }
}
