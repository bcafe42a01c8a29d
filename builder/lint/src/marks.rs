// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Marks that a build leaves in bytes: paths of the sandbox, who built it, when it was compiled.
//!
//! What is looked for is what docs/sandbox.md promises every build to see, so that it is the same on every machine and a
//! judgement is a function of content.

use ashlar_recipe::{Date, Rule};
use ashlar_tree::TreePath;
use memchr::memmem;

use crate::book::Book;

/// Who builds, and on which machine: user and host name of every sandbox.
pub const BUILD_HOST: &str = "root@ashlar";

/// Folders of the sandbox that nothing installed lies in.
const FOLDERS: [&[u8]; 4] = [b"/build", b"/sources", b"/out", b"/target"];

/// Folders below which each source has its place.
const WITH_SOURCES: [&str; 2] = ["/build", "/sources"];

/// So much of what stands around a mark is shown, before and behind.
const BEFORE: usize = 24;
const BEHIND: usize = 56;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What is looked for in the files of one output.
pub(crate) struct Marks {
    /// The places of sources, each with a slash behind it.
    places: Vec<Vec<u8>>,
    /// The day of the source epoch as compilers write it.
    dates: Vec<String>,
}

impl Marks {
    pub(crate) fn new(sources: &[String], epoch: u64) -> Self {
        let places = sources
            .iter()
            .flat_map(|source| {
                WITH_SOURCES.iter().map(move |folder| format!("{folder}/{source}/").into_bytes())
            })
            .collect();
        let (year, month, day) = Date::of(i64::try_from(epoch).unwrap_or(i64::MAX)).parts();
        let month = MONTHS[usize::from(month.clamp(1, 12) - 1)];
        let mut dates = vec![format!("{month} {day:2} {year}"), format!("{month} {day:02} {year}")];
        dates.dedup();
        Self { places, dates }
    }

    /// Judges the bytes of one file.
    pub(crate) fn check(&self, path: &TreePath, bytes: &[u8], book: &mut Book<'_>) {
        let is_text = memchr::memchr(0, bytes).is_none();
        let paths = if is_text { Rule::NoBuildPathInText } else { Rule::NoBuildPath };
        tell(paths, path, bytes, self.paths(bytes, is_text), book);
        tell(Rule::NoBuildHost, path, bytes, memmem::find_iter(bytes, BUILD_HOST), book);
        if !is_text {
            let dates = self.dates.iter().flat_map(|date| memmem::find_iter(bytes, date.as_bytes()));
            tell(Rule::NoBuildDate, path, bytes, dates, book);
        }
    }

    /// Where paths of the sandbox stand.
    fn paths<'b>(&'b self, bytes: &'b [u8], is_text: bool) -> impl Iterator<Item = usize> + 'b {
        memchr::memchr_iter(b'/', bytes).filter(move |at| {
            let (before, here) = bytes.split_at(*at);
            let Some(folder) = FOLDERS.iter().find(|folder| here.starts_with(folder)) else { return false };
            match here.get(folder.len()) {
                Some(b'/') => {
                    begins_a_path(before, is_text)
                        // Texts in a program need not end with a NUL, so that another one can stand right before a path.
                        || !is_text && self.places.iter().any(|place| here.starts_with(place))
                }
                behind => before.ends_with(b"=") && behind.is_none_or(|byte| b"\0 \t\n\"';:,".contains(byte)),
            }
        })
    }
}

/// Whether an absolute path can begin behind `before`: not behind something that goes on with a slash.
fn begins_a_path(before: &[u8], is_text: bool) -> bool {
    let goes_on = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || b"_-.~+%/})]>*?`@$\\".contains(byte)
            // A letter of another script, or a byte of code.
            || *byte >= 0x80 && is_text
    };
    let option = before.strip_suffix(b"-I").or_else(|| before.strip_suffix(b"-L"));
    option.is_some_and(|before| !before.last().is_some_and(goes_on)) || !before.last().is_some_and(goes_on)
}

/// One finding for all the marks of one kind in a file.
fn tell(
    rule: Rule,
    path: &TreePath,
    bytes: &[u8],
    mut places: impl Iterator<Item = usize>,
    book: &mut Book<'_>,
) {
    let Some(first) = places.next() else { return };
    let others = match places.count() {
        0 => String::new(),
        more => format!("; {more} more"),
    };
    let excerpt = excerpt(bytes, first);
    book.find(rule, path.as_str(), format!("at byte {first:#x} stands {excerpt:?}{others}"));
}

