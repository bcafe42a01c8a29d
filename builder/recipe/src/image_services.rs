// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[[service]]` of an image definition: what PID 1 starts, in which order, and what it does when one ends.
//! Syntax: docs/recipe-format.md, "services"; what PID 1 makes of it: docs/design/services.md.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::Code;
use crate::cycle::{Needs, cycles};
use crate::error::Invalid;
use crate::name::ServiceName;
use crate::read::{Scope, Value, any, boolean, integer, list, table, text};
use crate::suggest::did_you_mean;

/// What PID 1 takes at most: seconds to start and to stop, services, and services whose output it reports.
const MOST_START_SECONDS: i64 = 3600;
const MOST_STOP_SECONDS: i64 = 600;
const MOST_SERVICES: usize = 64;
const MOST_REPORTED: usize = 8;

/// One service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: ServiceName,
    /// Whether it goes on or ends.
    pub kind: ServiceKind,
    /// The program, by its absolute path, and its arguments.
    pub run: Vec<String>,
    /// Its whole environment.
    pub env: BTreeMap<String, String>,
    /// Services that are ready, or done, before it starts.
    pub after: Vec<ServiceName>,
    /// The Unix socket that answers once a daemon is ready; `None`: it is ready when it was started.
    pub socket: Option<String>,
    /// Seconds in which a daemon must be ready, and a `once` be done.
    pub start_seconds: u32,
    /// Seconds that it has after SIGTERM.
    pub stop_seconds: u32,
    /// Whether the end of its output comes into the status line.
    pub report: bool,
}

/// What a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceKind {
    /// Runs as long as the machine; started again when it ends.
    Daemon,
    /// Runs to its end, once in a boot.
    Once,
}

impl ServiceKind {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Daemon => "daemon",
            Self::Once => "once",
        }
    }

    fn parse(found: &str) -> Result<Self, Invalid> {
        match found {
            "daemon" => Ok(Self::Daemon),
            "once" => Ok(Self::Once),
            _ => Err(Invalid::new(Code::Choice, format!("{found:?} is no kind of service"))
                .help("write \"daemon\" (runs on) or \"once\" (runs to its end)")),
        }
    }
}

impl Service {
    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let name = scope.required("name", text(ServiceName::parse));
        let kind = scope.optional("kind", text(ServiceKind::parse)).unwrap_or(ServiceKind::Daemon);
        let run = scope.required("run", list(text(argument)));
        let env = scope.optional("env", environment).unwrap_or_default();
        let after = scope.array_of("after", ServiceName::parse);
        let ready = scope.optional("ready", table(|scope| scope.required("socket", text(absolute))));
        let seconds = |key, most, default| {
            let found = scope.optional(key, integer(1..=most)).unwrap_or(default);
            u32::try_from(found).ok()
        };
        let start_seconds = seconds("start-seconds", MOST_START_SECONDS, 60);
        let stop_seconds = seconds("stop-seconds", MOST_STOP_SECONDS, 10);
        let report = scope.optional("report", boolean).unwrap_or(false);
        let run = run?;
        let Some(program) = run.first() else {
            scope.report("run", Invalid::new(Code::OutOfRange, "a service needs a program to run"));
            return None;
        };
        if let Err(invalid) = absolute(program) {
            scope.report("run[0]", invalid);
        }
        if kind == ServiceKind::Once && ready.is_some() {
            let message = "a service that runs once is ready when it has ended: it has no `ready`";
            scope.report("ready", Invalid::new(Code::Choice, message).help("leave `ready` out"));
        }
        Some(Self {
            name: name?,
            kind,
            run,
            env,
            after: after?,
            socket: ready,
            start_seconds: start_seconds?,
            stop_seconds: stop_seconds?,
            report,
        })
    }
}

/// Names that stand twice, names that no service has, and services that wait for each other.
pub(crate) fn check_services(scope: &Scope<'_, '_>, services: &[Service]) {
    for (what, found, most) in [
        ("services", services.len(), MOST_SERVICES),
        ("services with `report`", services.iter().filter(|service| service.report).count(), MOST_REPORTED),
    ] {
        if found > most {
            let message = format!("{found} {what}: PID 1 takes {most} at most");
            scope.report("service", Invalid::new(Code::OutOfRange, message));
        }
    }
    let names: BTreeSet<&str> = services.iter().map(|service| service.name.as_str()).collect();
    let mut needs: Needs<&str> = Needs::new();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, service) in services.iter().enumerate() {
        let name = service.name.as_str();
        if let Some(earlier) = first.insert(name, index) {
            let place = |index| format!("service[{index}].name");
            scope.report_duplicate(&format!("the service `{name}`"), &place(index), &place(earlier));
        }
        let list = needs.entry(name).or_default();
        for (position, after) in service.after.iter().enumerate() {
            let place = format!("service[{index}].after[{position}]");
            if names.contains(after.as_str()) {
                list.push((after.as_str(), place));
            } else {
                let help = did_you_mean(after.as_str(), "services of this image", names.iter().copied());
                let message = format!("there is no service `{after}`");
                scope.report(&place, Invalid::new(Code::UnknownService, message).help(help));
            }
        }
    }
    for circle in cycles(&needs) {
        let around: Vec<&str> =
            circle.iter().map(|(name, _)| *name).chain(circle.first().map(|(name, _)| *name)).collect();
        let message = format!("services wait for each other in a circle: {}", around.join(" → "));
        let place = circle.first().map_or("", |(_, place)| place.as_str());
        scope.report(place, Invalid::new(Code::Cycle, message).help("take one of them out of `after`"));
    }
}

/// Variables of a program's environment: any but empty names, names with `=`, and NUL.
pub(crate) fn environment(value: &Value<'_, '_>) -> Option<BTreeMap<String, String>> {
    let name = |found: &str| {
        let first = found.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if first && found.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Ok(found.to_owned());
        }
        Err(Invalid::new(Code::Name, format!("{found:?} is no name of a variable"))
            .help("use letters, digits and `_`, and begin with no digit"))
    };
    Some(value.map(name, |_, value| text(argument)(value))?.into_iter().collect())
}

/// What a program can be given: any text without NUL.
fn argument(found: &str) -> Result<String, Invalid> {
    if found.contains('\0') {
        return Err(Invalid::new(Code::OutOfRange, "a program can be given no NUL"));
    }
    any(found)
}

fn absolute(found: &str) -> Result<String, Invalid> {
    let parts = found.strip_prefix('/').map(|rest| rest.split('/'));
    let plain = |mut parts: std::str::Split<'_, char>| parts.all(|part| !["", ".", ".."].contains(&part));
    if parts.is_some_and(plain) && !found.contains('\0') {
        return Ok(found.to_owned());
    }
    Err(Invalid::new(Code::Path, format!("{found:?} is no absolute path in its shortest form"))
        .help("write where it lies in the image, such as \"/usr/bin/containerd\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_paths_in_their_shortest_form_are_programs() {
        assert!(absolute("/usr/bin/containerd").is_ok());
        for bad in ["", "/", "usr/bin/x", "/usr//x", "/usr/./x", "/usr/../x", "/usr/bin/"] {
            assert!(absolute(bad).is_err(), "{bad}");
        }
    }
}
