// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which module proxies this machine uses: as its environment says, or as its `go` is configured.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::GoProxies;
use crate::FetchError;

/// The host's settings for Go. Nothing of ours names a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoClient {
    /// The value of `GOPROXY`, where it is set.
    pub proxies: Option<String>,
    /// The program that is asked otherwise, as a path or a name to be searched for.
    pub program: PathBuf,
}

impl GoClient {
    /// The module proxies.
    ///
    /// # Errors
    /// [`FetchError::GoProxyUnknown`] where nobody names any, [`FetchError::GoProxies`] where none can be asked.
    pub fn proxies(&self) -> Result<GoProxies, FetchError> {
        if let Some(text) = &self.proxies {
            return GoProxies::parse(text);
        }
        let unknown = |reason| FetchError::GoProxyUnknown { program: self.program.clone(), reason };
        let output = Command::new(&self.program)
            .args(["env", "GOPROXY"])
            // A go.mod in the working folder must not have another toolchain downloaded.
            .env("GOTOOLCHAIN", "local")
            .stdin(Stdio::null())
            .output()
            .map_err(|cause| unknown(cause.to_string()))?;
        if !output.status.success() {
            return Err(unknown(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        GoProxies::parse(String::from_utf8_lossy(&output.stdout).trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: Option<&str>, program: &str) -> GoClient {
        GoClient { proxies: proxies.map(str::to_owned), program: program.into() }
    }

    #[test]
    fn a_machine_that_names_no_proxy_is_told_so() {
        let error = client(None, "no-such-go-program").proxies().unwrap_err();
        assert!(error.to_string().contains("GOPROXY is not set"), "{error}");
        assert!(error.help().unwrap().contains("GOPROXY"));
        let failing = client(None, "false").proxies();
        assert!(matches!(failing, Err(FetchError::GoProxyUnknown { .. })), "{failing:?}");
    }

    #[test]
    fn the_environment_comes_before_the_program() {
        let expected = GoProxies::parse("https://p.example").unwrap();
        assert_eq!(client(Some("https://p.example"), "false").proxies().unwrap(), expected);
        assert!(matches!(client(Some("off"), "false").proxies(), Err(FetchError::GoProxies { .. })));
    }
}
