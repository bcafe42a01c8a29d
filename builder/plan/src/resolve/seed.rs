// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Seed sets to nodes: each package unpacked, each set merged with what its maintainer scripts would have set up.

use std::collections::BTreeMap;

use ashlar_recipe::{SeedSet, SetName};
use serde_json::{Value, json};

use super::recipe::winners_key;
use super::{OUT, Planner};
use crate::catalog::Location;
use crate::graph::{NodeId, Port, Slot, Template};
use crate::{Builtin, LockedPackage, PlanError};

impl Planner<'_> {
    /// The set called `name`.
    pub(super) fn set_named(&self, name: &str) -> Result<SetName, PlanError> {
        let sets = &self.input.recipes.seeds().sets;
        sets.keys()
            .find(|set| set.as_str() == name)
            .cloned()
            .ok_or_else(|| PlanError::Unknown { kind: "seed set", name: name.to_owned() })
    }

    /// What stands at `/`: the seed sets with all that they include, and `host` outputs.
    pub(super) fn add_sysroot(
        &mut self,
        seeds: &[SetName],
        host: &[(String, Port)],
        winners: &[(String, String)],
    ) -> Result<NodeId, PlanError> {
        let all_sets = self.input.recipes.seeds();
        let mut inputs: BTreeMap<String, Port> = host.iter().cloned().collect();
        for name in seeds {
            for set in all_sets.closure(name) {
                let node = self.add_set(set)?;
                inputs.insert(set.name.to_string(), Self::port(node, OUT));
            }
        }
        let names: Vec<String> = inputs.values().map(|port| self.graph.port_key(port)).collect();
        let key = format!("sysroot of {}{}", names.join(", "), winners_key(winners));
        if let Some(node) = self.graph.find(&key) {
            return Ok(node);
        }
        Ok(self.add_merge(key, inputs.into_iter().collect(), winners, &[], &[]))
    }

    fn add_set(&mut self, set: &SeedSet) -> Result<NodeId, PlanError> {
        let key = format!("seed {}", set.name);
        if let Some(node) = self.graph.find(&key) {
            return Ok(node);
        }
        let lock = self.input.lock;
        let ids = lock.sets.get(set.name.as_str()).ok_or_else(|| PlanError::NotLocked {
            what: format!("seed set {}", set.name),
            wanted_by: "seeds.toml".to_owned(),
        })?;
        let mut inputs = Vec::new();
        for id in ids {
            // `Lockfile::parse` has checked that every id is there.
            if let Some(package) = lock.packages.get(id) {
                let node = self.add_package(package);
                inputs.push((id.clone(), Self::port(node, OUT)));
            }
        }
        let links: Vec<Value> =
            set.links.iter().map(|link| json!({"path": link.path.as_str(), "target": link.target})).collect();
        let files: Vec<Value> = set
            .files
            .iter()
            .map(|file| {
                json!({"path": file.path.as_str(), "content": file.content, "executable": file.mode.is_executable()})
            })
            .collect();
        Ok(self.add_merge(key, inputs, &[], &links, &files))
    }

    pub(super) fn add_package(&mut self, package: &LockedPackage) -> NodeId {
        let location = Location::Archive {
            path: package.path.clone(),
            size: package.size,
            suite: package.suite.clone(),
        };
        self.catalogue(package.digest, location);
        let template = Template::of(
            Builtin::UnpackDeb,
            BTreeMap::from([("deb".to_owned(), Slot::Source(package.digest))]),
            json!({
                "package": package.name,
                "version": package.version,
                "architecture": package.architecture,
            }),
        );
        self.graph.add(
            format!("package {}", package.id()),
            1 + (package.size >> 22),
            BTreeMap::new(),
            template,
        )
    }
}
