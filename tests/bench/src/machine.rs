// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The machine that figures belong to.

use std::num::NonZero;
use std::path::Path;

use serde_json::{Value, json};

use crate::error::BenchError;

/// What a reader needs to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) processors: usize,
    pub(crate) kernel: String,
}

impl Machine {
    pub(crate) fn look() -> Result<Self, BenchError> {
        let cpuinfo = read("/proc/cpuinfo")?;
        let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        Ok(Self {
            processor: model.map_or("unknown", |(_, name)| name.trim()).to_owned(),
            processors: std::thread::available_parallelism().map_or(1, NonZero::get),
            kernel: read("/proc/sys/kernel/osrelease")?.trim_end().to_owned(),
        })
    }

    pub(crate) fn json(&self) -> Value {
        json!({"processor": self.processor, "processors": self.processors, "kernel": self.kernel})
    }
}

/// How many processes wanted to run in the last minute, on average (proc_loadavg(5)).
pub(crate) fn load() -> Result<f64, BenchError> {
    const PATH: &str = "/proc/loadavg";
    let text = read(PATH)?;
    text.split(' ').next().and_then(|first| first.parse().ok()).ok_or_else(|| BenchError::Content {
        path: Path::new(PATH).to_path_buf(),
        reason: "it does not begin with a number".to_owned(),
    })
}

fn read(path: &str) -> Result<String, BenchError> {
    std::fs::read_to_string(path).map_err(BenchError::file("read", path))
}
