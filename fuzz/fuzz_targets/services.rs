// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `services.json`, by which PID 1 starts what runs beside it: each service comes after those that it waits for, and what was read,
//! written again, is the same.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

#[path = "../../os/init/src/descriptor.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod descriptor;
#[path = "../../os/init/src/dm_message.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod dm_message;
#[path = "../../os/init/src/error.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod error;
#[path = "../../os/init/src/plain_path.rs"]
mod plain_path;
#[path = "../../os/init/src/services"]
mod services {
    #[expect(dead_code, reason = "PID 1 uses all of it")]
    mod file;
    pub(crate) use file::{Kind, Service};

    pub(crate) fn parse(bytes: &[u8]) -> Option<Vec<Service>> {
        file::parse(bytes).ok()
    }
}
#[path = "../../os/init/src/verity.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod verity;
#[path = "../../os/init/src/verity_spec.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod verity_spec;

use services::{Kind, Service, parse};

fn written(service: &Service, services: &[Service]) -> Value {
    let (kind, ready) = match &service.kind {
        Kind::Once => ("once", Value::Null),
        Kind::Daemon { socket: None } => ("daemon", Value::Null),
        Kind::Daemon { socket: Some(socket) } => ("daemon", json!({"socket": socket})),
    };
    let after: Vec<&String> = service.after.iter().map(|index| &services[*index].name).collect();
    let run: Vec<&String> = std::iter::once(&service.program).chain(&service.arguments).collect();
    json!({
        "name": service.name, "kind": kind, "run": run, "env": service.environment, "after": after, "ready": ready,
        "start_seconds": service.start.as_secs(), "stop_seconds": service.stop.as_secs(), "report": service.report,
    })
}

fuzz_target!(|bytes: &[u8]| {
    let Some(services) = parse(bytes) else { return };
    let names: BTreeSet<&String> = services.iter().map(|service| &service.name).collect();
    assert_eq!(names.len(), services.len(), "two services have one name");
    for (index, service) in services.iter().enumerate() {
        assert!(
            service.after.iter().all(|after| *after < index),
            "{} comes before what it waits for",
            service.name
        );
        assert!(service.program.starts_with('/') && !service.program.contains("/../"), "{}", service.program);
        let words =
            service.arguments.iter().chain(service.environment.keys()).chain(service.environment.values());
        assert!(!words.chain([&service.program]).any(|word| word.contains('\0')), "a word is cut at its NUL");
        assert!(
            !service.name.contains(['/', '.']) && !service.name.is_empty(),
            "{} is no cgroup",
            service.name
        );
    }
    let all: Vec<Value> = services.iter().map(|service| written(service, &services)).collect();
    let again = json!({"schema": 1, "services": all}).to_string();
    // It may have become longer than a file of services can be.
    if again.len() <= 64 << 10 {
        assert_eq!(parse(again.as_bytes()).expect("what was read, written again, is refused"), services);
    }
});
