// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar-probe VERB [ARGUMENT…]`: prints what it sees, or does one thing that a hostile build would do.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::net::{TcpStream, ToSocketAddrs, UdpSocket};
use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use ashlar_probe::{Report, attempts};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match act(&words) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // Nobody listens: the exit code still speaks.
            let _closed = writeln!(io::stderr(), "ashlar-probe {}: {error}", arguments.join(" "));
            ExitCode::from(1)
        }
    }
}

fn act(words: &[&str]) -> io::Result<u8> {
    match words {
        ["report"] => print(&Report::collect()?)?,
        ["attempts"] => print(&attempts())?,
        ["exit", code] => return Ok(number(code)? as u8),
        ["abort"] => std::process::abort(),
        ["print", text] => write_line(text)?,
        ["read", path] => io::stdout().write_all(&std::fs::read(path)?)?,
        ["write", path, text] => std::fs::write(path, text)?,
        ["list", path] => {
            for entry in std::fs::read_dir(path)? {
                write_line(&entry?.file_name().to_string_lossy())?;
            }
        }
        ["kill", id] => kill(number(id)?)?,
        ["sleep", seconds] => thread::sleep(Duration::from_secs(number(seconds)?)),
        ["spin", seconds] => spin(Duration::from_secs(number(seconds)?)),
        ["allocate", mebibytes] => allocate(number(mebibytes)?)?,
        ["open", count] => open(number(count)?)?,
        ["spawn", count] => write_line(&spawn(number(count)?).to_string())?,
        ["connect", address] => drop(TcpStream::connect(address)?),
        ["connect-hidden", address] => drop(TcpStream::connect(address)),
        ["send-hidden", address] => {
            let _refused = UdpSocket::bind("0.0.0.0:0")?.send_to(b"x", address);
        }
        ["message-hidden", address] => message(address)?,
        ["lookup-hidden", name] => drop((*name, 80).to_socket_addrs()),
        ["abstract", name] => abstract_socket(name)?,
        ["daemon", path] => daemon(path)?,
        ["daemon-2", path] => daemon_second(path)?,
        ["daemon-3", path] => daemon_third(path)?,
        _ => return Err(io::Error::other("unknown verb")),
    }
    Ok(0)
}

fn number(text: &str) -> io::Result<u64> {
    text.parse().map_err(|_| io::Error::other("not a number"))
}

fn write_line(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}

fn print(value: &impl serde::Serialize) -> io::Result<()> {
    write_line(&serde_json::to_string(value)?)
}

fn kill(id: u64) -> io::Result<()> {
    let pid = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::other("not a process id"))?;
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).map_err(Into::into)
}

fn spin(time: Duration) {
    let start = Instant::now();
    let mut value = 1_u64;
    while start.elapsed() < time {
        value = std::hint::black_box(value.wrapping_mul(3));
    }
}

/// Takes memory and touches all of it.
fn allocate(mebibytes: u64) -> io::Result<()> {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for _ in 0..mebibytes {
        let mut part = Vec::new();
        part.try_reserve_exact(1 << 20).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        part.resize(1 << 20, 1);
        kept.push(std::hint::black_box(part));
    }
    Ok(())
}

fn open(count: u64) -> io::Result<()> {
    let files: Result<Vec<_>, _> = (0..count).map(|_| std::fs::File::open("/dev/null")).collect();
    files.map(drop)
}

/// Starts `count` sleeping children and says how many there were before the first refusal.
fn spawn(count: u64) -> u64 {
    let start = || Command::new("/proc/self/exe").args(["sleep", "60"]).spawn();
    (0..count).take_while(|_| start().is_ok()).count() as u64
}

/// `sendmsg` with an address, as QUIC and name resolvers use it.
fn message(address: &str) -> io::Result<()> {
    use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg_addr};
    let address: std::net::SocketAddr = address.parse().map_err(|_| io::Error::other("not an address"))?;
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    let mut nothing = SendAncillaryBuffer::default();
    let _refused =
        sendmsg_addr(&socket, &address, &[io::IoSlice::new(b"x")], &mut nothing, SendFlags::empty());
    Ok(())
}

fn abstract_socket(name: &str) -> io::Result<()> {
    use std::os::linux::net::SocketAddrExt;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
    std::os::unix::net::UnixStream::connect_addr(&address).map(drop)
}

/// The classical way out of a session: fork, setsid, fork.
fn daemon(path: &str) -> io::Result<()> {
    Command::new("/proc/self/exe").args(["daemon-2", path]).spawn()?.wait().map(drop)
}

fn daemon_second(path: &str) -> io::Result<()> {
    rustix::process::setsid()?;
    Command::new("/proc/self/exe").args(["daemon-3", path]).spawn().map(drop)
}

/// Writes to `path` for as long as it lives.
fn daemon_third(path: &str) -> io::Result<()> {
    for beat in 0_u64.. {
        std::fs::write(path, beat.to_string())?;
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
