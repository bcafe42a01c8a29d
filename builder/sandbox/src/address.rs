// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which socket addresses lie beyond the sandbox.
//!
//! Bytes are a `struct sockaddr_*` as a process hands it to the kernel (ip(7), ipv6(7)): the family in host order,
//! the port in network order.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const NAME_SERVICE: u16 = 53;

/// Where a process wants to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Inside the sandbox, or nothing the kernel would accept: it may judge for itself.
    Inside,
    /// A name server on loopback, where resolvers look when nothing is configured. None is there: it is a lookup.
    NameServer(SocketAddr),
    /// Beyond loopback.
    Outside(SocketAddr),
}

impl Destination {
    /// Judges the bytes of an address.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let Some(address) = parse(bytes) else { return Self::Inside };
        let ip = match address.ip() {
            IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4),
            ip => ip,
        };
        // The unspecified address means this machine when one connects to it.
        match ip.is_loopback() || ip.is_unspecified() {
            true if address.port() == NAME_SERVICE => Self::NameServer(address),
            true => Self::Inside,
            false => Self::Outside(address),
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inside => f.write_str("loopback"),
            Self::NameServer(address) => write!(f, "name lookup ({address})"),
            Self::Outside(address) if address.port() == NAME_SERVICE => write!(f, "name lookup ({address})"),
            Self::Outside(address) => write!(f, "{address}"),
        }
    }
}

/// An internet address; `None` for other families and for what is too short to be one.
fn parse(bytes: &[u8]) -> Option<SocketAddr> {
    let family = i32::from(u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?));
    let port = u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?);
    let ip = match family {
        libc::AF_INET => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes.get(4..8)?).ok()?)),
        libc::AF_INET6 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes.get(8..24)?).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(ip: [u8; 4], port: u16) -> Vec<u8> {
        let mut bytes = (libc::AF_INET as u16).to_ne_bytes().to_vec();
        bytes.extend(port.to_be_bytes());
        bytes.extend(ip);
        bytes.extend([0; 8]);
        bytes
    }

    fn v6(ip: Ipv6Addr, port: u16) -> Vec<u8> {
        let mut bytes = (libc::AF_INET6 as u16).to_ne_bytes().to_vec();
        bytes.extend(port.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(ip.octets());
        bytes.extend([0; 4]);
        bytes
    }

    fn said(bytes: &[u8]) -> String {
        Destination::of(bytes).to_string()
    }

    #[test]
    fn what_lies_outside_is_named() {
        assert_eq!(said(&v4([192, 0, 2, 1], 80)), "192.0.2.1:80");
        assert_eq!(said(&v6("2001:db8::1".parse().unwrap(), 443)), "[2001:db8::1]:443");
        assert_eq!(said(&v6("::ffff:192.0.2.1".parse().unwrap(), 443)), "[::ffff:192.0.2.1]:443");
        assert_eq!(said(&v4([10, 0, 0, 2], 53)), "name lookup (10.0.0.2:53)");
        assert_eq!(said(&v4([255, 255, 255, 255], 9)), "255.255.255.255:9");
    }

    #[test]
    fn loopback_is_inside_except_for_name_service() {
        assert_eq!(Destination::of(&v4([127, 0, 0, 1], 8080)), Destination::Inside);
        assert_eq!(Destination::of(&v4([127, 9, 9, 9], 1)), Destination::Inside);
        assert_eq!(Destination::of(&v4([0, 0, 0, 0], 8080)), Destination::Inside);
        assert_eq!(Destination::of(&v6(Ipv6Addr::LOCALHOST, 8080)), Destination::Inside);
        assert_eq!(said(&v4([127, 0, 0, 1], 53)), "name lookup (127.0.0.1:53)");
        assert_eq!(said(&v6(Ipv6Addr::LOCALHOST, 53)), "name lookup ([::1]:53)");
    }

    #[test]
    fn other_families_and_fragments_are_the_kernels_business() {
        assert_eq!(Destination::of(&(libc::AF_UNIX as u16).to_ne_bytes()), Destination::Inside);
        assert_eq!(Destination::of(&v4([192, 0, 2, 1], 80)[..6]), Destination::Inside);
        assert_eq!(Destination::of(&[]), Destination::Inside);
    }
}
