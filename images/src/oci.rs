// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A container as an OCI image of one layer, in an image layout: what `ctr images import`, skopeo and podman read.
//!
//! Formats: OCI image specification 1.1, config.md, manifest.md, image-index.md and image-layout.md. Every document is canonical JSON and
//! a function of what stands in [`ContainerSpec`] and of the layer: no time (`created` may be absent), no history.

use std::collections::BTreeMap;

use ashlar_digest::{CanonicalError, Sha256, to_canonical_json};
use serde_json::{Value, json};

/// Where the archive of a container lies in the root of its image.
#[must_use]
pub fn container_path(name: &str) -> String {
    format!("usr/lib/ashlar/containers/{name}.tar")
}

/// `io.containerd.image.name`: under which name containerd keeps what it imports.
const CONTAINERD_NAME: &str = "io.containerd.image.name";
const REF_NAME: &str = "org.opencontainers.image.ref.name";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// What a container runs, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerSpec {
    /// Its name, without registry and tag.
    pub name: String,
    /// Its version, which is the tag.
    pub version: String,
    /// The architecture by its name in Go, such as `amd64`.
    pub architecture: String,
    /// The program and its first arguments.
    pub entrypoint: Vec<String>,
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// User and group, as numbers.
    pub user: (u32, u32),
}

/// The one layer: an uncompressed tar stream, so that its digest is also its `diff_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Its digest.
    pub digest: Sha256,
    /// Its size in bytes.
    pub size: u64,
}

/// The documents of an image layout, and where each lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciLayout {
    /// The documents by path.
    pub documents: BTreeMap<String, Vec<u8>>,
    /// Where the layer belongs.
    pub layer: String,
}

impl ContainerSpec {
    /// The full name, as containerd has it. `localhost` is no registry that anybody could push to.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("localhost/{}:{}", self.name, self.version)
    }

    /// The layout that holds this container with `layer` as its file system.
    ///
    /// # Errors
    /// [`CanonicalError`] for a layer whose size JSON cannot hold exactly (2⁵³ bytes and more).
    pub fn layout(&self, layer: Layer) -> Result<OciLayout, CanonicalError> {
        let env: Vec<String> = self.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let config = document(&json!({
            "architecture": self.architecture,
            "os": "linux",
            "config": {
                "Entrypoint": self.entrypoint,
                "Env": env,
                "User": format!("{}:{}", self.user.0, self.user.1),
                "WorkingDir": "/",
            },
            "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", layer.digest)]},
        }))?;
        let manifest = document(&json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(CONFIG, &config),
            "layers": [{"mediaType": LAYER, "digest": format!("sha256:{}", layer.digest), "size": layer.size}],
        }))?;
        let mut described = descriptor(MANIFEST, &manifest);
        described["platform"] = json!({"architecture": self.architecture, "os": "linux"});
        described["annotations"] = json!({CONTAINERD_NAME: self.reference(), REF_NAME: self.version});
        let index = document(&json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [described]}))?;
        let layout = document(&json!({"imageLayoutVersion": "1.0.0"}))?;
        let documents = BTreeMap::from([
            (blob(Sha256::of(&config)), config),
            (blob(Sha256::of(&manifest)), manifest),
            ("index.json".to_owned(), index),
            ("oci-layout".to_owned(), layout),
        ]);
        Ok(OciLayout { documents, layer: blob(layer.digest) })
    }
}

fn document(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    to_canonical_json(value).map(String::into_bytes)
}

/// Of a document, as descriptor.md has it.
fn descriptor(media_type: &str, document: &[u8]) -> Value {
    json!({
        "mediaType": media_type,
        "digest": format!("sha256:{}", Sha256::of(document)),
        "size": document.len(),
    })
}

/// The place of a blob in a layout.
fn blob(digest: Sha256) -> String {
    format!("blobs/sha256/{digest}")
}

#[cfg(test)]
mod tests;
