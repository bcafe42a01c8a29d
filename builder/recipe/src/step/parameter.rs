// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a parameter of a typed step may be.

/// A parameter of a kind of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its key.
    pub name: &'static str,
    /// What it takes.
    pub kind: ParameterKind,
    /// Whether it may be absent, and what it is then.
    pub presence: Presence,
    /// What it is for, in one line.
    pub summary: &'static str,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// A folder: relative to `/build`, or `/sources/<name>` and below.
    Folder,
    /// A path in the installed tree, without leading slash.
    Path,
    /// The name of a source of the recipe.
    Source,
    /// Names of sources, in order.
    Sources,
    /// One line of text.
    Word,
    /// Lines of text, in order.
    Words,
    /// An integer between two others.
    Number {
        /// The least.
        least: u8,
        /// The largest.
        most: u8,
    },
    /// A file mode as three or four octal digits, without setuid, setgid and sticky bit.
    Mode,
    /// `true` or `false`.
    Flag,
}

impl ParameterKind {
    /// For people, as in the reference.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Folder => "folder".to_owned(),
            Self::Path => "path".to_owned(),
            Self::Source => "source".to_owned(),
            Self::Sources => "sources".to_owned(),
            Self::Word => "text".to_owned(),
            Self::Words => "texts".to_owned(),
            Self::Number { least, most } => format!("{least} to {most}"),
            Self::Mode => "mode".to_owned(),
            Self::Flag => "true or false".to_owned(),
        }
    }
}

/// Whether a parameter may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It has to be there.
    Required,
    /// What it is where it is absent.
    Default(&'static [&'static str]),
}
