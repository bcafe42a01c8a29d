// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Orders of made modules: ELF files with a section `.modinfo` and its names, which binutils' readelf reads too.

use super::*;

/// A relocatable file with the sections null, `.modinfo` and `.shstrtab`.
fn module(modinfo: &[u8]) -> Vec<u8> {
    const NAMES: &[u8] = b"\0.modinfo\0.shstrtab\0";
    let names_at = 64 + modinfo.len();
    let table_at = (names_at + NAMES.len()).next_multiple_of(8);
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(64, 0);
    let mut put = |offset: usize, value: &[u8]| bytes[offset..offset + value.len()].copy_from_slice(value);
    put(16, &1_u16.to_le_bytes()); // ET_REL
    put(18, &62_u16.to_le_bytes()); // x86-64
    put(20, &1_u32.to_le_bytes());
    put(40, &(table_at as u64).to_le_bytes());
    put(52, &64_u16.to_le_bytes());
    put(58, &64_u16.to_le_bytes());
    put(60, &3_u16.to_le_bytes());
    put(62, &2_u16.to_le_bytes());
    bytes.extend_from_slice(modinfo);
    bytes.extend_from_slice(NAMES);
    bytes.resize(table_at + 64, 0);
    for (name, kind, offset, size) in [(1_u32, 1_u32, 64, modinfo.len()), (10, 3, names_at, NAMES.len())] {
        bytes.extend_from_slice(&name.to_le_bytes());
        bytes.extend_from_slice(&kind.to_le_bytes());
        bytes.extend_from_slice(&[0; 16]);
        bytes.extend_from_slice(&(offset as u64).to_le_bytes());
        bytes.extend_from_slice(&(size as u64).to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(&1_u64.to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
    }
    bytes
}

fn described(name: &str, depends: &str) -> Vec<u8> {
    module(format!("license=GPL\0depends={depends}\0intree=Y\0name={name}\0vermagic=6.12 SMP\0").as_bytes())
}

/// `name: depends` becomes `/m/name.ko`.
fn modules(described_as: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    described_as.iter().map(|(name, depends)| (format!("/m/{name}.ko"), described(name, depends))).collect()
}

fn order(wanted: &[&str], modules: &BTreeMap<String, Vec<u8>>) -> Result<String, String> {
    let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
    let paths = load_order(&wanted, modules).map_err(|error| error.to_string())?;
    Ok(paths.join(" ").replace("/m/", "").replace(".ko", ""))
}

#[test]
fn dependencies_come_first_and_each_module_once() {
    let set = modules(&[("a", "c,b"), ("b", "d"), ("c", "d"), ("d", ""), ("e", ""), ("unused", "e")]);
    assert_eq!(order(&["a"], &set).unwrap(), "d c b a");
    assert_eq!(order(&["e", "b", "a", "b"], &set).unwrap(), "e d b c a");
    assert_eq!(order(&[], &set).unwrap(), "");
}

#[test]
fn dash_and_underscore_are_equal_in_names() {
    let set = modules(&[("dm_bufio", ""), ("dm-writeboost", "dm-bufio")]);
    assert_eq!(order(&["dm_writeboost"], &set).unwrap(), "dm_bufio dm-writeboost");
    assert_eq!(order(&["dm-writeboost", "dm_writeboost"], &set).unwrap(), "dm_bufio dm-writeboost");
}

#[test]
fn what_is_missing_says_who_needs_it() {
    let set = modules(&[("a", "b"), ("b", "zz")]);
    assert_eq!(order(&["q"], &set).unwrap_err(), "order the modules: none of them is called q");
    assert_eq!(
        order(&["a"], &set).unwrap_err(),
        "order the modules: none of them is called zz, which b depends on"
    );
}

#[test]
fn a_cycle_of_modules_is_refused_and_shown() {
    let set = modules(&[("start", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("self", "self")]);
    let told = order(&["start"], &set).unwrap_err();
    assert_eq!(told, "order the modules: they depend on each other in a circle: a, b, c");
    assert!(order(&["self"], &set).unwrap_err().ends_with("in a circle: self"));
}

#[test]
fn two_modules_of_one_name_are_refused() {
    let mut set = modules(&[("a-b", "")]);
    set.insert("/extra/a_b.ko".to_owned(), described("a_b", ""));
    let told = order(&["a-b"], &set).unwrap_err();
    assert_eq!(told, "order the modules: /extra/a_b.ko and /m/a-b.ko are both called a_b");
}

#[test]
fn a_file_that_is_no_module_is_refused_with_its_path() {
    let nameless_section = {
        let mut bytes = described("a", "");
        let at = bytes.windows(9).position(|part| part == b".modinfo\0").unwrap();
        bytes[at] = b'x';
        bytes
    };
    let outside = {
        let mut bytes = described("a", "");
        let header = bytes.len() - 128;
        bytes[header + 32..header + 40].copy_from_slice(&u64::MAX.to_le_bytes());
        bytes
    };
    let cases: [(Vec<u8>, &str); 11] = [
        (b"\x28\xb5\x2f\xfd".to_vec(), "no whole 64-bit little-endian ELF"),
        (described("a", "")[..100].to_vec(), "no whole 64-bit"),
        (nameless_section, "one section .modinfo"),
        (outside, "not in the file"),
        (module(b"depends=\0"), "has no name"),
        (module(b"name=\0depends=\0"), "not one name"),
        (module(b"name=a,b\0depends=\0"), "not one name"),
        (module(b"name=a\0"), "does not say what it depends on"),
        (module(b"name=a\0depends=\0depends=b\0"), "twice"),
        (module(b"name=../a\0depends=\0"), "other characters"),
        (module(b"name=a\0depends=b,,c\0"), "other characters"),
    ];
    for (bytes, reason) in cases {
        let told = order(&[], &BTreeMap::from([("/m/bad.ko".to_owned(), bytes)])).unwrap_err();
        assert!(told.starts_with("read the module /m/bad.ko: ") && told.contains(reason), "{reason}: {told}");
    }
}

#[test]
fn a_deep_chain_of_dependencies_does_not_exhaust_the_stack() {
    let names: Vec<(String, String)> =
        (0..20_000).map(|index| (format!("m{index}"), format!("m{}", index + 1))).collect();
    let mut set: BTreeMap<String, Vec<u8>> =
        names.iter().map(|(name, depends)| (name.clone(), described(name, depends))).collect();
    set.insert("last".to_owned(), described("m20000", ""));
    let paths = load_order(&["m0".to_owned()], &set).unwrap();
    assert_eq!((paths.len(), paths[0].as_str(), paths[20_000].as_str()), (20_001, "last", "m0"));
}

#[test]
fn the_made_modules_are_elf_files_to_readelf_too() {
    if ashlar_foreign::of_version("readelf", &["--version"], "GNU") {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.ko");
        std::fs::write(&file, described("dm_bufio", "dm-mod")).unwrap();
        let listed =
            ashlar_foreign::succeeds(folder.path(), "readelf", &["-p", ".modinfo", file.to_str().unwrap()])
                .text();
        assert!(listed.contains("depends=dm-mod") && listed.contains("name=dm_bufio"), "{listed}");
    }
}

#[test]
fn the_list_is_what_init_reads_in_order() {
    let paths = ["/usr/lib/modules/6.12/z.ko".to_owned(), "/usr/lib/modules/6.12/a.ko".to_owned()];
    let expected =
        "{\"load\":[\"/usr/lib/modules/6.12/z.ko\",\"/usr/lib/modules/6.12/a.ko\"],\"schema\":1}\n";
    assert_eq!(modules_json(&paths).unwrap(), expected);
    assert_eq!(modules_json(&[]).unwrap(), "{\"load\":[],\"schema\":1}\n");
}

proptest::proptest! {
    #[test]
    fn hostile_modules_never_panic(noise: Vec<u8>, changes: Vec<(u16, u8)>, cut: u16) {
        let mut changed = described("a", "b");
        for (offset, value) in changes {
            let offset = usize::from(offset) % changed.len();
            changed[offset] = value;
        }
        changed.truncate(changed.len() - usize::from(cut) % 8);
        for bytes in [noise.clone(), module(&noise), changed] {
            drop(order(&["a"], &BTreeMap::from([("/m/a.ko".to_owned(), bytes)])));
        }
    }

    /// Every order has each module behind all that it needs.
    #[test]
    fn no_module_is_loaded_before_what_it_needs(edges: Vec<(u8, u8)>) {
        let mut depends = vec![BTreeSet::new(); 12];
        for (from, to) in edges {
            let (from, to) = (usize::from(from) % 12, usize::from(to) % 12);
            if to < from {
                depends[from].insert(to);
            }
        }
        let text = |needs: &BTreeSet<usize>| {
            needs.iter().map(|index| format!("m{index}")).collect::<Vec<_>>().join(",")
        };
        let set: BTreeMap<String, Vec<u8>> = (0..12)
            .map(|index| (format!("{index}"), described(&format!("m{index}"), &text(&depends[index]))))
            .collect();
        let wanted: Vec<String> = (0..12).rev().map(|index| format!("m{index}")).collect();
        let paths: Vec<usize> =
            load_order(&wanted, &set).unwrap().iter().map(|path| path.parse().unwrap()).collect();
        proptest::prop_assert_eq!(paths.len(), 12);
        let place = |index: usize| paths.iter().position(|path| *path == index).unwrap();
        for (index, needs) in depends.iter().enumerate() {
            proptest::prop_assert!(needs.iter().all(|need| place(*need) < place(index)));
        }
    }
}

#[test]
fn an_extension_builds_upon_what_the_root_loads_and_nothing_else() {
    let root = modules(&[("base", "core"), ("core", ""), ("idle", "")]);
    let own = modules(&[("top", "base,side"), ("side", "core"), ("lost", "idle")]);
    let upon = |wanted: &str, root_wanted: &str| {
        let ordered = load_order_upon(&[wanted.to_owned()], &own, &[root_wanted.to_owned()], &root);
        ordered.map(|paths| paths.join(" ")).map_err(|error| error.to_string())
    };
    assert_eq!(upon("top", "base").unwrap(), "/m/side.ko /m/top.ko");
    // In the root, but not loaded by it.
    assert!(upon("lost", "base").unwrap_err().contains("idle"));
    assert!(upon("top", "core").unwrap_err().contains("base"));
    // The kernel would refuse the second of a name.
    let twice = modules(&[("base", "")]);
    let ordered = load_order_upon(&[], &twice, &["base".to_owned()], &root);
    assert!(matches!(ordered, Err(ImageError::ModuleTwice { name, .. }) if name == "base"));
    // The root's own faults are told too.
    assert!(upon("top", "absent").unwrap_err().contains("absent"));
}
