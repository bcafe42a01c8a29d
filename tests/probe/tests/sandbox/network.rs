// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attempts to reach the network, by builds that hide them.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use ashlar_sandbox::End;

use crate::harness::{Place, Test};

pub(crate) const TESTS: &[Test] = &[
    ("network::connecting_and_hiding_the_failure", connecting_and_hiding_the_failure),
    ("network::sending_a_datagram", sending_a_datagram),
    ("network::sending_a_message", sending_a_message),
    ("network::looking_up_a_name", looking_up_a_name),
    ("network::reaching_the_hosts_abstract_sockets", reaching_the_hosts_abstract_sockets),
    ("network::no_attempt_is_no_attempt", no_attempt_is_no_attempt),
];

fn reported(place: &Place, words: &[&str], address: &str) {
    let (outcome, text) = place.probe(words);
    assert_eq!(outcome.end, End::Exited(0), "{text}");
    assert!(!outcome.success());
    let [attempt] = outcome.network.as_slice() else { panic!("{outcome:?}") };
    assert_eq!((attempt.program.as_str(), attempt.address.as_str()), ("/bin/probe", address));
    assert!(attempt.arguments.contains(words[0]), "{attempt:?}");
    assert!(outcome.network_count >= 1);
}

fn connecting_and_hiding_the_failure(place: &Place) {
    reported(place, &["connect-hidden", "192.0.2.1:80"], "192.0.2.1:80");
    reported(place, &["connect-hidden", "[2001:db8::1]:443"], "[2001:db8::1]:443");
    let (outcome, text) = place.probe(&["connect", "192.0.2.1:80"]);
    assert_eq!(outcome.end, End::Exited(1));
    assert!(text.contains("Network is unreachable"), "{text}");
}

fn sending_a_datagram(place: &Place) {
    reported(place, &["send-hidden", "198.51.100.7:123"], "198.51.100.7:123");
}

fn sending_a_message(place: &Place) {
    reported(place, &["message-hidden", "203.0.113.9:443"], "203.0.113.9:443");
}

fn looking_up_a_name(place: &Place) {
    reported(place, &["lookup-hidden", "example.invalid"], "name lookup (127.0.0.1:53)");
}

fn reaching_the_hosts_abstract_sockets(place: &Place) {
    let name = format!("ashlar-probe-{}", std::process::id());
    let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let (outcome, text) = place.probe(&["abstract", &name]);
    assert_eq!(outcome.end, End::Exited(1), "{text}");
    assert!(text.contains("refused"), "{text}");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());
}

fn no_attempt_is_no_attempt(place: &Place) {
    let (outcome, _) = place.probe(&["exit", "0"]);
    assert!(outcome.success());
    assert_eq!((outcome.network.len(), outcome.network_count), (0, 0));
}
