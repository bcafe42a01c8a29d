// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A recipe with a `go` source, from go.sum to the module proxy that its build sees.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use ashlar_system_tests::{Call, Folder, Project, bring_base_seed, nonce, shared_store};
use zip::write::SimpleFileOptions;

/// Golden values: hashes of the module below as go computes them, taken with sha256sum and base64.
const GO_SUM: &str = "a.example/b v1.0.0 h1:cwedmCatKOVv/Ibp5wf6q7wTABYPnPmI+rT0d97l1qU=\n\
    a.example/b v1.0.0/go.mod h1:FKWBMc1cvbBzSRMOWl2a7roop5Wyk0UGJCT9aoBuYc8=\n";

/// A module proxy in a folder, with one module in it.
fn proxy(source: &str) -> Folder {
    let folder = Folder::temporary();
    let files = folder.join("a.example/b/@v");
    fs::create_dir_all(&files).unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [("go.mod", "module a.example/b\n"), ("b.go", source)] {
        writer.start_file(format!("a.example/b@v1.0.0/{name}"), SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    fs::write(files.join("v1.0.0.zip"), writer.finish().unwrap().into_inner()).unwrap();
    fs::write(files.join("v1.0.0.mod"), "module a.example/b\n").unwrap();
    folder
}

/// A project whose recipe `uses-go` installs what it sees of its modules.
fn project(nonce: &str) -> Project {
    let project = Project::importing_the_checkout();
    project.write("go/go.mod", "module a.example/x\n\ngo 1.24\n\nrequire a.example/b v1.0.0\n");
    project.write("go/go.sum", GO_SUM);
    let step = format!(
        "mkdir \"$OUT/usr\"\ncd /sources/modules\nfind . -type f | LC_ALL=C sort > \"$OUT/usr/{nonce}\"\n\
         cat a.example/b/@v/list a.example/b/@v/v1.0.0.info a.example/b/@v/v1.0.0.mod >> \"$OUT/usr/{nonce}\""
    );
    project.recipe(
        "uses-go",
        &format!(
            "[[source]]\nname = \"modules\"\ngo = {{ sum = \"go/go.sum\", mod = \"go/go.mod\" }}\n\n\
             [build]\nseeds = [\"base\"]\n[[build.step]]\nrun = '''\n{step}\n'''\n\n\
             [[output]]\nname = \"runtime\"\npaths = [\"**\"]\n"
        ),
    );
    project
}

/// A call that knows of one module proxy and of no other place.
fn ashlar(project: &Project, store: &Path, proxy: &Path) -> Call {
    let empty = project.path().join("go");
    project.ashlar(store).without_mirrors(&empty).env("GOPROXY", format!("file://{},direct", proxy.display()))
}

#[test]
fn modules_are_locked_fetched_and_seen_by_the_build() {
    let store = shared_store();
    let nonce = nonce();
    let (project, proxy) = (project(&nonce), proxy("package b\n"));
    let nowhere = project.path().join("nowhere");

    let stale = ashlar(&project, &store, &nowhere).args(["lock", "--check"]).run().ends_with(1);
    assert!(stale.out.contains("pins Go module a.example/b@v1.0.0 (zip), which is not locked"), "{stale}");
    let locked = ashlar(&project, &store, proxy.path()).args(["lock", "uses-go"]).run().succeeds();
    let added = |kind: &str| format!("+ module a.example/b@v1.0.0 {kind} h1:");
    assert!(locked.out.contains(&added("mod")) && locked.out.contains(&added("zip")), "{locked}");
    let text = fs::read_to_string(project.path().join("ashlar.lock")).unwrap();
    assert_eq!(text.matches("module = \"a.example/b\"").count(), 2, "{text}");
    ashlar(&project, &store, &nowhere).args(["lock", "--check"]).run().succeeds();

    // Locking again needs no proxy: the store has what the lock names.
    let again = ashlar(&project, &store, &nowhere).args(["lock", "uses-go"]).run().succeeds();
    assert_eq!(again.out, "", "{again}");
    assert_eq!(fs::read_to_string(project.path().join("ashlar.lock")).unwrap(), text);

    let built = ashlar(&project, &store, &nowhere).args(["--offline", "build", "uses-go"]).run().succeeds();
    assert_eq!(built.built(), ["uses-go"], "{built}");
    let files = "./a.example/b/@v/list\n./a.example/b/@v/v1.0.0.info\n./a.example/b/@v/v1.0.0.mod\n\
        ./a.example/b/@v/v1.0.0.zip\nv1.0.0\n{\"Version\":\"v1.0.0\"}\nmodule a.example/b\n";
    assert_eq!(installed(&store, &built.out, &nonce), files);
    let replayed =
        ashlar(&project, &store, &nowhere).args(["--offline", "build", "uses-go"]).run().succeeds();
    assert_eq!((replayed.out.as_str(), replayed.err.as_str()), (built.out.as_str(), ""), "{replayed}");

    // A go.sum that changed makes the lock stale, in both directions.
    project.write("go/go.sum", &GO_SUM.replace("h1:FKW", "h1:GKW"));
    let stale = ashlar(&project, &store, &nowhere).args(["lock", "--check"]).run().ends_with(1);
    assert!(stale.out.contains("pins another hash for Go module a.example/b@v1.0.0 (mod)"), "{stale}");
    project.write("go/go.sum", "");
    let stale = ashlar(&project, &store, &nowhere).args(["lock", "--check"]).run().ends_with(1);
    assert!(stale.out.contains("the lock holds Go module a.example/b@v1.0.0 (zip)"), "{stale}");
}

/// The text of the file `usr/<name>` of the only output that a build printed.
fn installed(store: &Path, printed: &str, name: &str) -> String {
    let digest = printed.split(' ').next().unwrap();
    let tree = fs::read_to_string(store.join("trees").join(&digest[..2]).join(digest)).unwrap();
    let line = tree.lines().find(|line| line.contains(&format!("usr/{name}"))).unwrap();
    let is_digest = |word: &&str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let blob = line.split(|c: char| !c.is_ascii_alphanumeric()).find(is_digest).unwrap();
    fs::read_to_string(store.join("blobs").join(&blob[..2]).join(blob)).unwrap()
}

#[test]
fn a_store_without_the_modules_takes_them_from_a_proxy_or_a_folder() {
    let filled = shared_store();
    let (project, proxy) = (project(&nonce()), proxy("package b\n"));
    ashlar(&project, &filled, proxy.path()).args(["lock", "uses-go"]).run().succeeds();
    let seed = Folder::temporary();
    bring_base_seed(seed.path());
    let nowhere = project.path().join("nowhere");

    let store = Folder::temporary();
    let offline = ashlar(&project, store.path(), &nowhere).arg("--sources").arg(seed.path());
    offline
        .args(["--offline", "fetch", "uses-go"])
        .run()
        .ends_with(3)
        .tells(&["a.example/b@v1.0.0 (", "not there"]);
    let fetched = ashlar(&project, store.path(), proxy.path()).arg("--sources").arg(seed.path());
    fetched.args(["fetch", "uses-go"]).run().succeeds();

    let store = Folder::temporary();
    let brought = ashlar(&project, store.path(), &nowhere).arg("--sources").arg(seed.path());
    brought.arg("--sources").arg(proxy.path()).args(["--offline", "fetch", "uses-go"]).run().succeeds();

    // Without a proxy to ask and without a go to ask for one, that is what is told.
    let store = Folder::temporary();
    let silent = ashlar(&project, store.path(), &nowhere).env("GOPROXY", "").env("PATH", "/nowhere");
    let silent = silent.arg("--sources").arg(seed.path()).args(["fetch", "uses-go"]).run().ends_with(3);
    silent.tells(&["find a module proxy: GOPROXY is not set", "help: set GOPROXY"]);
}

#[test]
fn a_folder_of_the_shape_of_a_proxy_is_enough_to_lock() {
    let (store, project, proxy) = (shared_store(), project(&nonce()), proxy("package b\n"));
    let call = project.ashlar(&store).without_mirrors(proxy.path()).env("PATH", "/nowhere");
    let call = call.arg("--offline").arg("--sources").arg(proxy.path());
    call.args(["lock", "uses-go"]).run().succeeds();
}

#[test]
fn a_proxy_that_changes_a_module_is_refused() {
    let (project, store) = (project(&nonce()), shared_store());
    let before = fs::read_to_string(project.path().join("ashlar.lock")).unwrap();
    let liar = proxy("package evil\n");
    ashlar(&project, &store, liar.path()).args(["lock", "uses-go"]).run().ends_with(3).tells(&[
        "failed to fetch the Go modules of recipe uses-go",
        "a.example/b@v1.0.0 (zip)",
        "expected h1:cwedmCatKOVv/Ibp5wf6q7wTABYPnPmI+rT0d97l1qU=",
    ]);
    let missing = Folder::temporary();
    ashlar(&project, &store, missing.path()).args(["lock", "uses-go"]).run().ends_with(3).tells(&[
        "a.example/b@v1.0.0 (mod)",
        "not there",
        "a.example/b@v1.0.0 (zip)",
        "not there",
    ]);
    assert_eq!(fs::read_to_string(project.path().join("ashlar.lock")).unwrap(), before);
}

#[test]
fn a_lock_that_names_other_bytes_than_go_sum_pins() {
    let (project, store) = (project(&nonce()), shared_store());
    let (honest, liar) = (proxy("package b\n"), proxy("package evil\n"));
    ashlar(&project, &store, honest.path()).args(["lock", "uses-go"]).run().succeeds();
    let other = project_of_the_liar();
    ashlar(&other, &store, liar.path()).args(["lock", "uses-go"]).run().succeeds();
    let field = |project: &Project, name: &str| {
        let text = fs::read_to_string(project.path().join("ashlar.lock")).unwrap();
        let zip = text.split("[[module]]").find(|table| table.contains("kind = \"zip\"")).unwrap().to_owned();
        let line = zip.lines().find(|line| line.starts_with(name)).unwrap();
        line.to_owned()
    };
    let mut text = fs::read_to_string(project.path().join("ashlar.lock")).unwrap();
    for name in ["size", "sha256"] {
        text = text.replace(&field(&project, name), &field(&other, name));
    }
    project.write("ashlar.lock", &text);
    ashlar(&project, &store, honest.path())
        .args(["build", "uses-go"])
        .run()
        .ends_with(1)
        .tells(&["a.example/b@v1.0.0 zip", "expected h1:cwedmCatKOVv/Ibp5wf6q7wTABYPnPmI+rT0d97l1qU="]);
}

/// A project whose go.sum pins what the liar gives.
fn project_of_the_liar() -> Project {
    let project = project(&nonce());
    let evil = "h1:nHmJQLR6t3n+KmlOs+3M5xeST2acOVYPNXgGbReDupU=";
    project.write("go/go.sum", &GO_SUM.replace("h1:cwedmCatKOVv/Ibp5wf6q7wTABYPnPmI+rT0d97l1qU=", evil));
    project
}
