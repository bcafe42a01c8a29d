// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Brings the loopback interface up, which gets its addresses from the kernel then. No other interface is touched.
//!
//! Layout: netdevice(7), `struct ifreq`.

use crate::error::InitError;
use crate::syscall::{self, InterfaceRequest};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use std::io;

const NAME: &str = "lo";
const FLAGS: usize = 16;
const UP: u16 = 1;

/// # Errors
/// Also where the kernel has no network.
pub(crate) fn bring_up() -> Result<(), InitError> {
    set_up(NAME).map_err(|source| InitError::Interface { name: NAME, source })
}

fn set_up(name: &str) -> io::Result<()> {
    let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    let mut request = request(name);
    syscall::interface_flags(&socket, &mut request)?;
    syscall::set_interface_flags(&socket, with_up(request))
}

/// `name` has at most 15 bytes.
fn request(name: &str) -> InterfaceRequest {
    let mut bytes = [0; 40];
    for (byte, of_name) in bytes.iter_mut().take(FLAGS - 1).zip(name.bytes()) {
        *byte = of_name;
    }
    InterfaceRequest(bytes)
}

fn with_up(InterfaceRequest(mut bytes): InterfaceRequest) -> InterfaceRequest {
    let flags = u16::from_ne_bytes([bytes[FLAGS], bytes[FLAGS + 1]]) | UP;
    bytes[FLAGS..FLAGS + 2].copy_from_slice(&flags.to_ne_bytes());
    InterfaceRequest(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_the_golden_bytes() {
        let mut expected = [0; 40];
        expected[..2].copy_from_slice(b"lo");
        assert_eq!(request("lo"), InterfaceRequest(expected));
        // IFF_LOOPBACK is 8 and stays.
        expected[16] = 8;
        let up = with_up(InterfaceRequest(expected));
        expected[16] = 9;
        assert_eq!(up, InterfaceRequest(expected));
        assert_eq!(request(&"n".repeat(60)).0[15], 0);
    }

    #[test]
    fn the_kernel_knows_the_request() {
        let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None).unwrap();
        let mut found = request(NAME);
        syscall::interface_flags(&socket, &mut found).unwrap();
        assert_eq!(found.0[FLAGS] & 8, 8, "lo is the loopback interface: {found:?}");
        assert_eq!(set_up("nonexistent").unwrap_err().raw_os_error(), Some(libc::ENODEV));
    }
}
