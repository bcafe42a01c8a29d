// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What services.json may say, and what it may not.

use super::*;
use serde_json::{Value, json};

fn service(name: &str, after: &[&str]) -> Value {
    json!({
        "name": name, "kind": "daemon", "run": ["/usr/bin/d", "--x"], "env": {"PATH": "/usr/bin"},
        "after": after, "ready": {"socket": "/run/d.sock"}, "start_seconds": 60, "stop_seconds": 10,
        "report": false,
    })
}

fn file(services: &[Value]) -> Value {
    json!({"schema": 1, "services": services})
}

fn parsed(value: &Value) -> Result<Vec<Service>, String> {
    parse(value.to_string().as_bytes()).map_err(|error| error.to_string())
}

fn names(services: &[Service]) -> Vec<&str> {
    services.iter().map(|service| service.name.as_str()).collect()
}

#[test]
fn a_service_is_read_whole() {
    let text = r#"{"schema":1,"services":[
        {"name":"trial","kind":"once","run":["/usr/bin/ctr","run"],"env":{},"after":["containerd"],"ready":null,
         "start_seconds":120,"stop_seconds":10,"report":true},
        {"name":"containerd","kind":"daemon","run":["/usr/bin/containerd"],"env":{"PATH":"/usr/bin"},"after":[],
         "ready":{"socket":"/run/c.sock"},"start_seconds":60,"stop_seconds":20,"report":false}]}"#;
    let services = parse(text.as_bytes()).unwrap();
    let daemon = Service {
        name: "containerd".to_owned(),
        kind: Kind::Daemon { socket: Some("/run/c.sock".to_owned()) },
        program: "/usr/bin/containerd".to_owned(),
        arguments: Vec::new(),
        environment: [("PATH".to_owned(), "/usr/bin".to_owned())].into(),
        after: Vec::new(),
        start: Duration::from_secs(60),
        stop: Duration::from_secs(20),
        report: false,
    };
    let once = Service {
        name: "trial".to_owned(),
        kind: Kind::Once,
        program: "/usr/bin/ctr".to_owned(),
        arguments: vec!["run".to_owned()],
        environment: BTreeMap::new(),
        after: vec![0],
        start: Duration::from_secs(120),
        stop: Duration::from_secs(10),
        report: true,
    };
    assert_eq!(services, [daemon, once]);
}

