// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Our kinds in the types of CycloneDX, and the properties that hold what it has no field for.
//!
//! The types are chosen by what syft does with them: it takes packages from `application`, `framework` and `library` alone,
//! and makes an `operating-system` among the components the distribution of the scan, which it then warns not to know.

use crate::component::Kind;

/// Our kind, where the type does not tell it.
pub(crate) const KIND: &str = "ashlar:kind";
/// On a file that can be run.
pub(crate) const EXECUTABLE: &str = "ashlar:executable";
/// The recipe that a component belongs to.
pub(crate) const RECIPE: &str = "ashlar:recipe";
/// The declared licence, where `licenses` holds the concluded one: an expression stands alone.
pub(crate) const DECLARED: &str = "ashlar:licence-declared";

/// The type of a component of `kind`, and whether it tells the kind.
pub(crate) const fn component_type(kind: Kind, is_root: bool) -> (&'static str, bool) {
    match kind {
        Kind::OperatingSystem if is_root => ("operating-system", true),
        Kind::OperatingSystem => ("platform", true),
        Kind::Application => ("application", true),
        Kind::Library => ("library", true),
        Kind::Firmware => ("firmware", true),
        Kind::Container => ("container", true),
        // Files of the root are of this type too.
        Kind::File | Kind::Source | Kind::Patch => ("file", false),
        Kind::Tool => ("application", false),
        Kind::Other => ("library", false),
    }
}

/// The kind of a component, by its type and by our property if it has one.
pub(crate) fn kind(component_type: &str, property: Option<&str>) -> Kind {
    let by_property = property.and_then(|name| Kind::ALL.into_iter().find(|kind| kind.name() == name));
    by_property.unwrap_or(match component_type {
        "operating-system" | "platform" => Kind::OperatingSystem,
        "application" => Kind::Application,
        "library" | "framework" => Kind::Library,
        "firmware" => Kind::Firmware,
        "container" => Kind::Container,
        "file" => Kind::File,
        _ => Kind::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for it in Kind::ALL {
            for is_root in [false, true] {
                let (name, tells) = component_type(it, is_root);
                assert_eq!(kind(name, (!tells).then_some(it.name())), it);
            }
        }
        assert_eq!(kind("device", Some("nonsense")), Kind::Other);
    }
}
