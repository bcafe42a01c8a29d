// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Module proxies that lie.

use std::io::{Cursor, Write as _};
use std::path::Path;

use ashlar_digest::{Sha256, SourceDigest};
use zip::write::SimpleFileOptions;

use super::quick;
use super::server::{Answer, Server};
use crate::go::{GoFile, GoModules, GoProxies, Hash1};
use crate::{Config, FetchError, Fetcher, LocalFolder, Silent};

const MOD: &[u8] = b"module a.example/B\n";

fn zip_of(source: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [("go.mod", MOD), ("b.go", source)] {
        writer.start_file(format!("a.example/B@v1.0.0/{name}"), SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn modules() -> GoModules {
    let files = [("go.mod", MOD), ("b.go", &b"package b\n"[..])];
    let files = files.map(|(name, content)| (format!("a.example/B@v1.0.0/{name}"), Sha256::of(content)));
    let zip = Hash1::of(&files.into_iter().collect());
    let go_mod = Hash1::of_go_mod(Sha256::of(MOD));
    let go_sum = format!("a.example/B v1.0.0 {zip}\na.example/B v1.0.0/go.mod {go_mod}\n");
    GoModules::parse(&go_sum, "require a.example/B v1.0.0\n", ("go.sum", "go.mod")).unwrap()
}

fn proxy(source: &'static [u8]) -> Server {
    Server::start(move |_, seen| match seen.path.as_str() {
        "a.example/!b/@v/v1.0.0.mod" => Answer::whole(MOD),
        "a.example/!b/@v/v1.0.0.zip" => Answer::whole(&zip_of(source)),
        _ => Answer::status("404 Not Found"),
    })
}

fn fetch_with(config: Config, proxies: Option<&str>, root: &Path) -> Result<(), Vec<FetchError>> {
    let fetcher = Fetcher::new(config).unwrap();
    std::fs::create_dir_all(root.join("parts")).unwrap();
    std::fs::create_dir_all(root.join("proxy/a.example/!b/@v")).unwrap();
    let proxies = proxies.map(|text| GoProxies::parse(text).unwrap());
    let deliver = |file: &GoFile, path: &Path, digest: SourceDigest| {
        assert_eq!(digest.sha256(), Sha256::of(&std::fs::read(path).unwrap()));
        std::fs::rename(path, root.join("proxy").join(file.path())).unwrap();
    };
    let results = fetcher.fetch_go_files(
        modules().files().collect(),
        proxies.as_ref(),
        &root.join("parts"),
        &Silent,
        deliver,
    );
    let errors: Vec<FetchError> = results.into_iter().filter_map(|(_, result)| result.err()).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn fetch(proxies: &str, root: &Path) -> Result<(), Vec<FetchError>> {
    fetch_with(quick(), Some(proxies), root)
}

#[test]
fn one_proxy_changes_a_source_and_the_next_is_honest() {
    let (liar, honest) = (proxy(b"package evil\n"), proxy(b"package b\n"));
    let root = tempfile::tempdir().unwrap();
    fetch(&format!("{},{}|direct", liar.url(""), honest.url("")), root.path()).unwrap();
    let files = root.path().join("proxy/a.example/!b/@v");
    assert_eq!(std::fs::read(files.join("v1.0.0.mod")).unwrap(), MOD);
    assert_eq!(std::fs::read(files.join("v1.0.0.zip")).unwrap(), zip_of(b"package b\n"));

    // The result serves as a folder that somebody brought, without any proxy.
    let folders = || vec![LocalFolder::index(&root.path().join("proxy")).unwrap()];
    let copy = tempfile::tempdir().unwrap();
    fetch_with(Config { offline: true, folders: folders(), ..quick() }, None, copy.path()).unwrap();
    assert_eq!(std::fs::read(copy.path().join("proxy/a.example/!b/@v/v1.0.0.mod")).unwrap(), MOD);

    // A wrong file there is refused like that of a proxy.
    std::fs::write(files.join("v1.0.0.mod"), b"module evil\n").unwrap();
    let copy = tempfile::tempdir().unwrap();
    let errors =
        fetch_with(Config { offline: true, folders: folders(), ..quick() }, None, copy.path()).unwrap_err();
    assert!(errors[0].to_string().contains("wrong content: expected h1:"), "{}", errors[0]);
}

#[test]
fn the_only_proxy_changes_a_source() {
    let liar = proxy(b"package evil\n");
    let root = tempfile::tempdir().unwrap();
    let errors = fetch(&liar.url(""), root.path()).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].to_string().contains("wrong content: expected h1:"), "{}", errors[0]);
    assert!(!root.path().join("proxy/a.example/!b/@v/v1.0.0.zip").exists());
}

#[test]
fn proxies_that_cannot_be_asked() {
    for text in ["", "direct", "off", "ftp://p.example", "/srv/proxy", "direct,https://p.example"] {
        assert!(matches!(GoProxies::parse(text), Err(FetchError::GoProxies { .. })), "{text}");
    }
}
