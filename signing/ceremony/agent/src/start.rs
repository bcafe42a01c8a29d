// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From the first instruction to the last: the order of the steps is the security of the process.
//!
//! 1. Standard input is a socket, and the only descriptor.
//! 2. The process is closed to others and has left the host.
//! 3. Locked memory: heap and stack of all that follows.
//! 4. A thread on that stack draws entropy, gives up system calls, and holds the ceremony.
//! 5. The thread is gone; this one, which never saw a secret, zeroes the memory and ends the process.

use std::fs::File;
use std::io::{self, Read as _, Write as _};

use ashlar_module_signature::Sha256;
use rustix::io::Errno;
use sha2::Digest as _;

use crate::ceremony::{self, Agent, PATIENCE};
use crate::channel::Channel;
use crate::entropy::Seed;
use crate::error::AgentError;
use crate::hardening;
use crate::seccomp;
use crate::secret_memory::Region;
use crate::syscall;

const OWN_PROGRAM: &str = "/proc/self/exe";
/// Words of test builds for `ready`. No released agent contains them, which its recipe checks.
#[cfg(feature = "known-key")]
const KNOWN_KEY: &str = "known-key-test-build";
#[cfg(feature = "attack")]
const ATTACK: &str = "attack-test-build";

/// The whole life of the process.
pub(crate) fn run() -> ! {
    std::panic::set_hook(Box::new(|_| panicked()));
    let mut channel = match Channel::open(PATIENCE) {
        Ok(channel) => channel,
        Err(error) => fail(&error),
    };
    match prepare() {
        Ok(prepared) => hold(&mut channel, prepared),
        Err(error) => syscall::end_process(refuse(&mut channel, &error)),
    }
}

/// For whoever started this program by hand: one line, while there still is a standard error.
fn fail(error: &AgentError) -> ! {
    match writeln!(io::stderr(), "signing-agent: failed to {}", error.reason()) {
        // Nowhere else to say it.
        Ok(()) | Err(_) => syscall::end_process(1),
    }
}

fn refuse(channel: &mut Channel, error: &AgentError) -> i32 {
    ceremony::refuse(channel, error);
    1
}

/// A panic is a fault of the agent. No destructor runs, and nothing unwinds past a key: the thread ends, and the main
/// thread wipes.
fn panicked() {
    const FRAME: &[u8] =
        br#"{"frame":"refused","code":"fault","reason":"go on: the agent has panicked, which is a fault in it"}"#;
    const LENGTH: [u8; 4] = (FRAME.len() as u32).to_be_bytes();
    for bytes in [&LENGTH, FRAME] {
        match rustix::io::write(rustix::stdio::stdin(), bytes) {
            Ok(_) | Err(_) => {}
        }
    }
    if syscall::thread_is_alive() { syscall::end_thread(1) } else { syscall::end_process(1) }
}

/// All that the ceremony needs, without a secret.
struct Prepared {
    agent: Agent,
    region: Region,
    #[cfg(feature = "known-key")]
    mappings: File,
}

fn prepare() -> Result<Prepared, AgentError> {
    let step = |step| move |errno: Errno| AgentError::Harden { step, source: errno.into() };
    syscall::close_from(1).map_err(step("close all other descriptors"))?;
    let sha256 = own_digest().map_err(|source| AgentError::Proc { path: OWN_PROGRAM, source })?;
    #[cfg(feature = "known-key")]
    let mappings = crate::scan::open()?;
    hardening::close_off()?;
    let hardening = hardening::leave_host()?;
    let region = Region::open()?;
    let agent = Agent { sha256, memory: region.memory(), hardening };
    #[cfg(feature = "known-key")]
    let agent = agent.marked(KNOWN_KEY);
    #[cfg(feature = "attack")]
    let agent = agent.marked(ATTACK).marked(reach());
    Ok(Prepared {
        agent,
        region,
        #[cfg(feature = "known-key")]
        mappings,
    })
}

/// SHA-256 of the program that runs, whatever its path holds by now.
fn own_digest() -> io::Result<Sha256> {
    let mut program = File::open(OWN_PROGRAM)?;
    let mut state = sha2::Sha256::new();
    let mut buffer = [0; 16 << 10];
    loop {
        match program.read(&mut buffer)? {
            0 => return Ok(Sha256::from_bytes(state.finalize().into())),
            count => state.update(buffer.get(..count).unwrap_or_default()),
        }
    }
}

/// Steps 4 and 5. After the wipe nothing is allocated, dropped or returned to.
fn hold(channel: &mut Channel, prepared: Prepared) -> ! {
    let Prepared { agent, region, .. } = prepared;
    let mut ours = channel.clone();
    let ceremony = Box::new(move || match lock() {
        Ok(seed) => ceremony::attend(&mut ours, &agent, seed),
        Err(error) => refuse(&mut ours, &error),
    });
    let code = match syscall::run_on_stack(region.stack(), ceremony) {
        Ok(code) => code,
        Err(errno) => refuse(channel, &AgentError::Harden { step: "start a thread", source: errno.into() }),
    };
    if !cfg!(feature = "known-key-unwiped") {
        region.wipe();
    }
    #[cfg(feature = "known-key")]
    let code = crate::scan::exit_code(code, &prepared.mappings);
    syscall::end_process(code)
}

/// The last system calls that are not reading, writing and waiting.
fn lock() -> Result<Seed, AgentError> {
    let seed = Seed::draw()?;
    seccomp::forbid_system_calls()?;
    #[cfg(feature = "attack")]
    attack();
    Ok(seed)
}

/// Whether a folder that everybody may read can be opened, which only Landlock denies. To be asked before the filter, which
/// kills for the question.
#[cfg(feature = "attack")]
fn reach() -> &'static str {
    match File::open("/") {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => "files-denied",
        _ => "files-open",
    }
}

/// Does what the arguments say: panics, or makes the system call of a number, with a first argument of its own or 0.
#[cfg(feature = "attack")]
fn attack() {
    let mut arguments = std::env::args().skip(1);
    let Some(what) = arguments.next() else { return };
    if what == "panic" {
        panic!("as asked for");
    }
    let first = arguments.next().map_or(Ok(0), |first| first.parse());
    match (what.parse(), first) {
        (Ok(number), Ok(first)) => syscall::attempt(number, first),
        _ => syscall::end_process(2),
    };
}
