// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `/usr/lib/ashlar/modules.json`: which kernel modules a root or an extension loads.
//!
//! ```json
//! {"schema": 1, "load": ["/usr/lib/modules/6.12.107/kernel/….ko"]}
//! ```
//! Paths from the top of what the list lies in; dependencies first, as whoever built it found them. So nothing is
//! resolved here, nothing is loaded that the list does not name, and the kernel's own calls for modprobe find none.

use crate::error::Malformed;
use crate::plain_path::is_plain;
use serde::Deserialize;

const SCHEMA: u32 = 1;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModuleList {
    schema: u32,
    load: Vec<String>,
}

/// The modules, in the order in which they are loaded.
///
/// # Errors
/// On any key too many or too few, and on a path that could lead out of what the list lies in.
pub(crate) fn parse(text: &str) -> Result<Vec<String>, Malformed> {
    let list: ModuleList = serde_json::from_str(text).map_err(|error| Malformed::new(error.to_string()))?;
    if list.schema != SCHEMA {
        return Err(Malformed::new(format!("schema {} instead of {SCHEMA}", list.schema)));
    }
    match list.load.iter().find(|path| !is_plain(path)) {
        Some(path) => Err(Malformed::new(format!("{path:?} is not a plain absolute path"))),
        None => Ok(list.load),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the image assembler writes it.
    const LIST_TEXT: &str =
        "{\"load\":[\"/usr/lib/modules/6.12.107/b.ko\",\"/usr/lib/modules/6.12.107/a.ko\"],\"schema\":1}\n";

    #[test]
    fn the_order_of_the_list_is_kept() {
        let expected = ["/usr/lib/modules/6.12.107/b.ko", "/usr/lib/modules/6.12.107/a.ko"];
        assert_eq!(parse(LIST_TEXT).unwrap(), expected);
        assert_eq!(parse("{\"load\":[],\"schema\":1}").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_list_of_another_form_loads_nothing() {
        for (from, to) in [
            ("\"schema\":1", "\"schema\":2"),
            ("\"schema\":1", "\"schema\":1,\"force\":true"),
            (",\"schema\":1", ""),
            ("/usr/lib/modules/6.12.107/a.ko", "usr/lib/modules/6.12.107/a.ko"),
            ("[\"/usr", "[1,\"/usr"),
        ] {
            let text = LIST_TEXT.replacen(from, to, 1);
            assert_ne!(text, LIST_TEXT);
            assert!(parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_path_traversal_out_of_an_extension_is_refused() {
        for path in ["/usr/../../../../tmp/evil.ko", "/../evil.ko", "/usr/./x.ko", "//x.ko", "/", ""] {
            let text = LIST_TEXT.replacen("/usr/lib/modules/6.12.107/a.ko", path, 1);
            assert!(parse(&text).unwrap_err().to_string().contains("plain absolute path"), "{path}");
        }
    }
}
