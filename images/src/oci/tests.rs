// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The documents of a layout, followed from the index to the layer.

use super::*;

fn spec() -> ContainerSpec {
    ContainerSpec {
        name: "trial".to_owned(),
        version: "0.1.0".to_owned(),
        architecture: "amd64".to_owned(),
        entrypoint: vec!["/usr/bin/trial".to_owned(), "a \"b\"".to_owned()],
        env: BTreeMap::from([("PATH".to_owned(), "/usr/bin".to_owned())]),
        user: (65532, 10),
    }
}

const LAYER_BYTES: &[u8] = b"layer";

fn layout() -> OciLayout {
    let layer = Layer { digest: Sha256::of(LAYER_BYTES), size: LAYER_BYTES.len() as u64 };
    spec().layout(layer).unwrap()
}

fn read(layout: &OciLayout, path: &str) -> Value {
    serde_json::from_slice(&layout.documents[path]).unwrap()
}

/// The document that a descriptor speaks of, whose digest and size must be what it says.
fn follow(layout: &OciLayout, descriptor: &Value) -> Value {
    let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
    let bytes = &layout.documents[&format!("blobs/sha256/{digest}")];
    assert_eq!(Sha256::of(bytes).to_string(), digest);
    assert_eq!(descriptor["size"], bytes.len());
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn an_index_leads_to_the_program_and_to_the_layer() {
    let layout = layout();
    assert_eq!(read(&layout, "oci-layout"), json!({"imageLayoutVersion": "1.0.0"}));
    let index = read(&layout, "index.json");
    let [described] = index["manifests"].as_array().unwrap().as_slice() else { panic!("{index}") };
    assert_eq!(described["annotations"][CONTAINERD_NAME], "localhost/trial:0.1.0");
    assert_eq!(described["annotations"][REF_NAME], "0.1.0");
    assert_eq!(described["platform"], json!({"architecture": "amd64", "os": "linux"}));

    let manifest = follow(&layout, described);
    assert_eq!(manifest["mediaType"], described["mediaType"]);
    let digest = Sha256::of(LAYER_BYTES);
    assert_eq!(layout.layer, format!("blobs/sha256/{digest}"));
    assert_eq!(
        manifest["layers"],
        json!([{"mediaType": LAYER, "digest": format!("sha256:{digest}"), "size": 5}])
    );

    let config = follow(&layout, &manifest["config"]);
    assert_eq!(config["rootfs"], json!({"type": "layers", "diff_ids": [format!("sha256:{digest}")]}));
    assert_eq!(
        config["config"],
        json!({
            "Entrypoint": ["/usr/bin/trial", "a \"b\""],
            "Env": ["PATH=/usr/bin"],
            "User": "65532:10",
            "WorkingDir": "/",
        })
    );
}

#[test]
fn every_document_is_named_and_none_is_forgotten() {
    let layout = layout();
    assert_eq!(layout.documents.len(), 4);
    let blobs = layout.documents.iter().filter(|(path, _)| path.starts_with("blobs/"));
    for (path, bytes) in blobs {
        assert_eq!(*path, format!("blobs/sha256/{}", Sha256::of(bytes)));
    }
}

#[test]
fn a_layer_beyond_what_json_holds_exactly_is_refused() {
    let layer = Layer { digest: Sha256::of(b""), size: 1 << 53 };
    assert!(spec().layout(layer).is_err());
}
