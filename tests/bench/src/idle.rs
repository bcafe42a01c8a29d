// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bar: a build of the image `qemu` that has nothing to do takes at most 200 ms.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::error::BenchError;
use crate::inputs::{Inputs, Progress};
use crate::report::{Finished, milliseconds};
use crate::say;
use crate::series::Series;
use crate::verdict::Verdict;

const BAR: Duration = Duration::from_millis(200);

/// It says nothing about time, but a reader wonders which image it was.
const UNEXPECTED: &str = "no-op build: the image is not what ashlar.expected says";

pub(crate) fn measure(inputs: &Inputs, builds: usize) -> Result<Finished, BenchError> {
    say("bench: idle: building qemu, so that there is nothing left to do");
    let expected = inputs.build_image(Progress::Shown)?;
    let mut measured = Vec::new();
    for _ in 0..builds {
        let start = Instant::now();
        inputs.build_image(Progress::Hidden)?;
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
        notes: if expected { Vec::new() } else { vec![UNEXPECTED.to_owned()] },
        json: json!({"ashlar build qemu": series.json(), "bar": BAR.as_secs_f64()}),
    })
}
