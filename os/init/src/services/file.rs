// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `/usr/lib/ashlar/services.json` in the root: what runs beside PID 1. Absent where nothing does.
//!
//! ```json
//! {"schema": 1, "services": [{
//!   "name": "containerd",                  // also of its cgroup, and before each of its lines on the console
//!   "kind": "daemon",                      // or "once": runs to its end
//!   "run": ["/usr/bin/containerd", "…"],   // program and arguments; no shell, nothing is expanded
//!   "env": {"PATH": "/usr/bin"},           // all of its environment
//!   "after": ["firewall"],                 // started once these are ready (daemons) or done
//!   "ready": {"socket": "/run/….sock"},    // or null: ready once started; always null for "once"
//!   "start_seconds": 60,                   // for a daemon until it is ready, for "once" until its end; 1 to 3600
//!   "stop_seconds": 10,                    // from SIGTERM until it is killed; 1 to 600
//!   "report": false                        // whether the status line tells the end of its standard output
//! }]}
//! ```
//! A file with any fault is refused as a whole: half of the services would be a machine that nobody described.

use crate::descriptor::is_name;
use crate::error::{InitError, Malformed};
use crate::plain_path::is_plain;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::time::Duration;

/// Where the image has it.
pub(crate) const PATH: &str = "/usr/lib/ashlar/services.json";
const SCHEMA: u32 = 1;
/// Bytes of the file.
const LARGEST: u64 = 64 << 10;
const MOST_SERVICES: usize = 64;
/// Each report can take twenty kilobytes of the status line, of which the host reads 256.
const MOST_REPORTS: usize = 8;
/// A socket's path, with its NUL, has 108 bytes (unix(7)).
const LONGEST_SOCKET: usize = 107;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    schema: u32,
    services: Vec<RawService>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawService {
    name: String,
    kind: RawKind,
    run: Vec<String>,
    env: Environment,
    after: Vec<String>,
    // An absent Option would pass as None; with a function of its own it must be there.
    #[serde(deserialize_with = "Option::deserialize")]
    ready: Option<RawReady>,
    start_seconds: u32,
    stop_seconds: u32,
    report: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawKind {
    Daemon,
    Once,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReady {
    socket: String,
}

/// An object that names no variable twice, which serde's own maps would let pass.
#[derive(Default)]
struct Environment(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Environment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Variables;
        impl<'de> Visitor<'de> for Variables {
            type Value = Environment;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of variables")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Environment, A::Error> {
                let mut variables = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, String>()? {
                    if variables.insert(name, value).is_some() {
                        return Err(serde::de::Error::custom("env names a variable twice"));
                    }
                }
                Ok(Environment(variables))
            }
        }
        from.deserialize_map(Variables)
    }
}

/// How a service lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Until the machine stops; ready when something listens on `socket`, or once it is started.
    Daemon { socket: Option<String> },
    /// To its own end.
    Once,
}

/// A checked service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Absolute path.
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    /// Where those that it comes after stand in the list; always before itself.
    pub(crate) after: Vec<usize>,
    pub(crate) start: Duration,
    pub(crate) stop: Duration,
    pub(crate) report: bool,
}

/// The services of this root, in the order of their start.
///
/// # Errors
/// If there is a file that cannot be read or has any fault.
pub(crate) fn read() -> Result<Vec<Service>, InitError> {
    let failed = |source| InitError::Read { path: PATH.to_owned(), source };
    let file = match File::open(PATH) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(source)),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    parse(&bytes).map_err(|source| InitError::Understand { path: PATH.to_owned(), source })
}

pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Service>, Malformed> {
    if bytes.len() as u64 > LARGEST {
        return Err(Malformed::new(format!("it has more than {LARGEST} bytes")));
    }
    let raw: RawFile = serde_json::from_slice(bytes).map_err(|error| Malformed::new(error.to_string()))?;
    if raw.schema != SCHEMA {
        return Err(Malformed::new(format!("schema {} instead of {SCHEMA}", raw.schema)));
    }
    if raw.services.len() > MOST_SERVICES {
        return Err(Malformed::new(format!("there are more than {MOST_SERVICES} services")));
    }
    if raw.services.iter().filter(|service| service.report).count() > MOST_REPORTS {
        return Err(Malformed::new(format!("more than {MOST_REPORTS} services report")));
    }
    let mut names = BTreeSet::new();
    for service in &raw.services {
        check(service).map_err(|fault| Malformed::new(format!("the service {:?}: {fault}", service.name)))?;
        if !names.insert(service.name.as_str()) {
            return Err(Malformed::new(format!("two services are called {:?}", service.name)));
        }
    }
    if let Some((service, after)) = raw
        .services
        .iter()
        .flat_map(|service| service.after.iter().map(move |after| (service, after)))
        .find(|(_, after)| !names.contains(after.as_str()))
    {
        return Err(Malformed::new(format!(
            "the service {:?}: it comes after {after:?}, which is no service",
            service.name
        )));
    }
    in_order(raw.services)
}

fn check(service: &RawService) -> Result<(), String> {
    if !is_name(&service.name) {
        return Err("its name is not lowercase letters, digits and -, beginning with a letter".to_owned());
    }
    match service.run.first() {
        None => return Err("run is empty".to_owned()),
        Some(program) if !is_plain(program) => {
            return Err(format!("the program {program:?} is not a plain absolute path"));
        }
        Some(_) => {}
    }
    if service.run.iter().any(|word| word.contains('\0')) {
        return Err("run holds a NUL".to_owned());
    }
    for (name, value) in &service.env.0 {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(format!("the variable {name:?} cannot be in an environment"));
        }
    }
    let after: BTreeSet<&String> = service.after.iter().collect();
    if after.len() != service.after.len() {
        return Err("after names a service twice".to_owned());
    }
    match (service.kind, &service.ready) {
        (RawKind::Once, Some(_)) => return Err("a service that runs once has no ready".to_owned()),
        (RawKind::Daemon, Some(RawReady { socket }))
            if !is_plain(socket) || socket.len() > LONGEST_SOCKET || socket.contains('\0') =>
        {
            return Err(format!(
                "the socket {socket:?} is not a plain absolute path of at most {LONGEST_SOCKET} bytes"
            ));
        }
        (RawKind::Once | RawKind::Daemon, _) => {}
    }
    let seconds =
        [("start_seconds", service.start_seconds, 3600), ("stop_seconds", service.stop_seconds, 600)];
    match seconds.into_iter().find(|(_, seconds, most)| !(1..=*most).contains(seconds)) {
        Some((key, seconds, most)) => Err(format!("{key} is {seconds}, not 1 to {most}")),
        None => Ok(()),
    }
}

/// The order of the file, but each service behind all that it comes after.
fn in_order(mut open: Vec<RawService>) -> Result<Vec<Service>, Malformed> {
    let mut ordered: Vec<Service> = Vec::new();
    while !open.is_empty() {
        let place = |name: &String| ordered.iter().position(|service| service.name == *name);
        let next = open.iter().enumerate().find_map(|(index, service)| {
            let after: Option<Vec<usize>> = service.after.iter().map(place).collect();
            after.map(|after| (index, after))
        });
        let Some((index, after)) = next else {
            let names: Vec<&str> = open.iter().map(|service| service.name.as_str()).collect();
            return Err(Malformed::new(format!(
                "a circle in after keeps these from starting: {}",
                names.join(", ")
            )));
        };
        ordered.push(checked(open.remove(index), after));
    }
    Ok(ordered)
}

fn checked(raw: RawService, after: Vec<usize>) -> Service {
    let mut run = raw.run.into_iter();
    Service {
        name: raw.name,
        kind: match raw.kind {
            RawKind::Daemon => Kind::Daemon { socket: raw.ready.map(|ready| ready.socket) },
            RawKind::Once => Kind::Once,
        },
        // `check` has refused an empty list.
        program: run.next().unwrap_or_default(),
        arguments: run.collect(),
        environment: raw.env.0,
        after,
        start: Duration::from_secs(raw.start_seconds.into()),
        stop: Duration::from_secs(raw.stop_seconds.into()),
        report: raw.report,
    }
}

#[cfg(test)]
mod tests;
