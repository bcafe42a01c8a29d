// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a user asks about a build: why, what set it, what differs, does it come out the same.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;

use ashlar_system_tests::{Ended, Folder, Project, nonce, shared_store};
use serde_json::Value;

const MAKE: &str = "mkdir -p \"$OUT/usr/share\"";

/// `below` and `top`, which reads it, built. Tests run at one time on one store, which is asked for the last build of a name: so the names have
/// an ending that is the test's own, and which is left out of what is said.
struct Pair {
    project: Project,
    store: PathBuf,
    nonce: String,
    ending: String,
}

impl Pair {
    fn new() -> Self {
        let pair = Self {
            project: Project::importing_the_checkout(),
            store: shared_store(),
            nonce: nonce(),
            ending: format!("-x{}", nonce()),
        };
        pair.below("one", "-O2");
        let ending = &pair.ending;
        pair.project.simple_recipe(
            &format!("top{ending}"),
            &format!("host = [\"below{ending}:runtime\"]"),
            &format!("{MAKE}\ncat /usr/share/below > \"$OUT/usr/share/top\""),
        );
        pair.call(&["build", "top"]).succeeds();
        pair
    }

    fn below(&self, word: &str, flags: &str) {
        let step = format!("{MAKE}\necho {word} {} > \"$OUT/usr/share/below\"", self.nonce);
        let name = format!("below{}", self.ending);
        self.project.simple_recipe(&name, &format!("env = {{ CFLAGS = \"{flags}\" }}"), &step);
    }

    fn call(&self, words: &[&str]) -> Ended {
        let named = words.iter().map(|word| match word.split_once(':') {
            _ if ["below", "top"].contains(word) => format!("{word}{}", self.ending),
            Some((name @ "below", output)) => format!("{name}{}:{output}", self.ending),
            _ => (*word).to_owned(),
        });
        let mut ended = self.project.ashlar(&self.store).args(named).run();
        for text in [&mut ended.out, &mut ended.err] {
            *text = text.replace(&self.ending, "");
        }
        ended
    }
}

#[test]
fn why_follows_a_change_through_inputs_to_its_cause() {
    let pair = Pair::new();
    let stored = pair.call(&["why", "top"]).succeeds();
    assert!(stored.out.starts_with("top is not built again: the store has it since 20"), "{stored}");

    pair.below("two", "-O2");
    let why = pair.call(&["why", "top"]).succeeds();
    let first =
        "top may be built again, because below:runtime is to be built, because step 1 (run) changed\n";
    assert!(why.out.starts_with(first), "{why}");
    for line in [format!("-echo one {}", pair.nonce), format!("+echo two {}", pair.nonce)] {
        assert!(why.out.contains(&line), "{line}: {why}");
    }
    assert_eq!(why.err, "", "nothing is built: {why}");

    // With the input built, it is sure, and which file is another is known.
    pair.call(&["build", "below"]).succeeds();
    let why = pair.call(&["why", "top"]).succeeds();
    assert!(
        why.out
            .starts_with("top is built again, because below:runtime changed, because step 1 (run) changed\n"),
        "{why}"
    );
    assert!(why.out.contains("    ~ usr/share/below (content, "), "{why}");
    let json = pair.call(&["--json", "why", "top"]).succeeds();
    let value: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["because"][0], "below:runtime changed", "{json}");
}

#[test]
fn why_tells_a_variable_and_something_that_never_was() {
    let pair = Pair::new();
    pair.below("one", "-O3");
    let why = pair.call(&["why", "below"]).succeeds();
    assert!(why.out.starts_with("below is built again, because variable CFLAGS changed\n"), "{why}");
    assert!(why.out.contains("  variable CFLAGS: -O2 → -O3\n"), "{why}");
    let name = format!("new-{}", nonce());
    pair.project.simple_recipe(&name, "", "true");
    let why = pair.call(&["why", &name]).succeeds();
    assert!(why.out.contains("the store has no earlier build of it"), "{why}");
    pair.call(&["why", &format!("tpo{}", pair.ending)]).ends_with(2).tells(&["did you mean `top`?"]);
}

