// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A mirror of the archive on the loopback interface, which can misbehave.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::base_seed;

/// How a mirror answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With the file.
    Right,
    /// With the file, in which one byte is another.
    Damaged,
    /// With half of the file, and then with nothing for ever.
    HalfThenSilence,
}

/// A mirror with the seed set `base`, which serves until the test's process ends.
#[derive(Debug)]
pub struct Mirror {
    base: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Mirror {
    /// Starts one. `answer` says how, for each request (counted from 0).
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn start(answer: fn(usize) -> Answer) -> Self {
        let files: BTreeMap<String, PathBuf> =
            base_seed().into_iter().map(|file| (format!("/debian/{}", file.path), file.content)).collect();
        let files = Arc::new(files);
        let listener = TcpListener::bind("127.0.0.1:0").expect("open a port");
        let base = format!("http://{}/debian", listener.local_addr().expect("find the port"));
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (files, log) = (Arc::clone(&files), Arc::clone(&log));
                std::thread::spawn(move || {
                    // A client that goes away is what some tests are about.
                    serve(&stream, &files, &log, answer).unwrap_or_default();
                });
            }
        });
        Self { base, asked }
    }

    /// Its base URL.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

fn serve(
    mut stream: &TcpStream,
    files: &BTreeMap<String, PathBuf>,
    log: &Mutex<Vec<String>>,
    answer: fn(usize) -> Answer,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The rest of the head says nothing that changes the answer: without ranges, the whole file is right.
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    // Archives have `~` and `+` in names; clients may write them in either way.
    let path = request.split(' ').nth(1).unwrap_or_default().replace("%7E", "~").replace("%2B", "+");
    let number = {
        let mut asked = log.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(path.clone());
        asked.len() - 1
    };
    let Some(content) = files.get(&path) else {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    let mut bytes = fs::read(content)?;
    let middle = bytes.len() / 2;
    let answer = answer(number);
    if answer == Answer::Damaged {
        bytes[middle] ^= 1;
    }
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len())?;
    if answer == Answer::HalfThenSilence {
        stream.write_all(&bytes[..middle])?;
        stream.flush()?;
        std::thread::sleep(Duration::from_secs(600));
        return Ok(());
    }
    stream.write_all(&bytes)
}
