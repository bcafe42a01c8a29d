// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The two formats of apt's sources (sources.list(5)): one line per entry (`.list`), stanzas (`.sources`).

use super::{Mirrors, is_http};

/// Values of `Enabled` that switch a stanza off, as apt's StringToBool reads them.
const OFF: [&str; 6] = ["no", "false", "without", "off", "disable", "0"];

pub(super) fn read(name: &str, text: &str, mirrors: &mut Mirrors) {
    let file = name.rsplit('/').next().unwrap_or(name);
    // apt's own rule (Dir::Ignore-Files-Silently aside): other characters in a name hide the file.
    let plain = file.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    match file.rsplit_once('.') {
        Some((_, "list")) if plain => one_line(file, text, mirrors),
        Some((_, "sources")) if plain => stanzas(file, text, mirrors),
        _ => {}
    }
}

/// `deb [ option=value … ] uri suite component…`
fn one_line(file: &str, text: &str, mirrors: &mut Mirrors) {
    for (index, line) in text.lines().enumerate() {
        let entry = line.split('#').next().unwrap_or_default().trim();
        if entry.is_empty() {
            continue;
        }
        let number = index + 1;
        let Some((kind, rest)) = entry.split_once(char::is_whitespace) else {
            mirrors.note(file, number, "not an entry");
            continue;
        };
        if !matches!(kind, "deb" | "deb-src") {
            mirrors.note(file, number, &format!("unknown type {kind:?}"));
            continue;
        }
        let mut rest = rest.trim_start();
        if let Some(options) = rest.strip_prefix('[') {
            let Some((_, after)) = options.split_once(']') else {
                mirrors.note(file, number, "options without an end");
                continue;
            };
            rest = after.trim_start();
        }
        let mut words = rest.split_whitespace();
        let (Some(uri), Some(suite)) = (words.next(), words.next()) else {
            mirrors.note(file, number, "no URI or no suite");
            continue;
        };
        place(file, number, uri, &[suite], mirrors);
    }
}

/// One field of a stanza, with the line it begins on.
struct Field {
    name: String,
    value: String,
    line: usize,
}

fn stanzas(file: &str, text: &str, mirrors: &mut Mirrors) {
    let mut fields: Vec<Field> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('#') {
            continue;
        }
        if line.trim().is_empty() {
            stanza(file, &fields, mirrors);
            fields.clear();
        } else if line.starts_with([' ', '\t']) {
            match fields.last_mut() {
                Some(field) => {
                    field.value.push(' ');
                    field.value.push_str(line.trim());
                }
                None => mirrors.note(file, index + 1, "a continuation of nothing"),
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push(Field {
                name: name.to_ascii_lowercase(),
                value: value.trim().to_owned(),
                line: index + 1,
            });
        } else {
            mirrors.note(file, index + 1, "not a field");
        }
    }
    stanza(file, &fields, mirrors);
}

fn stanza(file: &str, fields: &[Field], mirrors: &mut Mirrors) {
    let get = |name: &str| fields.iter().find(|field| field.name == name);
    let value = |name: &str| get(name).map_or("", |field| field.value.as_str());
    if OFF.contains(&value("enabled").to_ascii_lowercase().as_str()) {
        return;
    }
    if !value("types").split_whitespace().any(|kind| matches!(kind, "deb" | "deb-src")) {
        return;
    }
    let Some(uris) = get("uris") else { return };
    let suites: Vec<&str> = value("suites").split_whitespace().collect();
    for uri in uris.value.split_whitespace() {
        place(file, uris.line, uri, &suites, mirrors);
    }
}

