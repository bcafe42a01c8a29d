// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Closures over small archives, each written as one line for each package: `name version [field: value]…`.

use proptest::prelude::*;

use super::*;
use crate::parse_packages;

fn suite(name: &str, admission: Admission, lines: &str) -> SuiteIndex {
    let mut text = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut parts = line.split(';').map(str::trim);
        let head = parts.next().unwrap();
        let (package, version) = head.split_once(' ').unwrap();
        text.extend(["Package: ", package, "\nVersion: ", version, "\n"]);
        let mut architecture = "Architecture: amd64\n".to_owned();
        for part in parts {
            if part.starts_with("Architecture") {
                architecture = format!("{part}\n");
            } else {
                text.extend([part, "\n"]);
            }
        }
        let sha256 = ashlar_digest::Sha256::of(format!("{name} {line}").as_bytes());
        text.push_str(&architecture);
        text.extend(["Filename: pool/", package, ".deb\nSize: 1\nSHA256: ", &sha256.to_string(), "\n\n"]);
    }
    SuiteIndex { name: name.into(), admission, packages: parse_packages(name, text.as_bytes()).unwrap() }
}

fn stable(lines: &str) -> Vec<SuiteIndex> {
    vec![suite("stable", Admission::Always, lines)]
}

fn names(list: &str) -> BTreeSet<String> {
    list.split_whitespace().map(str::to_owned).collect()
}

fn request(roots: &str) -> Request {
    Request { roots: names(roots), architecture: "amd64".into(), ..Request::default() }
}

fn show(resolution: &Resolution) -> String {
    let each = |resolved: &Resolved| match resolved.suite.as_str() {
        "stable" => resolved.package.to_string(),
        other => format!("{} ({other})", resolved.package),
    };
    resolution.packages.iter().map(each).collect::<Vec<_>>().join(", ")
}

fn closure(suites: &[SuiteIndex], request: &Request) -> String {
    show(&resolve(suites, request).unwrap())
}

fn message(suites: &[SuiteIndex], request: &Request) -> String {
    resolve(suites, request).unwrap_err().to_string()
}

#[test]
fn the_closure_follows_depends_and_pre_depends_only() {
    let archive = stable(
        "aa 1; Depends: bb (>= 1), cc:any; Pre-Depends: dd; Recommends: ee; Suggests: ee; Conflicts: bb
         bb 1; Depends: aa
         cc 1
         dd 1; Breaks: cc
         ee 1",
    );
    let resolution = resolve(&archive, &request("aa")).unwrap();
    assert_eq!(show(&resolution), "aa 1, bb 1, cc 1, dd 1");
    assert_eq!(resolution.packages[0].reason, Reason::Root);
    let because = Reason::Dependency { of: "aa".into(), relation: "bb (>= 1)".into() };
    assert_eq!(resolution.packages[1].reason, because);
}

#[test]
fn of_alternatives_a_chosen_one_wins_then_the_first_that_can_be_had() {
    let archive = stable("aa 1; Depends: xx | bb (>= 2) | cc | dd\nbb 1\ncc 1\ndd 1");
    assert_eq!(closure(&archive, &request("aa")), "aa 1, cc 1");
    assert_eq!(closure(&archive, &request("aa dd")), "aa 1, dd 1");
}

#[test]
fn virtual_packages_are_chosen_by_priority_and_name() {
    let archive = stable(
        "aa 1; Depends: awk
         gawk 1; Provides: awk
         mawk 1; Provides: awk; Priority: required
         oawk 1; Provides: awk",
    );
    assert_eq!(closure(&archive, &request("aa")), "aa 1, mawk 1");
    assert_eq!(closure(&archive, &request("aa oawk")), "aa 1, oawk 1");
    let equal = stable("aa 1; Depends: awk\nzawk 1; Provides: awk\ngawk 1; Provides: awk");
    assert_eq!(closure(&equal, &request("aa")), "aa 1, gawk 1");
}

#[test]
fn only_a_provision_with_a_version_satisfies_a_relation_with_one() {
    let archive = stable(
        "aa 1; Depends: vv (>= 2)
         bb 1; Provides: vv
         cc 1; Provides: vv (= 1)
         dd 1; Provides: vv (= 2)",
    );
    assert_eq!(closure(&archive, &request("aa")), "aa 1, dd 1");
}

#[test]
fn the_newest_version_of_all_ordinary_suites_wins_and_the_first_suite_on_a_tie() {
    let archive = [
        suite("stable", Admission::Always, "aa 1.9; Depends: bb\nbb 1"),
        suite("security", Admission::Always, "aa 1.10; Depends: bb\nbb 1"),
    ];
    assert_eq!(closure(&archive, &request("aa")), "aa 1.10 (security), bb 1");
}

#[test]
fn backports_are_for_what_is_named_and_for_what_only_they_can_give_it() {
    let archive = [
        suite("stable", Admission::Always, "rustc 1.85; Depends: libc6\nlibc6 2\nllvm 19\nzlib 1"),
        suite(
            "backports",
            Admission::Named,
            "rustc 1.96; Depends: libc6, libstd (= 1.96), llvm (>= 19), zlib (>= 2)
             libstd 1.96\nlibc6 3\nllvm 21\nzlib 2",
        ),
    ];
    assert_eq!(closure(&archive, &request("rustc llvm")), "libc6 2, llvm 19, rustc 1.85");
    let mut named = request("rustc");
    named.named.insert("backports".into(), names("rustc"));
    assert_eq!(
        closure(&archive, &named),
        "libc6 2, libstd 1.96 (backports), llvm 19, rustc 1.96 (backports), zlib 2 (backports)"
    );
    let error = resolve(&archive, &request("libstd")).unwrap_err();
    assert!(error.help().unwrap().contains("libstd 1.96 in backports"), "{error}");
}

