// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One planted file for every rule that breaks it, and one beside it that does not.

use std::convert::Infallible;

use super::*;
use crate::planted::{
    DYN, EXEC, FLAGS_1_NOW, FLAGS_1_PIE, FLAGS_TEXTREL, JMPREL, PROGBITS, Planted, READS_GUARD, SYMTAB,
    TEXTREL, dlopen_note, question, tree,
};
use ashlar_tree::{Metadata, Mode, Pattern};

const LICENSE: (&str, &[u8]) = ("usr/share/licenses/x/COPYING", b"Do as you like.\n");

fn judged(question: &Question<'_>, blobs: &BTreeMap<BlobDigest, Vec<u8>>) -> Judgement {
    judge(question, |blob| Ok::<_, Infallible>(blobs[&blob].clone())).unwrap()
}

/// What breaks rules in a tree of one file, licence apart.
fn found(path: &str, bytes: &[u8]) -> Vec<Rule> {
    let (own, blobs) = tree(&[LICENSE, (path, bytes)]);
    let report = judged(&question(&own), &blobs).report;
    report
        .findings
        .into_iter()
        .inspect(|finding| assert_eq!(finding.subject, path))
        .map(|finding| finding.rule)
        .collect()
}

fn of_elf(planted: &Planted) -> Vec<Rule> {
    let rules = found("usr/lib/x", &planted.bytes());
    // A planted interpreter is in no closure, which is another test's question.
    rules.into_iter().filter(|rule| *rule != Rule::RuntimeDeclared).collect()
}

/// A change, and the one rule that it breaks.
type Break = (Rule, fn(&mut Planted));

const BREAKS: &[Break] = &[
    (Rule::PositionIndependent, |elf| elf.file_type = EXEC),
    (Rule::Relro, |elf| elf.has_relro = false),
    (Rule::BindNow, |elf| elf.dynamic = Some(vec![JMPREL])),
    (Rule::WriteXorExecute, |elf| elf.stack = Some(7)),
    (Rule::WriteXorExecute, |elf| elf.stack = None),
    (Rule::WriteXorExecute, |elf| elf.code_flags = 7),
    (Rule::NoTextRelocations, |elf| elf.dynamic = Some(vec![TEXTREL])),
    (Rule::NoTextRelocations, |elf| elf.dynamic = Some(vec![FLAGS_TEXTREL])),
    (Rule::NoRunPath, |elf| elf.run_path = Some("$ORIGIN/../lib")),
    (Rule::StackProtector, |elf| elf.code = vec![0x90; 16 << 10]),
    (Rule::Stripped, |elf| elf.sections = vec![(".debug_info", PROGBITS, vec![1])]),
    (Rule::Stripped, |elf| elf.sections = vec![(".symtab", SYMTAB, Vec::new())]),
    (Rule::NoBuildPath, |elf| elf.sections = vec![(".rodata", PROGBITS, b"\0/build/x\0".to_vec())]),
    (Rule::NoBuildHost, |elf| elf.sections = vec![(".comment", PROGBITS, b"root@ashlar".to_vec())]),
    (Rule::NoBuildDate, |elf| elf.sections = vec![(".rodata", PROGBITS, b"Nov 14 2023\0".to_vec())]),
];

#[test]
fn each_change_of_the_linker_breaks_its_rule_only() {
    for whole in [Planted::program(), Planted::library()] {
        assert_eq!(of_elf(&whole), []);
        for (rule, change) in BREAKS {
            let mut broken = whole.clone();
            change(&mut broken);
            assert_eq!(of_elf(&broken), [*rule]);
        }
    }
}