fn place(file: &str, line: usize, uri: &str, suites: &[&str], mirrors: &mut Mirrors) {
    if !is_http(uri) {
        mirrors.note(file, line, &format!("{uri:?} is no http or https URL"));
        return;
    }
    mirrors.add(uri, None);
    for suite in suites {
        mirrors.add(uri, Some(suite));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads one file and shows what came of it: `base suite,suite`.
    fn seen(name: &str, text: &str) -> Vec<String> {
        let show = |mirrors: Mirrors| {
            let lines = mirrors.list().iter().map(|mirror| {
                let suites: Vec<&str> = mirror.suites().iter().map(String::as_str).collect();
                format!("{} {}", mirror.base(), suites.join(",")).trim_end().to_owned()
            });
            lines.collect()
        };
        show(Mirrors::from_apt(&[(name, text)]))
    }

    #[test]
    fn one_line_entries() {
        let table: &[(&str, &[&str])] = &[
            ("deb http://m.example/debian bookworm main", &["http://m.example/debian bookworm"]),
            ("deb-src https://m.example/debian/ sid main", &["https://m.example/debian sid"]),
            ("deb [arch=amd64 signed-by=/k.gpg] http://m.example/d s main", &["http://m.example/d s"]),
            ("deb [ arch=amd64,arm64 ]http://m.example/d s/", &["http://m.example/d s/"]),
            ("# deb http://m.example/d s main", &[]),
            ("  #deb http://m.example/d s main", &[]),
            ("deb http://m.example/d s main # far", &["http://m.example/d s"]),
            ("deb # http://m.example/d s", &[]),
            ("deb http://m.example/d", &[]),
            ("deb [arch=amd64 http://m.example/d s main", &[]),
            ("rpm http://m.example/d s main", &[]),
            ("deb cdrom:[Debian 12]/ bookworm main", &[]),
            ("deb file:/srv/mirror s main", &[]),
            ("deb mirror+file:/etc/apt/mirrors/x.list s main", &[]),
            ("deb tor+http://m.example/d s main", &[]),
            (
                "deb http://m.example/d a main\ndeb http://n.example/d a main\ndeb-src http://m.example/d/ b main",
                &["http://m.example/d a,b", "http://n.example/d a"],
            ),
        ];
        for (text, expected) in table {
            assert_eq!(&seen("sources.list", text), expected, "{text}");
        }
    }

    #[test]
    fn stanza_entries() {
        let table: &[(&str, &[&str])] = &[
            (
                "Types: deb\n# an old place\nURIs: http://m.example/debian\nSuites: s s-updates\nComponents: main\n",
                &["http://m.example/debian s,s-updates"],
            ),
            (
                "types: deb deb-src\nuris: http://a.example/d/ http://b.example/d\nsuites: s\n",
                &["http://a.example/d s", "http://b.example/d s"],
            ),
            ("Enabled: no\nTypes: deb\nURIs: http://m.example/d\nSuites: s\n", &[]),
            ("Types: deb\nURIs: http://m.example/d\nSuites: s\nEnabled: FALSE\n", &[]),
            ("Enabled: yes\nTypes: deb\nURIs:\n http://m.example/d\nSuites: s\n", &["http://m.example/d s"]),
            ("#Types: deb\n#URIs: http://m.example/d\n", &[]),
            ("Types: rpm\nURIs: http://m.example/d\nSuites: s\n", &[]),
            ("Types: deb\nURIs: mirror+file:/etc/apt/m.list cdrom:[x]/\nSuites: s\n", &[]),
            (
                "Types: deb\nURIs: http://a.example/d\nSuites: a\n \n\nTypes: deb\nURIs: http://a.example/d\nSuites: b",
                &["http://a.example/d a,b"],
            ),
            (
                "Types: deb\nURIs: http://m.example/d\nSuites: s\nSigned-By:\n -----BEGIN-----\n .\n abc: http://no.example/\n",
                &["http://m.example/d s"],
            ),
        ];
        for (text, expected) in table {
            assert_eq!(&seen("debian.sources", text), expected, "{text}");
        }
    }

    #[test]
    fn files_that_apt_would_not_read_are_not_read() {
        let entry = "deb http://m.example/d s main";
        for name in
            ["x.list.disabled", "x.list.save", "x.sources.disabled-by-y", "list", "x list.list", "x.list~"]
        {
            assert!(seen(name, entry).is_empty(), "{name}");
        }
        assert_eq!(seen("/etc/apt/sources.list.d/x_y-1.list", entry).len(), 1);
    }

    #[test]
    fn no_apt_configuration_gives_no_mirrors_and_no_notes() {
        assert_eq!(Mirrors::from_apt(&[]), Mirrors::default());
    }

    #[test]
    fn entries_that_are_passed_over_are_named_with_their_line() {
        let mirrors = Mirrors::from_apt(&[("a.list", "\ndeb cdrom:[x]/ s main\n")]);
        assert_eq!(mirrors.notes(), ["a.list:2: \"cdrom:[x]/\" is no http or https URL"]);
    }
}
