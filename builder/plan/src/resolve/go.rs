// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `go` sources: the files that a go.sum pins, found in the lock, as inputs of the step that makes a module proxy of them.

use std::collections::BTreeMap;

use ashlar_recipe::{ProjectPath, Recipe};
use serde_json::{Map, Value, json};

use super::{OUT, Planner};
use crate::catalog::Location;
use crate::graph::Slot;
use crate::{Builtin, GoModuleFile, PlanError, graph::Template};

impl Planner<'_> {
    /// The node that makes the proxy of a go.sum. Its inputs are named `<module>@<version> mod|zip`, and the argument `h1` says for each
    /// what go.sum says: so a lock that somebody edited cannot put other bytes under a pinned name.
    pub(super) fn add_go_source(
        &mut self,
        recipe: &Recipe,
        sum: &ProjectPath,
        module: &ProjectPath,
        wrong: &dyn Fn(String) -> PlanError,
    ) -> Result<Slot, PlanError> {
        let folder = self.folder_of(recipe).to_owned();
        let files = self.input.sources.go_modules(&folder, sum, module).map_err(wrong)?;
        if files.is_empty() {
            return Err(wrong(format!("{sum} pins nothing that {module} requires")));
        }
        let mut inputs = BTreeMap::new();
        let mut hashes = Map::new();
        let mut weight = 2;
        for GoModuleFile { module, version, kind, h1 } in files {
            let name = format!("{module}@{version} {}", kind.as_str());
            let locked = self.input.lock.modules.get(&(module.clone(), version.clone(), kind));
            let locked = locked.filter(|locked| locked.h1 == h1).ok_or_else(|| PlanError::NotLocked {
                what: format!("Go module {name} with {h1}"),
                wanted_by: format!("recipe {}", recipe.name),
            })?;
            let (size, digest) = (locked.size, locked.digest);
            weight += size >> 20;
            self.catalogue(digest, Location::GoModule { module, version, kind, size });
            inputs.insert(name.clone(), Slot::Source(digest));
            hashes.insert(name, Value::String(h1));
        }
        let key = format!("modules of {folder}/{sum} for {module}");
        let template = Template::of(Builtin::GoProxy, inputs, json!({"h1": hashes}));
        let node = self.graph.add(key, weight, BTreeMap::new(), template);
        Ok(Slot::Port(Self::port(node, OUT)))
    }
}