#[test]
fn what_is_another_way_of_obeying_is_not_found() {
    let changes: [fn(&mut Planted); 6] = [
        |elf| elf.dynamic = Some(vec![]),
        |elf| elf.dynamic = Some(vec![JMPREL, FLAGS_1_NOW]),
        |elf| elf.dynamic = Some(vec![JMPREL, (24, 0)]),
        |elf| elf.code = vec![0x90; (16 << 10) - 1],
        |elf| elf.code = [vec![0x90; 16 << 10], vec![0x64, 0x4c, 0x2b, 0x3c, 0x25, 0x28, 0, 0, 0]].concat(),
        |elf| elf.sections = vec![(".comment", PROGBITS, b"GCC: 14\0".to_vec())],
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut other = Planted::library();
        change(&mut other);
        assert_eq!(of_elf(&other), [], "change {number}");
    }
    let static_pie = Planted { dynamic: Some(vec![FLAGS_1_PIE]), ..Planted::library() };
    assert_eq!(of_elf(&static_pie), []);
}

#[test]
fn a_guard_counts_only_where_an_instruction_reads_it() {
    let padded =
        |bytes: &[u8]| Planted { code: [bytes, &vec![0x90; 16 << 10]].concat(), ..Planted::library() };
    assert_eq!(of_elf(&padded(READS_GUARD)), []);
    // A store, another offset, and data that looks like the end of an instruction at the very beginning.
    for other in [
        &[0x64, 0x48, 0x89, 0x04, 0x25, 0x28, 0, 0, 0][..],
        &[0x64, 0x48, 0x8b, 0x04, 0x25, 0x30, 0, 0, 0],
        &[0x25, 0x28, 0, 0, 0],
    ] {
        assert_eq!(of_elf(&padded(other)), [Rule::StackProtector], "{other:x?}");
    }
}

#[test]
fn programs_in_go_and_rust_are_not_asked_for_a_stack_protector() {
    for (name, content) in
        [(".go.buildinfo", &b"\xff Go"[..]), (".comment", b"GCC: 14\0rustc version 1.85.1\0")]
    {
        let sections = vec![(name, PROGBITS, content.to_vec())];
        let planted = Planted { code: vec![0x90; 16 << 10], sections, ..Planted::program() };
        assert_eq!(of_elf(&planted), [], "{name}");
    }
}

#[test]
fn kernels_modules_and_objects_have_rules_of_their_own() {
    let symbols = (".symtab", SYMTAB, Vec::new());
    let debug = (".debug_line", PROGBITS, vec![1]);
    let kernel = Planted {
        file_type: EXEC,
        base: 0xffff_ffff_8100_0000,
        dynamic: None,
        has_relro: false,
        stack: None,
        code: vec![0x90; 16 << 10],
        code_flags: 7,
        sections: vec![symbols.clone()],
        ..Planted::library()
    };
    assert_eq!(of_elf(&kernel), []);
    assert_eq!(of_elf(&Planted::module()), []);
    for mut other in [kernel, Planted::module()] {
        other.sections.push(debug.clone());
        assert_eq!(of_elf(&other), [Rule::Stripped]);
    }
    let object = Planted { sections: vec![symbols, debug], ..Planted::module() };
    assert_eq!(of_elf(&object), [], "an object is for linking");
}

#[test]
fn files_of_every_kind_break_the_rules_for_contents() {
    assert_eq!(found("usr/lib/x.la", b"libdir=/out/usr/lib\n"), [Rule::NoBuildPathInText]);
    assert_eq!(found("usr/x.gz", b"\x1f\x8b\x08\0\x01\0\0\0\x02\x03"), [Rule::NoTimestamps]);
    assert_eq!(found("usr/x", b"\x7fELF and then nothing"), [Rule::Readable]);
    assert_eq!(found("usr/x.txt", b"hello\n"), []);
    assert_eq!(found("usr/empty", b""), []);
}

#[test]
fn a_cut_program_is_a_finding_not_a_file_without_needs() {
    let whole = Planted { libraries: vec!["libc.so"], ..Planted::program() }.bytes();
    for length in [5, 64, 100, whole.len() / 2, whole.len() - 1] {
        assert_eq!(
            found("usr/bin/x", &whole[..length]),
            [Rule::Readable],
            "{length} of {} bytes",
            whole.len()
        );
    }
}