#[test]
fn a_choice_that_a_later_dependency_cannot_use_is_made_again() {
    let archive = [
        suite("stable", Admission::Always, "aa 1; Depends: common\nqemu 1; Depends: common\ncommon 1"),
        suite("backports", Admission::Named, "qemu 2; Depends: common (>= 2)\ncommon 2"),
    ];
    let mut request = request("aa qemu");
    request.named.insert("backports".into(), names("qemu"));
    assert_eq!(closure(&archive, &request), "aa 1, common 2 (backports), qemu 2 (backports)");
}

#[test]
fn versions_that_exclude_each_other_name_both_sides() {
    let archive = [
        suite(
            "stable",
            Admission::Always,
            "aa 1; Depends: common (= 1)\nbb 1; Depends: common (= 2)\ncommon 1",
        ),
        suite("updates", Admission::Always, "common 2"),
    ];
    let error = resolve(&archive, &request("aa bb")).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, DebianError::Conflict { .. }), "{text}");
    assert!(text.contains("aa 1 needs common (= 1)") && text.contains("bb 1 needs common (= 2)"), "{text}");
    assert!(error.help().is_some());
}

#[test]
fn what_is_missing_is_named_with_the_way_to_it() {
    let archive = stable("aa 1; Depends: bb\nbb 2; Depends: cc\ncc 3; Depends: dd (>= 4) | ee\ndd 1");
    let text = message(&archive, &request("aa"));
    assert!(text.contains("aa 1 → bb 2 → cc 3 → dd (>= 4) | ee"), "{text}");
    assert!(message(&archive, &request("zz")).contains("zz"));
    let foreign = stable("aa 1; Depends: bb:i386\nbb 1\ncc 1; Architecture: arm64");
    assert!(message(&foreign, &request("aa")).contains("bb:i386"));
    assert!(message(&foreign, &request("cc")).contains("cc"));
}

#[test]
fn excluded_packages_are_not_followed_and_are_reported() {
    let archive =
        stable("aa 1; Depends: debconf (>= 0.5) | debconf-2.0, bb\nbb 1\ndebconf 1; Depends: perl\nperl 5");
    let mut request = request("aa");
    request.exclude = names("debconf never");
    let resolution = resolve(&archive, &request).unwrap();
    assert_eq!(show(&resolution), "aa 1, bb 1");
    assert_eq!(resolution.excluded, BTreeMap::from([("debconf".into(), "aa".into())]));
    request.roots.insert("debconf".into());
    assert!(matches!(resolve(&archive, &request), Err(DebianError::ExcludedRoot { .. })));
}

#[test]
fn a_version_that_no_mirror_has_is_passed_over() {
    let archive = [suite("stable", Admission::Always, "aa 1"), suite("security", Admission::Always, "aa 2")];
    let mut request = request("aa");
    request.unavailable.insert(("aa".into(), "2".into()));
    assert_eq!(closure(&archive, &request), "aa 1");
}

fn any_archive() -> impl Strategy<Value = Vec<String>> {
    let name = "[a-e]{2}";
    let relation = (name, prop_oneof![Just(""), Just(" (>= 2)"), Just(" (= 1)"), Just(" (<< 3)")])
        .prop_map(|(name, version)| format!("{name}{version}"));
    let depends = proptest::collection::vec(proptest::collection::vec(relation, 1..3), 0..4)
        .prop_map(|all| all.iter().map(|each| each.join(" | ")).collect::<Vec<_>>().join(", "));
    let line =
        (name, 1..4_u8, depends, prop_oneof![Just(""), Just("; Provides: aa"), Just("; Provides: bb (= 2)")])
            .prop_map(|(name, version, depends, provides)| {
                format!("{name} {version}; Depends: {depends}{provides}")
            });
    proptest::collection::vec(line, 1..30)
}

proptest! {
    #[test]
    fn a_closure_is_closed_and_does_not_depend_on_the_order_of_the_index(lines in any_archive(), seed: u64) {
        let roots: BTreeSet<String> =
            lines.iter().take(3).map(|line| line.split(' ').next().unwrap().to_owned()).collect();
        let request = Request { roots, architecture: "amd64".into(), ..Request::default() };
        let archive = stable(&lines.join("\n"));
        let mut shuffled = lines.clone();
        shuffled.rotate_left((seed % lines.len() as u64) as usize);
        shuffled.reverse();
        let first = resolve(&archive, &request);
        let second = resolve(&stable(&shuffled.join("\n")), &request);
        match (first, second) {
            (Ok(first), Ok(second)) => {
                prop_assert_eq!(&first, &second);
                let universe = Universe::new(&archive, "amd64", &request.unavailable);
                for resolved in &first.packages {
                    for alternatives in &resolved.package.depends {
                        let is_met = first.packages.iter().any(|other| {
                            alternatives.iter().any(|relation| universe.satisfies(&other.package, relation))
                        });
                        prop_assert!(is_met, "{:?} of {}", alternatives, resolved.package);
                    }
                }
            }
            (Err(first), Err(second)) => prop_assert_eq!(first.to_string(), second.to_string()),
            (first, second) => prop_assert!(false, "{:?} but {:?}", first, second),
        }
    }
}
