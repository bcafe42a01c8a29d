// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One attempt at one place: bytes flow into a [`Part`], bounded in size and in waiting.
//!
//! Range requests: RFC 9110 §14. A server may ignore the range (200: the part starts again) or answer it
//! (206, whose `Content-Range` must begin exactly where the part ends, because joined bytes from elsewhere
//! would only be noticed at the end).

use std::fs::File;
use std::io::Read as _;

use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, HeaderMap, RANGE};
use reqwest::{Client, StatusCode, Url};

use crate::part::Part;
use crate::{FetchError, Fetcher, Reason};

/// The words for a local file that does not exist.
pub(crate) const NOT_THERE: &str = "not there";

/// How much may come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The exact size, where it is known.
    pub(crate) expected: Option<u64>,
    /// The bound where it is not.
    pub(crate) cap: u64,
}

impl Limits {
    pub(crate) fn bound(self) -> u64 {
        self.expected.unwrap_or(self.cap)
    }

    /// Judges the size that a server announces for the whole file.
    fn check(self, announced: Option<u64>) -> Result<(), Reason> {
        match (announced, self.expected) {
            (Some(announced), Some(expected)) if announced != expected => {
                Err(Reason::Announced { announced, expected })
            }
            (Some(announced), None) if announced > self.cap => Err(Reason::TooLarge { limit: self.cap }),
            _ => Ok(()),
        }
    }
}

/// Whose fault it is.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The place's: another may do better.
    Place(Reason),
    /// Ours (disk full, no permission): no other place will do better.
    Here(FetchError),
}

impl From<Reason> for Failure {
    fn from(reason: Reason) -> Self {
        Self::Place(reason)
    }
}

/// Brings what is missing of `part` from `url`.
pub(crate) async fn download(
    fetcher: &Fetcher,
    url: &str,
    part: &mut Part,
    limits: Limits,
    advanced: &mut dyn FnMut(u64),
) -> Result<(), Failure> {
    let url = Url::parse(url).map_err(|_| Reason::Scheme)?;
    match url.scheme() {
        "http" | "https" if fetcher.config().offline => Err(Reason::Offline.into()),
        "http" | "https" => {
            over_http(fetcher.client().map_err(Failure::Here)?, url, part, limits, advanced).await
        }
        "file" => from_file(&url, part, limits, advanced),
        _ => Err(Reason::Scheme.into()),
    }
}

async fn over_http(
    client: &Client,
    url: Url,
    part: &mut Part,
    limits: Limits,
    advanced: &mut dyn FnMut(u64),
) -> Result<(), Failure> {
    let offset = part.len();
    let mut request = client.get(url);
    if offset > 0 {
        request = request.header(RANGE, format!("bytes={offset}-"));
    }
    let mut response = request.send().await.map_err(|error| Reason::of_http(&error))?;
    let status = response.status();
    match status {
        StatusCode::OK => {
            // Judged first: a login page in the way must not cost the bytes that are there.
            limits.check(content_length(response.headers()))?;
            if offset > 0 {
                part.restart().map_err(Failure::Here)?;
            }
        }
        StatusCode::PARTIAL_CONTENT if offset > 0 => {
            limits.check(continued(response.headers(), offset)?)?;
        }
        StatusCode::RANGE_NOT_SATISFIABLE if offset > 0 => {
            return Err(Reason::Range { header: "HTTP 416".to_owned() }.into());
        }
        _ => return Err(Reason::of_status(status.as_u16()).into()),
    }
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                append(part, &chunk, limits)?;
                advanced(part.len());
            }
            Ok(None) => break,
            // A connection that ends badly after the last byte has done its work.
            Err(_) if limits.expected == Some(part.len()) => break,
            Err(error) => return Err(Reason::of_http(&error).into()),
        }
    }
    complete(part, limits)
}

fn from_file(
    url: &Url,
    part: &mut Part,
    limits: Limits,
    advanced: &mut dyn FnMut(u64),
) -> Result<(), Failure> {
    let path = url.to_file_path().map_err(|()| Reason::Scheme)?;
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Reason::File { cause: NOT_THERE.to_owned() },
        _ => Reason::File { cause: error.to_string() },
    };
    // Opening a pipe would wait for ever.
    let metadata = std::fs::metadata(&path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Reason::File { cause: "not a regular file".to_owned() }.into());
    }
    limits.check(Some(metadata.len()))?;
    let mut file = File::open(&path).map_err(unreadable)?;
    part.restart().map_err(Failure::Here)?;
    let mut buffer = vec![0; 128 * 1024];
    loop {
        match file.read(&mut buffer).map_err(unreadable)? {
            0 => break,
            count => {
                append(part, &buffer[..count], limits)?;
                advanced(part.len());
            }
        }
    }
    complete(part, limits)
}

fn append(part: &mut Part, chunk: &[u8], limits: Limits) -> Result<(), Failure> {
    if part.len() + chunk.len() as u64 > limits.bound() {
        return Err(Reason::TooLarge { limit: limits.bound() }.into());
    }
    part.append(chunk).map_err(Failure::Here)
}

fn complete(part: &Part, limits: Limits) -> Result<(), Failure> {
    match limits.expected {
        Some(expected) if part.len() < expected => Err(Reason::Ended { got: part.len(), expected }.into()),
        _ => Ok(()),
    }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Checks that a 206 answer continues at `offset` to the end; gives the size of the whole file where it is named.
fn continued(headers: &HeaderMap, offset: u64) -> Result<Option<u64>, Reason> {
    let header =
        headers.get(CONTENT_RANGE).and_then(|value| value.to_str().ok()).unwrap_or("no Content-Range");
    let wrong = || Reason::Range { header: header.to_owned() };
    let (range, total) =
        header.strip_prefix("bytes ").and_then(|rest| rest.split_once('/')).ok_or_else(wrong)?;
    let (first, last) = range.split_once('-').ok_or_else(wrong)?;
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u64>().ok()).flatten().ok_or_else(wrong)
    };
    let (first, last) = (number(first)?, number(last)?);
    if first != offset || last < first {
        return Err(wrong());
    }
    if total == "*" {
        return Ok(None);
    }
    let total = number(total)?;
    if last.checked_add(1) != Some(total) {
        return Err(wrong());
    }
    Ok(Some(total))
}