#[test]
fn attributes_that_lend_rights_break_their_rules() {
    let mut own = tree(&[LICENSE]).0;
    let blobs = tree(&[LICENSE]).1;
    let metadata = |bits| Metadata::root(Mode::new(bits).unwrap());
    let blob = *blobs.keys().next().unwrap();
    for (path, bits) in [("usr/bin/su", 0o4755), ("usr/bin/open", 0o777)] {
        let node = Node::File { metadata: metadata(bits), blob, size: LICENSE.1.len() as u64 };
        own.insert(TreePath::parse(path).unwrap(), node).unwrap();
    }
    own.insert(TreePath::parse("var/open").unwrap(), Node::Directory(metadata(0o777))).unwrap();
    let report = judged(&question(&own), &blobs).report;
    let found: Vec<(Rule, &str)> =
        report.findings.iter().map(|finding| (finding.rule, finding.subject.as_str())).collect();
    assert_eq!(
        found,
        [
            (Rule::NoWorldWritable, "usr/bin/open"),
            (Rule::NoSetuid, "usr/bin/su"),
            (Rule::NoWorldWritable, "var/open"),
        ]
    );
    let mut question = question(&own);
    for path in ["usr/bin/su", "var/open"] {
        question.attributes.insert(TreePath::parse(path).unwrap(), "it opens raw sockets".to_owned());
    }
    let report = judged(&question, &blobs).report;
    assert_eq!((report.findings.len(), report.waived.len()), (1, 2));
    assert_eq!(report.waived[0].because, "it opens raw sockets");
}

fn exception(rule: Rule, pattern: &str) -> Exception {
    Exception { rule, patterns: vec![Pattern::parse(pattern).unwrap()], because: "it is so".into() }
}

#[test]
fn an_exception_takes_what_it_names_and_a_dead_one_is_found() {
    let broken = Planted { has_relro: false, ..Planted::library() }.bytes();
    let (own, blobs) = tree(&[LICENSE, ("usr/lib/a.so", &broken), ("usr/lib/b.so", &broken)]);
    let mut question = question(&own);
    question.exceptions = vec![exception(Rule::Relro, "usr/lib/a.so"), exception(Rule::BindNow, "usr/lib/*")];
    let report = judged(&question, &blobs).report;
    let found: Vec<(Rule, &str)> =
        report.findings.iter().map(|finding| (finding.rule, finding.subject.as_str())).collect();
    assert_eq!(found, [(Rule::Relro, "usr/lib/b.so"), (Rule::ExceptionUsed, "usr/lib/*")]);
    assert_eq!(report.waived.len(), 1);
    assert_eq!(
        (report.waived[0].finding.subject.as_str(), report.waived[0].because.as_str()),
        ("usr/lib/a.so", "it is so")
    );
    assert_eq!(report.output, "x:runtime");
}

fn closure(outputs: &[(&str, &[&str])]) -> BTreeMap<String, Tree> {
    let tree = |paths: &[&str]| tree(&paths.iter().map(|path| (*path, &b"x"[..])).collect::<Vec<_>>()).0;
    outputs.iter().map(|(name, paths)| ((*name).to_owned(), tree(paths))).collect()
}

