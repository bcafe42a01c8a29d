// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Wrong answers: what is asked again, what is not, and what the error says.

use ashlar_digest::Sha256;

use super::server::{Answer, Server};
use super::{content, fetch, quick, request};
use crate::{Attempt, Config, FetchError, Fetcher, LocalFolder, Reason, Silent};

fn attempts(error: FetchError) -> Vec<Attempt> {
    match error {
        FetchError::Exhausted { attempts, .. } => attempts,
        other => panic!("{other}"),
    }
}

fn only_reason(error: FetchError) -> Reason {
    let attempts = attempts(error);
    assert_eq!(attempts.len(), 1, "{attempts:?}");
    attempts[0].reason.clone()
}

#[test]
fn corrupts_one_byte() {
    let good = content();
    let mut bad = good.clone();
    bad[1000] ^= 1;
    let liar = Server::start(move |_, _| Answer::whole(&bad));
    let folder = tempfile::tempdir().unwrap();

    let error = fetch(quick(), request(&good, &[liar.url("x")]), folder.path()).unwrap_err();
    assert!(
        error.to_string().contains(&format!("{}: wrong content: expected sha256", liar.url("x"))),
        "{error}"
    );
    assert!(matches!(only_reason(error), Reason::Digest { expected, .. } if expected == Sha256::of(&good)));
    assert_eq!(liar.seen().len(), 1, "a place that lies is not asked twice");

    let honest = {
        let good = good.clone();
        Server::start(move |_, _| Answer::whole(&good))
    };
    let urls = [liar.url("x"), honest.url("x")];
    assert_eq!(fetch(quick(), request(&good, &urls), folder.path()).unwrap(), good);
    assert_eq!(honest.seen()[0].offset, None, "nothing of the liar's bytes is kept");
}

#[test]
fn does_not_have_it() {
    let good = content();
    let absent = Server::start(|_, _| Answer::status("404 Not Found"));
    let honest = {
        let good = good.clone();
        Server::start(move |_, _| Answer::whole(&good))
    };
    let folder = tempfile::tempdir().unwrap();
    let urls = [absent.url("x"), honest.url("x")];
    assert_eq!(fetch(quick(), request(&good, &urls), folder.path()).unwrap(), good);
    assert_eq!(absent.seen().len(), 1);
}

#[test]
fn refuses() {
    for status in ["401 Unauthorized", "403 Forbidden", "451 Unavailable For Legal Reasons"] {
        let server = Server::start(move |_, _| Answer::status(status));
        let folder = tempfile::tempdir().unwrap();
        let error = fetch(quick(), request(b"x", &[server.url("x")]), folder.path()).unwrap_err();
        assert!(matches!(only_reason(error), Reason::Refused { .. }), "{status}");
        assert_eq!(server.seen().len(), 1, "a refusal is never asked again: {status}");
    }
}

#[test]
fn fails_twice_then_answers() {
    let good = content();
    let server = {
        let good = good.clone();
        Server::start(move |index, _| match index {
            0 | 1 => Answer::status("503 Service Unavailable"),
            _ => Answer::whole(&good),
        })
    };
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(fetch(quick(), request(&good, &[server.url("x")]), folder.path()).unwrap(), good);
}

#[test]
fn fails_for_ever() {
    let server = Server::start(|_, _| Answer::status("500 Internal Server Error"));
    let folder = tempfile::tempdir().unwrap();
    let error = fetch(quick(), request(b"x", &[server.url("x")]), folder.path()).unwrap_err();
    assert!(error.help().unwrap().contains("connection"));
    assert_eq!(only_reason(error), Reason::Unavailable { status: 500 });
    assert_eq!(server.seen().len(), 3, "as often as configured");
}

#[test]
fn redirects_in_a_circle() {
    let server = Server::start(|_, _| Answer::status("302 Found\r\nLocation: /again"));
    let folder = tempfile::tempdir().unwrap();
    let error = fetch(quick(), request(b"x", &[server.url("x")]), folder.path()).unwrap_err();
    assert_eq!(only_reason(error), Reason::Redirects);
}

#[test]
fn is_not_listening() {
    let url = Server::start(|_, _| Answer::status("200 OK")).url("x");
    // The server is gone, and with it whoever listened on its port.
    std::thread::sleep(std::time::Duration::from_millis(50));
    let folder = tempfile::tempdir().unwrap();
    let error = fetch(quick(), request(b"x", &[url]), folder.path()).unwrap_err();
    assert!(matches!(only_reason(error), Reason::Transport { .. }));
}

