// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why one place did not give the bytes, and whether asking it again makes sense.

use std::fmt;

use ashlar_digest::Sha256;

/// Why one attempt at one place failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The place does not have the file (HTTP 404 or 410).
    #[error("not there (HTTP {status})")]
    NotFound {
        /// The HTTP status.
        status: u16,
    },
    /// The server refuses to give the file (any other 4xx). Never asked again.
    #[error("refused (HTTP {status})")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The server failed or asked to come back later (5xx, 408, 429).
    #[error("the server could not answer (HTTP {status})")]
    Unavailable {
        /// The HTTP status.
        status: u16,
    },
    /// A status that no download can be made of.
    #[error("unexpected answer (HTTP {status})")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The connection could not be made or broke.
    #[error("{cause}")]
    Transport {
        /// The chain of causes, outermost first.
        cause: String,
    },
    /// The server's certificate is not vouched for by an authority that this machine trusts.
    #[error("{cause}")]
    Certificate {
        /// The TLS library's words.
        cause: String,
    },
    /// Nothing came for longer than the configured time.
    #[error("no answer in time")]
    TimedOut,
    /// Redirected in a circle or too often.
    #[error("redirected too often")]
    Redirects,
    /// The body ended too early.
    #[error("ended after {got} of {expected} bytes")]
    Ended {
        /// Bytes received.
        got: u64,
        /// Bytes expected.
        expected: u64,
    },
    /// The server announces another size than the file must have.
    #[error("offers {announced} bytes where {expected} are expected")]
    Announced {
        /// The size of the whole file by the server.
        announced: u64,
        /// The size that the lock or the index names.
        expected: u64,
    },
    /// More bytes than the file may have.
    #[error("sends more than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The whole file came and is another one.
    #[error("wrong content: expected sha256 {expected}, got {got}")]
    Digest {
        /// The digest asked for.
        expected: Sha256,
        /// The digest of what came.
        got: Sha256,
    },
    /// The answer to a range request does not fit the request.
    #[error("answers a range request with another range ({header})")]
    Range {
        /// The `Content-Range` header, or what is wrong about it.
        header: String,
    },
    /// A Go module whose tree hash is another.
    #[error("wrong content: expected {expected}, got {got}")]
    GoHash {
        /// The hash that go.sum names.
        expected: String,
        /// The hash of what came.
        got: String,
    },
    /// An archive that breaks the rules of its format.
    #[error("malformed archive: {cause}")]
    Archive {
        /// What is wrong.
        cause: String,
    },
    /// A local file could not be read.
    #[error("{cause}")]
    File {
        /// The operating system's words.
        cause: String,
    },
    /// A URL with a scheme other than http, https and file, or no URL at all.
    #[error("not a URL that can be fetched (http, https, file)")]
    Scheme,
    /// The network was not asked because the caller works offline.
    #[error("not asked: working offline")]
    Offline,
}

impl Reason {
    /// Whether the same place may answer differently in a moment. A refusal stays one.
    pub(crate) const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. } | Self::Transport { .. } | Self::TimedOut | Self::Ended { .. }
        )
    }

    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            404 | 410 => Self::NotFound { status },
            408 | 429 | 500..=599 => Self::Unavailable { status },
            400..=499 => Self::Refused { status },
            _ => Self::Status { status },
        }
    }

    pub(crate) fn of_http(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        if error.is_redirect() {
            return Self::Redirects;
        }
        if error.is_builder() {
            return Self::Scheme;
        }
        // The outermost message repeats the URL, which the attempt names already.
        let mut causes = Vec::new();
        let mut next = std::error::Error::source(error);
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        if causes.is_empty() {
            causes.push(error.to_string());
        }
        // The TLS library's own error is wrapped so that it can only be seen in its text.
        match causes.iter().find(|cause| cause.contains("invalid peer certificate")) {
            Some(cause) => Self::Certificate { cause: cause.clone() },
            None => Self::Transport { cause: causes.join(": ") },
        }
    }
}

/// One place and the last thing that went wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The place, without credentials.
    pub url: String,
    /// Why it did not give the bytes.
    pub reason: Reason,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.url, self.reason)
    }
}

/// `url` without user name and password: error messages end up in logs.
pub(crate) fn without_credentials(url: &str) -> String {
    let Ok(mut parsed) = reqwest::Url::parse(url) else { return url.to_owned() };
    if parsed.username().is_empty() && parsed.password().is_none() {
        return url.to_owned();
    }
    // A URL that cannot carry credentials has none to remove.
    if parsed.set_username("").is_err() || parsed.set_password(None).is_err() {
        return url.to_owned();
    }
    parsed.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_never_transient() {
        for status in [400, 401, 403, 404, 410, 451] {
            assert!(!Reason::of_status(status).is_transient(), "{status}");
        }
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(Reason::of_status(status).is_transient(), "{status}");
        }
        assert!(!Reason::of_status(304).is_transient());
    }

    #[test]
    fn credentials_do_not_reach_messages() {
        assert_eq!(without_credentials("https://me:secret@mirror.example/a"), "https://mirror.example/a");
        assert_eq!(without_credentials("https://mirror.example/a"), "https://mirror.example/a");
    }
}