#[test]
fn services_keep_the_order_of_the_file_behind_what_they_come_after() {
    type Row = (&'static str, &'static [&'static str]);
    let cases: [(&[Row], &[&str]); 4] = [
        (&[], &[]),
        (&[("c", &[]), ("a", &[]), ("b", &[])], &["c", "a", "b"]),
        (&[("c", &["b"]), ("b", &["a"]), ("a", &[])], &["a", "b", "c"]),
        (
            &[("d", &["b", "c"]), ("b", &["a"]), ("c", &["a"]), ("a", &[]), ("e", &[])],
            &["a", "b", "c", "d", "e"],
        ),
    ];
    for (rows, expected) in cases {
        let rows: Vec<Value> = rows.iter().map(|(name, after)| service(name, after)).collect();
        let services = parsed(&file(&rows)).unwrap();
        assert_eq!(names(&services), expected);
        for (index, service) in services.iter().enumerate() {
            assert!(service.after.iter().all(|after| *after < index), "{service:?}");
        }
    }
}

#[test]
fn services_that_wait_for_each_other_are_refused() {
    for rows in [
        vec![service("a", &["a"])],
        vec![service("x", &[]), service("a", &["b"]), service("b", &["a"])],
        vec![service("a", &["c"]), service("b", &["a"]), service("c", &["x", "b"]), service("x", &[])],
    ] {
        let error = parsed(&file(&rows)).unwrap_err();
        assert!(error.starts_with("a circle in after keeps these from starting: a"), "{error}");
        assert!(!error.ends_with('x') && !error.contains("x, "), "{error}");
    }
}

#[test]
fn each_fault_of_one_service_refuses_the_file() {
    let cases = [
        ("/name", json!("A"), "its name is not"),
        ("/name", json!("../x"), "its name is not"),
        ("/name", json!(""), "its name is not"),
        ("/name", json!("a".repeat(65)), "its name is not"),
        ("/kind", json!("timer"), "unknown variant"),
        ("/run", json!([]), "run is empty"),
        ("/run/0", json!("bin/d"), "is not a plain absolute path"),
        ("/run/0", json!("/usr/../d"), "is not a plain absolute path"),
        ("/run/0", json!("/"), "is not a plain absolute path"),
        ("/run/1", json!("a\0b"), "run holds a NUL"),
        ("/run/1", json!(1), "invalid type"),
        ("/env", json!({"": "x"}), "cannot be in an environment"),
        ("/env", json!({"a=b": "x"}), "cannot be in an environment"),
        ("/env", json!({"a": "x\0"}), "cannot be in an environment"),
        ("/env", json!([]), "an object of variables"),
        ("/after", json!(["none"]), "it comes after \"none\", which is no service"),
        ("/after", json!(["b", "b"]), "after names a service twice"),
        ("/ready/socket", json!("run/d.sock"), "is not a plain absolute path of"),
        ("/ready/socket", json!("/run/a\0b"), "is not a plain absolute path of"),
        ("/ready/socket", json!(format!("/{}", "s".repeat(107))), "is not a plain absolute path of"),
        ("/ready", json!({}), "missing field `socket`"),
        ("/ready", json!({"socket": "/s", "port": 1}), "unknown field `port`"),
        ("/kind", json!("once"), "a service that runs once has no ready"),
        ("/start_seconds", json!(0), "start_seconds is 0, not 1 to 3600"),
        ("/start_seconds", json!(3601), "not 1 to 3600"),
        ("/start_seconds", json!(-1), "invalid value"),
        ("/start_seconds", json!(1.5), "invalid type"),
        ("/stop_seconds", json!(601), "stop_seconds is 601, not 1 to 600"),
        ("/report", json!(null), "invalid type"),
    ];
    for (pointer, value, expected) in cases {
        let mut bad = service("a", &["b"]);
        *bad.pointer_mut(pointer).unwrap() = value;
        let error = parsed(&file(&[service("b", &[]), bad.clone()])).unwrap_err();
        assert!(error.contains(expected), "{bad}: {error}");
    }
}

#[test]
fn every_key_must_be_there_once_and_no_other() {
    let good = service("a", &[]);
    for key in good.as_object().unwrap().keys() {
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove(key);
        let error = parsed(&file(&[without])).unwrap_err();
        assert!(error.contains(&format!("missing field `{key}`")), "{key}: {error}");
    }
    let text = file(&[good]).to_string();
    for (from, to) in [
        (r#""report":false"#, r#""report":false,"user":"root""#),
        (r#""report":false"#, r#""report":false,"report":false"#),
        (r#"{"PATH":"/usr/bin"}"#, r#"{"PATH":"/usr/bin","PATH":"/tmp"}"#),
        (r#""schema":1"#, r#""schema":2"#),
        (r#""schema":1"#, r#""schema":1,"x":1"#),
        ("]}", "]}]}"),
    ] {
        let bad = text.replacen(from, to, 1);
        assert_ne!(bad, text, "{from}");
        assert!(parse(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn two_services_of_one_name_are_refused() {
    let error = parsed(&file(&[service("a", &[]), service("b", &[]), service("a", &[])])).unwrap_err();
    assert_eq!(error, "two services are called \"a\"");
}

#[test]
fn exhaustion_by_size_count_or_depth_is_refused() {
    let padded = format!("{}{}", file(&[]), " ".repeat(LARGEST as usize));
    assert!(parse(padded.as_bytes()).unwrap_err().to_string().contains("more than 65536 bytes"));
    let named = |index: usize| service(&format!("s{index}"), &[]);
    let many: Vec<Value> = (0..=MOST_SERVICES).map(named).collect();
    assert!(parsed(&file(&many)).unwrap_err().contains("more than 64 services"));
    assert_eq!(parsed(&file(&many[1..])).unwrap().len(), MOST_SERVICES);
    let reporting: Vec<Value> = (0..=MOST_REPORTS)
        .map(|index| {
            let mut service = named(index);
            service["report"] = json!(true);
            service
        })
        .collect();
    assert!(parsed(&file(&reporting)).unwrap_err().contains("more than 8 services report"));
    assert!(parsed(&file(&reporting[1..])).is_ok());
    assert!(parse("[".repeat(60_000).as_bytes()).is_err());
}

#[test]
fn mutations_of_the_file_never_panic_and_never_give_an_unfit_name() {
    let good = file(&[service("first", &[]), service("second", &["first"])]).to_string().into_bytes();
    // A fixed pseudo-random sequence (xorshift64), so that a failure can be repeated.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    let mut taken = 0;
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..=next() % 3 {
            let at = next() % bytes.len();
            bytes[at] = next() as u8;
        }
        if let Ok(services) = parse(&bytes) {
            taken += 1;
            assert!(services.iter().all(|service| is_name(&service.name) && is_plain(&service.program)));
        }
    }
    assert!(taken > 0, "some of them are harmless");
}
