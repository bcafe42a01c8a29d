// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Downloads that end early: by the server, by the line, by a killed process.

use std::sync::Mutex;

use ashlar_digest::Sha256;

use super::server::{Answer, Seen, Server};
use super::{content, fetch, quick, request};
use crate::{Attempt, FetchError, Fetcher, Progress, Reason};

/// A server that breaks off the first answer after `sent` bytes and then answers as `then` says.
fn cutting(sent: usize, then: impl Fn(&[u8], &Seen) -> Answer + Send + Sync + 'static) -> Server {
    let good = content();
    Server::start(move |index, seen| match index {
        0 => Answer::cut(&good, sent),
        _ => then(&good, seen),
    })
}

fn offsets(server: &Server) -> Vec<Option<usize>> {
    server.seen().into_iter().map(|seen| seen.offset).collect()
}

#[test]
fn breaks_off_and_goes_on() {
    let server = cutting(1000, |good, seen| Answer::rest(good, seen.offset.unwrap()));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(fetch(quick(), request(&content(), &[server.url("x")]), folder.path()).unwrap(), content());
    assert_eq!(offsets(&server), [None, Some(1000)]);
}

#[test]
fn breaks_off_and_another_goes_on() {
    let first = cutting(1000, |_, _| Answer::status("404 Not Found"));
    let good = content();
    let second = Server::start(move |_, seen| Answer::rest(&good, seen.offset.unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let urls = [first.url("x"), second.url("x")];
    assert_eq!(fetch(quick(), request(&content(), &urls), folder.path()).unwrap(), content());
    assert_eq!(offsets(&second), [Some(1000)]);
}

#[test]
fn breaks_off_and_ignores_ranges() {
    let server = cutting(1000, |good, _| Answer::whole(good));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(fetch(quick(), request(&content(), &[server.url("x")]), folder.path()).unwrap(), content());
    assert_eq!(offsets(&server), [None, Some(1000)]);
}

#[test]
fn answers_with_another_range() {
    for wrong in [
        "bytes 0-64535/65536",
        "bytes 1001-65535/65536",
        "bytes 1000-5000/65536",
        "bytes 1000-65535/9",
        "bytes +1000-65535/65536",
        "items 1-2/3",
    ] {
        let server = cutting(1000, move |good, seen| match seen.offset {
            // Without its body: the header alone must be enough to turn away.
            Some(_) => Answer::new(
                &format!("206 Partial Content\r\nContent-Range: {wrong}\r\nContent-Length: 64536"),
                b"",
            )
            .hanging(),
            None => Answer::whole(good),
        });
        let folder = tempfile::tempdir().unwrap();
        let outcome = fetch(quick(), request(&content(), &[server.url("x")]), folder.path());
        assert_eq!(outcome.unwrap(), content(), "{wrong}");
        assert_eq!(offsets(&server), [None, Some(1000), None], "{wrong}");
    }
}

#[test]
fn goes_on_with_another_file() {
    let first = cutting(1000, |_, _| Answer::status("404 Not Found"));
    let longer = [content(), content()].concat();
    let second = Server::start(move |_, seen| Answer::rest(&longer, seen.offset.unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let urls = [first.url("x"), second.url("x")];
    let error = fetch(quick(), request(&content(), &urls), folder.path()).unwrap_err();
    assert!(error.to_string().contains("offers 131072 bytes where 65536 are expected"), "{error}");
}

#[test]
fn shows_a_login_page_instead() {
    let first = cutting(1000, |_, _| Answer::whole(b"<html>please log in</html>"));
    let good = content();
    let second = Server::start(move |index, seen| match index {
        0 => Answer::status("503 Service Unavailable"),
        _ => Answer::rest(&good, seen.offset.unwrap()),
    });
    let folder = tempfile::tempdir().unwrap();
    let urls = [first.url("x"), second.url("x")];
    assert_eq!(fetch(quick(), request(&content(), &urls), folder.path()).unwrap(), content());
    assert_eq!(offsets(&second), [Some(1000), Some(1000)], "the bytes that were there are kept");
}

#[test]
fn never_joins_metadata_of_two_places() {
    let first = cutting(1000, |_, _| Answer::status("404 Not Found"));
    let second = Server::start(|_, seen| match seen.offset {
        None => Answer::whole(b"second"),
        Some(_) => Answer::status("400 Bad Request"),
    });
    let fetcher = Fetcher::new(quick()).unwrap();
    let urls = [first.url("x"), second.url("x")];
    let got = fetcher.fetch_unpinned("InRelease", &urls, 1 << 20, &crate::Silent).unwrap();
    assert_eq!(got.bytes, b"second");
    assert_eq!(got.url, second.url("x"));
}

#[test]
fn takes_turns_with_another_in_losing_what_was_there() {
    let big: Vec<u8> = std::iter::repeat_with(content).take(40).flatten().collect();
    let cut = |sent: usize| {
        let body = big.clone();
        Server::start(move |_, _| Answer::cut(&body, sent))
    };
    let (much, little) = (cut(big.len() - 1), cut(1));
    let folder = tempfile::tempdir().unwrap();
    let urls = [much.url("x"), little.url("x")];
    assert!(fetch(quick(), request(&big, &urls), folder.path()).is_err());
    assert_eq!(much.seen().len(), 4, "the round that brought much, and three more");
}

#[test]
fn sends_a_part_nobody_asked_for() {
    let good = content();
    let server = Server::start(move |_, _| Answer::rest(&good, 10));
    let folder = tempfile::tempdir().unwrap();
    let error = fetch(quick(), request(&content(), &[server.url("x")]), folder.path()).unwrap_err();
    assert!(error.to_string().contains("HTTP 206"), "{error}");
}

#[test]
fn knows_no_rest_of_a_file_that_is_too_long_on_disk() {
    let good = content();
    let server = {
        let good = good.clone();
        Server::start(move |_, seen| match seen.offset {
            Some(_) => Answer::status("416 Range Not Satisfiable"),
            None => Answer::whole(&good),
        })
    };
    let folder = tempfile::tempdir().unwrap();
    let mut wanted = request(&good, &[server.url("x")]);
    wanted.size = None;
    let part = folder.path().join(format!("{}.part", wanted.digest));
    std::fs::write(part, [&good[..], b"more"].concat()).unwrap();
    assert_eq!(fetch(quick(), wanted, folder.path()).unwrap(), good);
}

#[test]
fn is_not_blamed_for_bytes_that_lay_on_disk() {
    let good = content();
    let server = {
        let good = good.clone();
        Server::start(move |_, seen| match seen.offset {
            Some(offset) => Answer::rest(&good, offset),
            None => Answer::whole(&good),
        })
    };
    let folder = tempfile::tempdir().unwrap();
    let wanted = request(&good, &[server.url("x")]);
    std::fs::write(folder.path().join(format!("{}.part", wanted.digest)), [b'!'; 500]).unwrap();
    assert_eq!(fetch(quick(), wanted, folder.path()).unwrap(), good);
    assert_eq!(offsets(&server), [Some(500), None]);
}

#[test]
fn hangs_in_the_middle() {
    let good = content();
    let server = {
        let good = good.clone();
        Server::start(move |_, _| Answer::cut(&good, 1000).hanging())
    };
    let honest = Server::start(move |_, seen| Answer::rest(&good, seen.offset.unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let urls = [server.url("x"), honest.url("x")];
    assert_eq!(fetch(quick(), request(&content(), &urls), folder.path()).unwrap(), content());
}

#[test]
fn never_answers() {
    let server = Server::start(|_, _| Answer::new("", b"").hanging());
    let folder = tempfile::tempdir().unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x", silent.local_addr().unwrap());
    let error = fetch(quick(), request(b"x", &[url]), folder.path()).unwrap_err();
    assert!(error.to_string().contains(&Reason::TimedOut.to_string()), "{error}");
    drop(server);
}

#[test]
fn a_killed_run_left_the_whole_file() {
    let good = content();
    let folder = tempfile::tempdir().unwrap();
    let wanted = request(&good, &[]);
    std::fs::write(folder.path().join(format!("{}.part", wanted.digest)), &good).unwrap();
    assert_eq!(fetch(quick(), wanted, folder.path()).unwrap(), good);
}

#[test]
fn a_folder_that_cannot_be_written_is_our_fault_not_the_servers() {
    let good = content();
    let server = Server::start(move |_, _| Answer::whole(&good));
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let error = fetch(quick(), request(&content(), &[server.url("x")]), &missing).unwrap_err();
    assert!(matches!(error, FetchError::Partial { operation: "open", .. }), "{error}");
}

#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Progress for Log {
    fn started(&self, name: &str, size: Option<u64>) {
        self.0.lock().unwrap().push(format!("started {name} {size:?}"));
    }
    fn advanced(&self, _name: &str, total: u64) {
        let mut log = self.0.lock().unwrap();
        if log.last().is_some_and(|line| line.starts_with("advanced")) {
            log.pop();
        }
        log.push(format!("advanced {total}"));
    }
    fn set_back(&self, _name: &str, attempt: &Attempt) {
        self.0.lock().unwrap().push(format!("set back: {}", attempt.reason));
    }
    fn finished(&self, name: &str, outcome: Result<(), &FetchError>) {
        self.0.lock().unwrap().push(format!("finished {name} {}", outcome.is_ok()));
    }
}

#[test]
fn progress_tells_what_happened() {
    let server = Server::start(|index, _| match index {
        0 => Answer::status("503 Busy"),
        _ => Answer::whole(b"abc"),
    });
    let folder = tempfile::tempdir().unwrap();
    let fetcher = Fetcher::new(quick()).unwrap();
    let log = Log::default();
    let twice = vec![request(b"abc", &[server.url("x")]), request(b"abc", &[server.url("y")])];
    let got = fetcher.fetch_all(twice, folder.path(), &log, |request, path| {
        std::fs::rename(path, folder.path().join("stored")).unwrap();
        request.urls.len()
    });
    assert_eq!(got.len(), 1);
    assert_eq!(got.into_values().next().unwrap().unwrap(), 2, "places of equal requests are joined");
    assert_eq!(
        *log.0.lock().unwrap(),
        [
            "started file Some(3)",
            "set back: the server could not answer (HTTP 503)",
            "advanced 3",
            "finished file true"
        ]
    );
    assert_eq!(Sha256::of(&std::fs::read(folder.path().join("stored")).unwrap()), Sha256::of(b"abc"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no partial file is left");
}