#[test]
fn explain_names_the_line_of_each_value() {
    let pair = Pair::new();
    let explained = pair.call(&["explain", "below"]).succeeds();
    let line = |key: &str| {
        let found = explained.out.lines().find(|line| line.starts_with(key));
        found.unwrap_or_else(|| panic!("{key}: {explained}")).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("recipe.version"), "recipe.version = \"1\" # recipes/below/recipe.toml:3");
    assert_eq!(line("build.env.CFLAGS"), "build.env.CFLAGS = \"-O2\" # recipes/below/recipe.toml:12");
    assert_eq!(line("epoch"), "epoch = 1700000000 # ashlar.toml:4, of the project");
    assert_eq!(line("build.env.OUT"), "build.env.OUT = \"/out\" # set by the sandbox");
    let step = pair.call(&["explain", "below", "build.step[0].run"]).succeeds();
    assert!(step.out.contains(&format!("    {MAKE}\n    echo one {}", pair.nonce)), "{step}");
    let json = pair.call(&["--json", "explain", "below", "build.env.CFLAGS"]).succeeds();
    let value: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&value[0]["value"], &value[0]["line"]), (&Value::from("-O2"), &Value::from(12)), "{json}");
    pair.call(&["explain", "below", "nothing"])
        .ends_with(2)
        .tells(&["find a key of below that begins with \"nothing\""]);
}

#[test]
fn a_graph_is_drawn_in_both_forms_and_builds_nothing() {
    let pair = Pair::new();
    pair.below("changed", "-O2");
    let dot = pair.call(&["graph", "top"]).succeeds();
    assert!(dot.out.starts_with("digraph ashlar {\n") && dot.out.ends_with("}\n"), "{dot}");
    for label in ["[label=\"recipe below\\n", "[label=\"recipe top\\n", "[label=\"seed base"] {
        assert!(dot.out.contains(label), "{label}: {dot}");
    }
    let svg = pair.call(&["graph", "top", "--svg"]).succeeds();
    assert!(svg.out.starts_with("<svg xmlns=") && svg.out.ends_with("</svg>\n"), "{svg}");
    assert!(svg.out.contains("<title>recipe below</title>"), "{svg}");
    assert_eq!((dot.err.as_str(), svg.err.as_str()), ("", ""));
    // The times are those of the build that the pair was made with.
    let title = dot.out.lines().nth(1).unwrap_or_default();
    assert!(title.contains("critical path, ") && title.contains("recipe below → recipe top"), "{dot}");
}

#[test]
fn diff_shows_in_what_two_builds_of_a_recipe_differ() {
    let pair = Pair::new();
    let before = pair.call(&["build", "below"]).succeeds().out[..64].to_owned();
    pair.below("two", "-O2");
    let after = pair.call(&["build", "below"]).succeeds().out[..64].to_owned();
    let differs = pair.call(&["diff", &before, &after]).ends_with(4);
    let expected = format!(
        "~ usr/share/below\n    content: text of {0} bytes\n      @@ -1 +1 @@\n      -one {1}\n      +two {1}\n0 added, 0 removed, 1 changed, 2 the same\n",
        "one \n".len() + pair.nonce.len(),
        pair.nonce
    );
    assert_eq!(differs.out, expected, "{differs}");
    // By name, and by a few digits.
    let named = pair.call(&["diff", &before[..12], "below:runtime"]).ends_with(4);
    assert_eq!(named.out, expected);
    let same = pair.call(&["diff", "below:runtime", &after]).succeeds();
    assert_eq!(same.out, "0 added, 0 removed, 0 changed, 3 the same\n");
    let json = pair.call(&["--json", "diff", &before, &after]).ends_with(4);
    let value: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["entries"][0]["path"], "usr/share/below", "{json}");
    pair.call(&["diff", "below:runtime", "nothing"])
        .ends_with(2)
        .tells(&["find \"nothing\"", "help: name a folder or file"]);
}