#[test]
fn needs_are_met_by_the_closure_and_said_of_each_output() {
    let program = Planted { libraries: vec!["libz.so.1", "libown.so"], ..Planted::program() }.bytes();
    let library = Planted::library().bytes();
    let script = b"#!/bin/sh -e\n";
    let (own, blobs) = tree(&[
        LICENSE,
        ("usr/bin/x", &program),
        ("usr/bin/script", script),
        ("usr/lib/libown.so", &library),
    ]);
    let closure = closure(&[
        ("musl:runtime", &["usr/lib/ld-musl-x86_64.so.1"]),
        ("zlib:runtime", &["usr/lib/libz.so.1"]),
        ("shell:runtime", &["usr/bin/sh"]),
    ]);
    let declared: Vec<String> = closure.keys().cloned().collect();
    let whole = Question { closure: &closure, declared, ..question(&own) };
    let judgement = judged(&whole, &blobs);
    assert_eq!(judgement.report.findings, []);
    let uses: Vec<(&str, Vec<&str>)> = judgement
        .uses
        .iter()
        .map(|(name, what)| (name.as_str(), what.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(
        uses,
        [
            ("musl:runtime", vec!["/lib/ld-musl-x86_64.so.1"]),
            ("shell:runtime", vec!["/bin/sh"]),
            ("zlib:runtime", vec!["libz.so.1"]),
        ]
    );
}

#[test]
fn what_nothing_brings_and_what_nothing_needs_is_found() {
    let (own, blobs) = tree(&[LICENSE, ("usr/bin/script", b"#! /bin/sh -e\nx")]);
    let closure = closure(&[("musl:runtime", &["usr/lib/libc.so"])]);
    let mut question =
        Question { closure: &closure, declared: vec!["musl:runtime".into()], ..question(&own) };
    let sentences = |question: &Question<'_>| -> Vec<String> {
        let findings = judged(question, &blobs).report.findings;
        findings.iter().map(|finding| format!("{} {}", finding.rule.id(), finding.sentence())).collect()
    };
    assert_eq!(
        sentences(&question),
        [
            "runtime-declared usr/bin/script: it needs /bin/sh, which nothing in its declared closure brings",
            "runtime-used musl:runtime: `runtime` names it, and nothing here needs it",
        ]
    );
    question.exceptions =
        vec![exception(Rule::RuntimeDeclared, "usr/bin/*"), exception(Rule::RuntimeUsed, "musl:runtime")];
    assert_eq!(sentences(&question), [""; 0]);
}

#[test]
fn libraries_that_are_loaded_by_name_count_where_a_note_says_so() {
    let note = dlopen_note(
        r#"[{"feature":"zip","priority":"required","soname":["libzip.so.5","libzip.so.4"]},{"soname":["libtpm.so.0"]}]"#,
    );
    let library = Planted { sections: vec![note], ..Planted::library() }.bytes();
    let (own, blobs) = tree(&[LICENSE, ("usr/lib/libx.so", &library)]);
    let none = judged(&question(&own), &blobs).report;
    assert_eq!(none.findings.len(), 1);
    assert!(none.findings[0].message.contains("libzip.so.5 or libzip.so.4"), "{none:?}");
    let closure =
        closure(&[("tpm:runtime", &["usr/lib/libtpm.so.0"]), ("zip:runtime", &["usr/lib/libzip.so.4"])]);
    let declared = closure.keys().cloned().collect();
    let both = judged(&Question { closure: &closure, declared, ..question(&own) }, &blobs);
    assert_eq!((both.report.findings.len(), both.uses.len()), (0, 2));
    let garbage = Planted { sections: vec![dlopen_note("{}")], file_type: DYN, ..Planted::library() };
    assert_eq!(of_elf(&garbage), [Rule::Readable]);
}

#[test]
fn a_file_that_nobody_can_execute_asks_for_no_interpreter() {
    let (mut own, blobs) = tree(&[LICENSE, ("usr/share/example", b"#!/bin/sh\n")]);
    if let Some(Node::File { metadata, .. }) = own.get_mut(&TreePath::parse("usr/share/example").unwrap()) {
        metadata.mode = Mode::PLAIN;
    }
    assert_eq!(judged(&question(&own), &blobs).report.findings, []);
}

#[test]
fn contents_that_cannot_be_read_stop_the_judgement() {
    let (own, _) = tree(&[LICENSE]);
    assert_eq!(judge(&question(&own), |_| Err("gone")), Err("gone"));
}

/// Whoever adds a rule has to plant something that breaks it, here or where the table says.
#[test]
fn every_rule_has_a_planted_violation() {
    let elsewhere = [
        Rule::Readable,
        Rule::NoBuildPathInText,
        Rule::NoTimestamps,
        Rule::NoSetuid,
        Rule::NoWorldWritable,
        Rule::RuntimeDeclared,
        Rule::RuntimeUsed,
        Rule::LicenseText,
        Rule::ExceptionUsed,
        // Not a question to a tree: `ashlar lint --inputs` builds without each input.
        Rule::InputsUsed,
    ];
    for rule in Rule::ALL {
        let planted = BREAKS.iter().any(|(other, _)| other == rule);
        assert!(planted != elsewhere.contains(rule), "{}", rule.id());
    }
}
