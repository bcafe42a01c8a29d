// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What PID 1 starts, as the file that it reads (docs/design/services.md).

use ashlar_digest::to_canonical_json;
use ashlar_recipe::{ImageDefinition, Service};
use serde_json::{Value, json};

use crate::PlanError;

/// Where it lies in the root.
const PATH: &str = "usr/lib/ashlar/services.json";
const SCHEMA: u32 = 1;

/// The file as an entry of the root, where `image` has services.
pub(super) fn file(image: &ImageDefinition) -> Result<Option<Value>, PlanError> {
    if image.services.is_empty() {
        return Ok(None);
    }
    let services: Vec<Value> = image.services.iter().map(service).collect();
    let text = to_canonical_json(&json!({"schema": SCHEMA, "services": services})).map_err(|cause| {
        PlanError::Source {
            recipe: format!("image {}", image.name),
            source_name: "service".to_owned(),
            reason: cause.to_string(),
        }
    })?;
    Ok(Some(json!({
        "path": PATH, "content": {"text": format!("{text}\n")}, "mode": "0644", "uid": 0, "gid": 0,
    })))
}

fn service(service: &Service) -> Value {
    let after: Vec<&str> = service.after.iter().map(|name| name.as_str()).collect();
    json!({
        "name": service.name.as_str(),
        "kind": service.kind.name(),
        "run": service.run,
        "env": service.env,
        "after": after,
        "ready": service.socket.as_ref().map(|path| json!({"socket": path})),
        "start_seconds": service.start_seconds,
        "stop_seconds": service.stop_seconds,
        "report": service.report,
    })
}
