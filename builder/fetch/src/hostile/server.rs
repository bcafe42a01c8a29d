// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A web server that answers every request as the test wants, byte for byte, and remembers what it was asked.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One request as the server saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) path: String,
    /// The offset of a `Range: bytes=<offset>-` header.
    pub(super) offset: Option<usize>,
}

/// What goes over the wire.
pub(super) struct Answer {
    head: String,
    body: Vec<u8>,
    hangs: bool,
}

impl Answer {
    pub(super) fn new(head: &str, body: &[u8]) -> Self {
        Self { head: head.to_owned(), body: body.to_vec(), hangs: false }
    }

    /// An honest 200.
    pub(super) fn whole(body: &[u8]) -> Self {
        Self::new(&format!("200 OK\r\nContent-Length: {}", body.len()), body)
    }

    /// A 200 that announces everything and breaks off after `sent` bytes.
    pub(super) fn cut(body: &[u8], sent: usize) -> Self {
        Self::new(&format!("200 OK\r\nContent-Length: {}", body.len()), &body[..sent])
    }

    /// An honest 206 from `offset` to the end.
    pub(super) fn rest(body: &[u8], offset: usize) -> Self {
        let (last, total) = (body.len() - 1, body.len());
        let head = format!(
            "206 Partial Content\r\nContent-Range: bytes {offset}-{last}/{total}\r\nContent-Length: {}",
            total - offset
        );
        Self::new(&head, &body[offset..])
    }

    pub(super) fn status(status: &str) -> Self {
        Self::new(&format!("{status}\r\nContent-Length: 0"), b"")
    }

    /// After the body the connection stays open and silent.
    pub(super) fn hanging(mut self) -> Self {
        self.hangs = true;
        self
    }
}

/// Runs until dropped.
pub(super) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// `answer` gets the number of requests before this one, and the request.
    pub(super) fn start(answer: impl Fn(usize, &Seen) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let stopped = Arc::new(AtomicBool::new(false));
        let (log, stop) = (Arc::clone(&seen), Arc::clone(&stopped));
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let (log, stop, answer) = (Arc::clone(&log), Arc::clone(&stop), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let Some(request) = read_request(&mut stream) else { return };
                    let index = {
                        let mut log = log.lock().unwrap();
                        log.push(request.clone());
                        log.len() - 1
                    };
                    send(&mut stream, &answer(index, &request), &stop);
                });
            }
        });
        Self { address, seen, stopped }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the accepting thread; where that fails there is nothing left to wake.
        drop(TcpStream::connect(self.address));
    }
}

fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let path = head.split(' ').nth(1)?.trim_start_matches('/').to_owned();
    let offset = head.lines().find_map(|line| {
        line.to_ascii_lowercase().strip_prefix("range: bytes=")?.trim_end_matches('-').parse().ok()
    });
    Some(Seen { path, offset })
}

/// The client may hang up in the middle: that is its right.
fn send(stream: &mut TcpStream, answer: &Answer, stopped: &AtomicBool) {
    let head = format!("HTTP/1.1 {}\r\nConnection: close\r\n\r\n", answer.head);
    let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&answer.body));
    while sent.is_ok() && answer.hangs && !stopped.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(10));
    }
}
