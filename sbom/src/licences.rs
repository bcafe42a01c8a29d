// SPDX-License-Identifier: Apache-2.0 OR MIT
//! References to licences that are not on the SPDX list (SPDX 2.3 §10, annex D: `LicenseRef-…`).

use ashlar_recipe::License;

use crate::component::Component;

/// What every such reference begins with.
pub(crate) const PREFIX: &str = "LicenseRef-";

/// The references in the licences of a component.
pub(crate) fn references(component: &Component) -> impl Iterator<Item = &str> {
    component.declared.iter().chain(&component.concluded).flat_map(references_of)
}

/// The references in one expression.
pub(crate) fn references_of(licence: &License) -> impl Iterator<Item = &str> {
    // A `DocumentRef-…:LicenseRef-…` has its text in another document.
    licence.as_str().split([' ', '(', ')']).filter(|word| word.starts_with(PREFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_in_an_expression() {
        let licence = License::parse("(MIT AND LicenseRef-a.b) OR LicenseRef-c").unwrap();
        assert_eq!(references_of(&licence).collect::<Vec<_>>(), ["LicenseRef-a.b", "LicenseRef-c"]);
    }
}
