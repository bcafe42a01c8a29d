// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bar: a build of an image that has nothing to do takes at most 100 ms, whichever image of the project it is.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::error::BenchError;
use crate::inputs::{Inputs, Progress};
use crate::report::{Finished, milliseconds};
use crate::say;
use crate::series::Series;
use crate::verdict::Verdict;

const BAR: Duration = Duration::from_millis(100);

pub(crate) fn measure(inputs: &Inputs, builds: usize) -> Result<Finished, BenchError> {
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    for image in inputs.recipes.images().map(|image| image.name.as_str()) {
        say(&format!("bench: idle: building {image}, so that there is nothing left to do"));
        if !inputs.build_image(image, Progress::Shown)? {
            // It says nothing about time, but a reader wonders which image it was.
            notes.push(format!("no-op build: the image {image} is not what ashlar.expected says"));
        }
        let mut measured = Vec::new();
        for _ in 0..builds {
            let start = Instant::now();
            inputs.build_image(image, Progress::Hidden)?;
            measured.push(start.elapsed());
        }
        rows.push((format!("ashlar build {image}"), Series::new(&measured)));
    }
    let slowest = rows.iter().map(|(_, series)| series.median()).max_by(f64::total_cmp);
    let slowest = slowest.ok_or(BenchError::Recipe { what: "an image" })?;
    let json: Map<String, Value> = rows.iter().map(|(name, series)| (name.clone(), series.json())).collect();
    Ok(Finished {
        name: "no-op build",
        found: format!("median {} of the slowest image", milliseconds(slowest)),
        bar: format!("≤ {}", milliseconds(BAR.as_secs_f64())),
        verdict: if slowest <= BAR.as_secs_f64() { Verdict::Pass } else { Verdict::Missed },
        unit: milliseconds,
        rows,
        notes,
        json: json!({"images": json, "bar": BAR.as_secs_f64()}),
    })
}
