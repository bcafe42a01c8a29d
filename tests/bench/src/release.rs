// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bars: a ceremony signs a hundred modules within 2 s, and from its signatures to the release directory it takes at most 60 s.
//!
//! What is released is the image `qemu` of a copy of the project, with a recipe more: modules in such a number that the image and
//! its extensions have a hundred at least. Everything that is no function of a key is built before, and not measured.

use std::fs;
use std::time::Duration;

use ashlar_system_tests::copy_checkout;
use serde_json::{Value, json};

use crate::error::BenchError;
use crate::inputs::{Inputs, Progress};
use crate::report::{Finished, seconds};
use crate::say;
use crate::series::Series;
use crate::verdict::Verdict;

const CEREMONY: Duration = Duration::from_secs(2);
const ASSEMBLY: Duration = Duration::from_secs(60);
const MODULES: u64 = 100;

/// Where the image definition names its modules.
const NAMED: &str = "modules = [\"linux:modules\"]";
const WITH_MORE: &str = "modules = [\"linux:modules\", \"hundred:modules\"]";
const DEFINITION: &str = "images/definitions/qemu.toml";

pub(crate) fn measure(inputs: &Inputs, rounds: usize) -> Result<[Finished; 2], BenchError> {
    let folder = inputs.store.scratch("bench-release").map_err(BenchError::store)?;
    let project = folder.path().join("project");
    copy_checkout(&inputs.project, &project).map_err(BenchError::file("copy", &inputs.project))?;
    let recipe = project.join("recipes/hundred");
    fs::create_dir(&recipe).map_err(BenchError::file("make", &recipe))?;
    let recipe = recipe.join("recipe.toml");
    fs::write(&recipe, include_str!("hundred.toml")).map_err(BenchError::file("write", &recipe))?;
    let definition = project.join(DEFINITION);
    let text = fs::read_to_string(&definition).map_err(BenchError::file("read", &definition))?;
    if !text.contains(NAMED) {
        return Err(BenchError::Recipe { what: "the image's list of modules" });
    }
    fs::write(&definition, text.replace(NAMED, WITH_MORE)).map_err(BenchError::file("write", &definition))?;

    say("bench: release: building an image with a hundred modules");
    inputs.run_in(&project, &["build", "qemu", "signing-agent", "--accept"], Progress::Shown)?;
    let (mut ceremonies, mut assemblies) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let version = format!("0.0.{round}-bench");
        let output = folder.path().join("releases").display().to_string();
        let told = inputs.run_in(
            &project,
            &["--json", "release", "qemu", "--version", &version, "--output", &output, "--allow-swap"],
            Progress::Hidden,
        )?;
        let told: Value =
            serde_json::from_str(&told).map_err(|_| BenchError::Recipe { what: "what `release` says" })?;
        let figure = |at: &str| told.pointer(at).and_then(Value::as_f64);
        match (told["modules"].as_u64(), figure("/seconds/ceremony"), figure("/seconds/assembly")) {
            (Some(modules), Some(ceremony), Some(assembly)) if modules >= MODULES => {
                ceremonies.push(Duration::from_secs_f64(ceremony));
                assemblies.push(Duration::from_secs_f64(assembly));
            }
            _ => return Err(BenchError::Recipe { what: "a hundred modules that were signed" }),
        }
    }
    folder.remove().map_err(BenchError::store)?;
    Ok([
        finished("ceremony", "a ceremony of over 100 modules", &ceremonies, CEREMONY),
        finished("assembly", "signatures to release directory", &assemblies, ASSEMBLY),
    ])
}

fn finished(name: &'static str, row: &'static str, measured: &[Duration], bar: Duration) -> Finished {
    let series = Series::new(measured);
    let verdict = if series.median() <= bar.as_secs_f64() { Verdict::Pass } else { Verdict::Missed };
    Finished {
        name,
        found: format!("median {}", seconds(series.median())),
        bar: format!("≤ {}", seconds(bar.as_secs_f64())),
        verdict,
        unit: seconds,
        json: json!({"seconds": series.json(), "bar": bar.as_secs_f64()}),
        rows: vec![(row.to_owned(), series)],
        notes: Vec::new(),
    }
}
