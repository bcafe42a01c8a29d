// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bar: a build of the image `qemu` that has nothing to do takes at most 200 ms.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::error::BenchError;
use crate::inputs::Inputs;
use crate::report::{Finished, milliseconds};
use crate::say;
use crate::series::Series;
use crate::verdict::Verdict;

const BAR: Duration = Duration::from_millis(200);

pub(crate) fn measure(inputs: &Inputs, builds: usize) -> Result<Finished, BenchError> {
    const BUILD: [&str; 2] = ["build", "qemu"];
    say("bench: idle: building qemu, so that there is nothing left to do");
    inputs.run_ashlar(&BUILD)?;
    let mut measured = Vec::new();
    for _ in 0..builds {
        let start = Instant::now();
        inputs.run_ashlar(&BUILD)?;
        measured.push(start.elapsed());
    }
    let series = Series::new(&measured);
    let verdict = if series.median() <= BAR.as_secs_f64() { Verdict::Pass } else { Verdict::Missed };
    Ok(Finished {
        name: "no-op build",
        found: format!("median {}", milliseconds(series.median())),
        bar: format!("≤ {}", milliseconds(BAR.as_secs_f64())),
        verdict,
        unit: milliseconds,
        rows: vec![("ashlar build qemu", series.clone())],
        notes: Vec::new(),
        json: json!({"ashlar build qemu": series.json(), "bar": BAR.as_secs_f64()}),
    })
}
