// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The closed list of things that can be wrong with a project's text files.
//!
//! A code is stable: editors, CI and people search for it. Each has a file in `corpus/invalid` that provokes it.

use std::fmt;

macro_rules! codes {
    ($($variant:ident = $text:literal, $doc:literal;)*) => {
        /// What kind of thing is wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $doc] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name, as it is printed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// One sentence on what the code means.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc),* }
            }
        }
    };
}

codes! {
    Syntax = "syntax", "The file is not TOML.";
    UnknownKey = "unknown-key", "A key that this table does not have.";
    MissingKey = "missing-key", "A table lacks a key that it must have.";
    WrongType = "wrong-type", "A value of another TOML type than the key takes.";
    OutOfRange = "out-of-range", "A number, or a text that must say something, is outside its range.";
    Name = "name", "A name with characters that names cannot have.";
    Duplicate = "duplicate", "The same thing is stated twice.";
    Digest = "digest", "A sha256 that is not 64 lowercase hexadecimal digits.";
    License = "license", "A licence that is not an SPDX expression.";
    Cpe = "cpe", "A text that is not a CPE 2.3 formatted string.";
    Purl = "purl", "A text that is not a package URL.";
    VersionMismatch = "version-mismatch", "A cpe or purl states another version than the recipe.";
    Pattern = "pattern", "A path pattern that cannot be read, or that leaves its tree.";
    Path = "path", "A path that is absolute, leaves its tree, or is not in its shortest form.";
    Mode = "mode", "A file mode that is not an octal text between 0000 and 7777.";
    Url = "url", "A location that is not a plain http or https URL.";
    Fingerprint = "fingerprint", "An OpenPGP fingerprint that is not 40 or 64 hexadecimal digits.";
    Reference = "reference", "An output reference that is not of the form `recipe:output`.";
    Choice = "choice", "A value outside the closed list that the key takes.";
    SourceKind = "source-kind", "A source with no kind, or with more than one.";
    StepKind = "step-kind", "A step, assertion or file that states none of its alternatives, or several.";
    UnknownSource = "unknown-source", "A step names a source that the recipe does not have.";
    Patch = "patch", "A patch that does not say what it is for, or is said to be where it cannot be.";
    OutputOrder = "output-order", "An output that nothing can reach, because an earlier one takes every path.";
    Because = "because", "An exception that does not say why.";
    VariantOverride = "variant-override", "A variant that changes what variants may not change.";
    UnknownVariant = "unknown-variant", "A variant that no recipe in question has.";
    UnknownRecipe = "unknown-recipe", "A reference to a recipe that does not exist.";
    UnknownOutput = "unknown-output", "A reference to an output that its recipe does not have.";
    UnknownSet = "unknown-set", "A reference to a seed set that does not exist.";
    UnknownService = "unknown-service", "A service that is to start after one that its image does not have.";
    NameMismatch = "name-mismatch", "A recipe or image whose name is not that of its folder or file.";
    Cycle = "cycle", "Recipes or seed sets that need each other in a circle.";
    DuplicateDefinition = "duplicate-definition", "Two files of a project and its imports define the same name.";
    Import = "import", "An imported project that cannot be used.";
    MissingFile = "missing-file", "A file of the project that is named and does not exist.";
    Expired = "expired", "An exception whose `until` has passed.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