#[test]
fn diff_compares_folders_and_files_that_are_in_no_store() {
    use std::os::unix::fs::PermissionsExt as _;
    let pair = Pair::new();
    let folder = Folder::temporary();
    for (name, text) in [("one", "a\n"), ("two", "b\n")] {
        fs::create_dir(folder.join(name)).unwrap();
        fs::write(folder.join(name).join("it"), text).unwrap();
    }
    fs::set_permissions(folder.join("two/it"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(folder.join("one/it"), fs::Permissions::from_mode(0o644)).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let differs = pair.call(&["diff", &path("one"), &path("two")]).ends_with(4);
    assert!(differs.out.contains("~ it\n    mode: 0644 → 0600\n    content: text of 2 bytes\n"), "{differs}");
    let files = pair.call(&["diff", &path("one/it"), &path("two/it")]).ends_with(4);
    assert!(files.out.starts_with("text of 2 bytes\n"), "{files}");
    pair.call(&["diff", &path("one/it"), &path("one/it")]).succeeds();
    pair.call(&["diff", &path("one"), &path("two/it")]).ends_with(2);
}

#[test]
fn rebuild_tells_an_honest_recipe_from_one_that_rolls_dice() {
    let project = Project::importing_the_checkout();
    let store = shared_store();
    let step = |last: &str| format!("# {}\n{MAKE}\n{last}", nonce());
    project.simple_recipe("honest", "", &step("echo 1 > \"$OUT/usr/share/it\""));
    project.simple_recipe("dice", "", &step("od -An -N16 -tx1 /dev/urandom > \"$OUT/usr/share/it\""));
    let call = |words: &[&str]| project.ashlar(&store).args(words).run();
    let same = call(&["rebuild", "honest"]).succeeds();
    assert!(same.out.starts_with("honest is the same again: 1 output of derivation "), "{same}");
    let first = call(&["build", "dice"]).succeeds().out;
    let differs = call(&["rebuild", "dice"]).ends_with(4);
    assert!(differs.out.starts_with(&format!("dice:runtime differs: {} and ", &first[..64])), "{differs}");
    assert!(differs.out.contains("  ~ usr/share/it\n      content: text of "), "{differs}");
    let cause =
        "recipe dice gives something else each time although nothing was changed: look for randomness";
    assert!(differs.out.contains(cause), "{differs}");
    // What the store says of it stays what it was.
    assert_eq!(call(&["build", "dice"]).succeeds().out, first);
}

/// An uncompressed archive with one file in it, `<folder>/COPYING` (POSIX.1-2017, pax, "ustar Interchange Format").
fn archive(folder: &str, text: &str) -> Vec<u8> {
    let mut header = [0; 512];
    let mut put = |at: usize, field: &str| header[at..at + field.len()].copy_from_slice(field.as_bytes());
    put(0, &format!("{folder}/COPYING"));
    put(100, "0000644\0");
    put(124, &format!("{:011o}\0", text.len()));
    put(136, "00000000000\0");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\u{0}00");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut bytes = [&header[..], text.as_bytes()].concat();
    bytes.resize(bytes.len().next_multiple_of(512) + 1024, 0);
    bytes
}

/// What the server gives for `/v<version>/it-<version>.tar`: terms that are others from version 3 on.
fn release(path: &str) -> Vec<u8> {
    let folder = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".tar");
    let version = folder.trim_start_matches("it-");
    let terms = if version.starts_with('3') { "Send a postcard." } else { "Do what you like." };
    archive(folder, &format!("Copyright 2026 the authors of {version}\n{terms}\n"))
}

/// A server of releases.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(&stream).lines();
            let request = lines.next().transpose().unwrap_or_default().unwrap_or_default();
            while lines.next().transpose().unwrap_or_default().is_some_and(|line| !line.is_empty()) {}
            let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let body = release(&path);
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            // A client that goes away is no failure of this test.
            (&stream).write_all(&[head.as_bytes(), &body].concat()).unwrap_or_default();
        }
    });
    base
}

