// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A look at a page: a recipe of the seed set `browser` opens it beside a page such as `look.html`, which writes down what is to be seen.

use std::fs;
use std::path::Path;

use ashlar_system_tests::{Project, shared_store};
use serde_json::Value;

/// Opens the page in a frame. The browser's own sandbox needs what ours does not give; ours is around it. It reads files only, and what
/// it would ask the network for by itself is switched off: an attempt would fail the build.
const STEP: &str = r#"
mkdir -p "$OUT/usr" /tmp/look
cp /sources/page/* /tmp/look/
chromium-headless-shell --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --no-proxy-server \
    --disable-background-networking --disable-component-update --disable-sync --disable-extensions \
    --user-data-dir=/tmp/profile --allow-file-access-from-files --window-size=1400,6200 \
    --virtual-time-budget=20000 FLAGS --dump-dom file:///tmp/look/look.html > /tmp/dom
sed -n 's/.*<pre id="result">\([A-Za-z0-9+\/=]*\)<\/pre>.*/\1/p' /tmp/dom | base64 -d > "$OUT/usr/seen.json"
"#;

/// What is to be seen of a page, as `look.html` tells it.
pub(crate) fn look(page: &str) -> Value {
    look_by(include_str!("look.html"), page, "")
}

/// What is to be seen of a page, as `looker`, another page, tells it in a browser with these flags.
pub(crate) fn look_by(looker: &str, page: &str, flags: &str) -> Value {
    let store = shared_store();
    let project = Project::importing_the_checkout();
    project.write("recipes/look/page/page.html", page);
    project.write("recipes/look/page/look.html", looker);
    let step = STEP.replace("FLAGS", flags);
    project.recipe(
        "look",
        &format!(
            "[[source]]\nname = \"page\"\npath = \"recipes/look/page\"\n[build]\nseeds = [\"browser\"]\n[[build.step]]\nrun = '''{step}'''\n[[output]]\nname = \"runtime\"\npaths = [\"**\"]\n"
        ),
    );
    let built = project.ashlar(&store).args(["build", "look"]).run().succeeds();
    let seen: Value = serde_json::from_slice(&only_file(&store, &built.out[..64])).unwrap();
    assert!(seen.get("error").is_none(), "the page cannot be looked at: {seen}");
    seen
}

/// The content of the one file of a tree.
fn only_file(store: &Path, tree: &str) -> Vec<u8> {
    let manifest = fs::read_to_string(store.join("trees").join(&tree[..2]).join(tree)).unwrap();
    let files = manifest.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut blobs = files.filter_map(|node| Some(node.get("blob")?.as_str()?.to_owned()));
    let blob = blobs.next().unwrap();
    assert_eq!(blobs.next(), None, "{manifest}");
    fs::read(store.join("blobs").join(&blob[..2]).join(&blob)).unwrap()
}