#[test]
fn announces_another_size() {
    let good = content();
    for announced in [good.len() - 1, good.len() + 1] {
        let body = good.clone();
        let server = Server::start(move |_, _| {
            Answer::new(&format!("200 OK\r\nContent-Length: {announced}"), &body).hanging()
        });
        let folder = tempfile::tempdir().unwrap();
        let error = fetch(quick(), request(&good, &[server.url("x")]), folder.path()).unwrap_err();
        assert_eq!(
            only_reason(error),
            Reason::Announced { announced: announced as u64, expected: good.len() as u64 }
        );
    }
}

#[test]
fn sends_without_end() {
    let good = content();
    let body = [good.clone(), good.clone()].concat();
    let server = Server::start(move |_, _| Answer::new("200 OK", &body).hanging());
    let folder = tempfile::tempdir().unwrap();
    let mut wanted = request(&good, &[server.url("x")]);
    let error = fetch(quick(), wanted.clone(), folder.path()).unwrap_err();
    assert_eq!(only_reason(error), Reason::TooLarge { limit: good.len() as u64 });

    wanted.size = None;
    let config = Config { cap: 1000, ..quick() };
    assert_eq!(
        only_reason(fetch(config, wanted, folder.path()).unwrap_err()),
        Reason::TooLarge { limit: 1000 }
    );
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        assert!(entry.unwrap().metadata().unwrap().len() <= good.len() as u64);
    }
}

#[test]
fn is_not_asked_offline() {
    let good = content();
    let server = Server::start(|_, _| Answer::status("404 Not Found"));
    let folder = tempfile::tempdir().unwrap();
    let config = Config { offline: true, ..quick() };
    let error = fetch(config, request(&good, &[server.url("x")]), folder.path()).unwrap_err();
    assert_eq!(only_reason(error), Reason::Offline);

    let sources = tempfile::tempdir().unwrap();
    std::fs::write(sources.path().join("by-hand"), &good).unwrap();
    let folders = vec![LocalFolder::index(sources.path()).unwrap()];
    let config = Config { offline: true, folders, ..quick() };
    assert_eq!(fetch(config, request(&good, &[server.url("x")]), folder.path()).unwrap(), good);
    assert_eq!(server.seen(), []);
}

#[test]
fn gives_more_metadata_than_allowed() {
    let server = Server::start(|_, seen| match seen.path.as_str() {
        "large" => Answer::whole(&[b'x'; 101]),
        "right" => Answer::whole(&[b'x'; 100]),
        _ => Answer::status("404 Not Found"),
    });
    let fetcher = Fetcher::new(quick()).unwrap();
    let get = |urls: &[String]| fetcher.fetch_unpinned("InRelease", urls, 100, &Silent);
    assert_eq!(only_reason(get(&[server.url("large")]).unwrap_err()), Reason::TooLarge { limit: 100 });
    let found = get(&[server.url("large"), server.url("none"), server.url("right")]).unwrap();
    assert_eq!((found.bytes.len(), found.url), (100, server.url("right")));
    assert!(get(&[server.url("none")]).unwrap_err().is_absent());
    assert!(!get(&[server.url("none"), server.url("large")]).unwrap_err().is_absent());
    assert!(matches!(get(&[]), Err(FetchError::NoPlace { .. })));
}

#[test]
fn is_no_url() {
    let folder = tempfile::tempdir().unwrap();
    for url in ["ftp://m.example/x", "x", "http://"] {
        let error = fetch(quick(), request(b"x", &[url.to_owned()]), folder.path()).unwrap_err();
        assert_eq!(only_reason(error), Reason::Scheme, "{url}");
    }
}

#[test]
fn is_dead_and_would_be_waited_for_with_every_file() {
    let dead = Server::start(|_, _| Answer::status("503 Service Unavailable"));
    let honest = Server::start(|_, seen| Answer::whole(seen.path.as_bytes()));
    let wanted = |n: usize| {
        let name = format!("file-{n}");
        request(name.as_bytes(), &[dead.url(&name), honest.url(&name)])
    };
    let folder = tempfile::tempdir().unwrap();
    let fetcher = Fetcher::new(Config { parallel: 1, ..quick() }).unwrap();
    let got = fetcher.fetch_all((0..20).map(wanted).collect(), folder.path(), &Silent, |_, _| ());
    assert!(got.values().all(Result::is_ok));
    assert_eq!(dead.seen().len(), 3);
    // Where nobody else has the file it is still asked.
    let error = fetcher.fetch_unpinned("only", &[dead.url("only")], 10, &Silent).unwrap_err();
    assert_eq!(only_reason(error), Reason::Unavailable { status: 503 });
    assert!(dead.seen().len() > 3);
}
