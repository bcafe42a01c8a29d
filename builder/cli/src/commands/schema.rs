// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar schema`: the JSON schema of a file format, for editors.

use ashlar_recipe::{SchemaKind, schema};

use crate::arguments::Schema;
use crate::failure::{Failure, Outcome};
use crate::terminal::Terminal;

pub(crate) fn run(terminal: &Terminal, kind: Schema) -> Result<Outcome, Failure> {
    let kind = match kind {
        Schema::Project => SchemaKind::Project,
        Schema::Recipe => SchemaKind::Recipe,
        Schema::Seeds => SchemaKind::Seeds,
        Schema::Image => SchemaKind::Image,
    };
    terminal.result(&format!("{:#}", schema(kind)))?;
    Ok(Outcome::DONE)
}