/// The printable text around `at`.
fn excerpt(bytes: &[u8], at: usize) -> String {
    let printable = |byte: &&u8| byte.is_ascii_graphic() || **byte == b' ';
    let before = bytes[..at].iter().rev().take(BEFORE).take_while(printable).count();
    let behind = bytes[at..].iter().take(BEHIND).take_while(printable).count();
    String::from_utf8_lossy(&bytes[at - before..at + behind]).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2023-11-04.
    const EPOCH: u64 = 1_699_056_000;

    fn found(bytes: &[u8]) -> Vec<String> {
        let mut book = Book::new(String::new(), &[]);
        let marks = Marks::new(&["musl".to_owned(), "os".to_owned()], EPOCH);
        marks.check(&TreePath::parse("usr/x").unwrap(), bytes, &mut book);
        book.close()
            .findings
            .iter()
            .map(|finding| format!("{} {}", finding.rule.id(), finding.message))
            .collect()
    }

    #[test]
    fn paths_of_the_sandbox_are_found_with_their_place_and_number() {
        assert_eq!(
            found(b"\x01\0/build/musl/src/a.c\0/target/usr/include\0x=/out/usr\0"),
            ["no-build-path at byte 0x2 stands \"/build/musl/src/a.c\"; 2 more"]
        );
        assert_eq!(
            found(b"libdir='/out/usr/lib'\n"),
            ["no-build-path-in-text at byte 0x8 stands \"libdir='/out/usr/lib'\""]
        );
        for text in [
            "/sources/x",
            "-I/target/usr/include",
            "cc -L/target/usr/lib",
            "prefix=/build/x",
            "(/build/a)",
            "see \"/sources/x\"",
            "cc --sysroot=/target -O2",
            "prefix=/out",
        ] {
            assert_eq!(found(text.as_bytes()).len(), 1, "{text}");
        }
    }

    #[test]
    fn relative_paths_words_and_urls_are_no_paths_of_the_sandbox() {
        for text in [
            "src/build/a.c",
            "../build/x",
            "in/out/forward",
            "$(top)/build/x",
            "${prefix}/target/x",
            "$kver/build/vmlinux",
            "https://build/x",
            "https://x.example/build/x",
            "é/build/x",
            "/builds/x",
            "/usr/build",
            "<dir>/out/x",
            "in /build",
            "x=/outer",
            "WALL-I/target/x",
        ] {
            assert_eq!(found(text.as_bytes()), [""; 0], "{text}");
        }
        assert_eq!(found(b"\0rustc_mir/src/build/custom\0iter/sources/repeat.rs\0"), [""; 0]);
    }

    #[test]
    fn the_place_of_a_source_is_found_right_behind_another_text() {
        assert_eq!(found(b"\0src/main.rs/sources/os/init/src/run.rs\0").len(), 1);
        assert_eq!(found(b"\0src/main.rs/build/musl/x\0").len(), 1);
        assert_eq!(found(b"\0src/main.rs/sources/oslo/init\0"), [""; 0], "another word");
        assert_eq!(found(b"src/main.rs/sources/os/init"), [""; 0], "a text is no list of texts");
    }

    #[test]
    fn who_built_it_is_found_in_any_file() {
        assert_eq!(found(b"by root@ashlar\n"), ["no-build-host at byte 0x3 stands \"by root@ashlar\""]);
        assert_eq!(found(b"\0root@ashlar").len(), 1);
        assert_eq!(found(b"ashlar@ashlar\0"), [""; 0]);
    }

    #[test]
    fn the_day_of_the_epoch_is_found_in_programs_only() {
        for date in ["Nov  4 2023", "Nov 04 2023"] {
            assert_eq!(found(format!("\0{date}\0").as_bytes()).len(), 1, "{date}");
            assert_eq!(found(date.as_bytes()), [""; 0], "a change log");
        }
        for other in ["Nov  5 2023", "Nov 4 2023", "Nov  4 2022"] {
            assert_eq!(found(format!("\0{other}\0").as_bytes()), [""; 0], "{other}");
        }
        let late = Marks::new(&[], 1_700_000_000).dates;
        assert_eq!(late, ["Nov 14 2023"], "two digits have one form");
    }
}