#[test]
fn bump_moves_a_recipe_to_another_version_and_keeps_its_form() {
    let (project, store, base) = (Project::importing_the_checkout(), shared_store(), server());
    let source = |version: &str, digest: &str| {
        format!(
            "# Where it is.\n[[source]]\nname = \"it\"\nurl = \"{base}/v{version}/it-{version}.tar\"   # upstream\nsha256 = \"{digest}\"\n"
        )
    };
    let rest = "[build]\nseeds = [\"base\"]\n[[build.step]]\nrun = '''\n# 1.0 is what it was\ncp /sources/it \"$OUT/it\"\n'''\n[[output]]\nname = \"runtime\"\npaths = [\"**\"]\n";
    project.recipe("it", &format!("{}{rest}", source("1", &"0".repeat(64))));
    let path = project.path().join("recipes/it/recipe.toml");
    let before = fs::read_to_string(&path).unwrap();
    let call = |words: &[&str]| project.ashlar(&store).args(words).run();

    // Without the old source there is nothing to compare licence texts with.
    call(&["bump", "it", "2.5"]).ends_with(1).tells(&["is not in the store", "`ashlar fetch it` first"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
    let shown = call(&["bump", "it", "2.5", "--dry-run", "--accept-licences"]).succeeds();
    assert!(shown.out.contains("-version = \"1\"\n+version = \"2.5\"\n"), "{shown}");
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
    call(&["bump", "it", "2.5", "--accept-licences"]).succeeds().tells(&[
        "nobody vouches for it",
        "accepted: ",
        "help: run `ashlar lock it`",
    ]);
    let after = fs::read_to_string(&path).unwrap();
    assert!(after.contains(&format!("url = \"{base}/v2.5/it-2.5.tar\"   # upstream\n")), "{after}");
    assert!(
        after.contains("purl = \"pkg:generic/it@2.5\"\n") && after.contains("# Where it is.\n"),
        "{after}"
    );
    // What was learned is in the store already.
    let digest = after.split("sha256 = \"").nth(1).unwrap()[..64].to_owned();
    let blob = store.join("blobs").join(&digest[..2]).join(&digest);
    assert!(fs::read(&blob).unwrap() == release("/v2.5/it-2.5.tar"), "{after}");

    // What was learned is what the next version is compared with: here another holder, and the same terms.
    call(&["bump", "it", "2.6", "--dry-run"]).succeeds();
    // From there on it is under others.
    let changed = "source it: COPYING is like no licence of the SPDX list as before, in other words";
    call(&["bump", "it", "3.0"]).ends_with(1).tells(&[
        "move it to 3.0: its licence texts are not the same",
        changed,
        "then give --accept-licences",
    ]);
    assert_eq!(fs::read_to_string(&path).unwrap(), after);
    call(&["bump", "it", "3.0", "--accept-licences"])
        .succeeds()
        .tells(&[format!("accepted: {changed}").as_str()]);
    let after = fs::read_to_string(&path).unwrap();
    assert!(after.contains("version = \"3.0\"\n"), "{after}");

    let text = after.replace("/v3.0/it-3.0.tar", "/latest.tar");
    fs::write(&path, &text).unwrap();
    call(&["bump", "it", "4.0"]).ends_with(1).tells(&[
        "find the version 3.0",
        "/latest.tar",
        "help: write the new place",
    ]);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    call(&["bump", "musl", "9.9"]).ends_with(2).tells(&["of another project"]);
}

#[test]
fn shells_and_man_get_what_they_need() {
    let pair = Pair::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = pair.call(&["completions", shell]).succeeds();
        assert!(script.out.contains("ashlar") && script.out.contains("rebuild"), "{script}");
    }
    let folder = Folder::temporary();
    pair.call(&["man", folder.path().to_str().unwrap()]).succeeds();
    let page = fs::read_to_string(folder.join("ashlar-why.1")).unwrap();
    assert!(page.contains("ashlar\\-why") || page.contains("ashlar-why"), "{page}");
}
