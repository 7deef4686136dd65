//! Hosts from which recordings may be fetched: those that the administrator names, and those at public addresses (R3).

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
use thiserror::Error;

/// An administrator may write an IPv6 address with or without brackets.
pub fn is_host(host: &str, trusted: &str) -> bool {
    let bare = |text: &str| text.trim_matches(['[', ']']).to_ascii_lowercase();
    bare(host) == bare(trusted)
}

/// The address, if the host is written as one.
pub fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        url::Host::Ipv4(address) => Some(address.into()),
        url::Host::Ipv6(address) => Some(address.into()),
        url::Host::Domain(_) => None,
    }
}

pub const NOT_PUBLIC: &str = "its host is not a public one; an administrator can allow it";

/// Resolves names to public addresses only. The connection uses the addresses that were checked.
pub struct Public;

#[derive(Debug, Error)]
#[error("not a public address")]
pub struct NotPublic;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.is_empty() {
                return Err(io::Error::other("the name has no address").into());
            }
            if !found.iter().all(|address| is_public(address.ip())) {
                return Err(NotPublic.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || matches!((a, b, c), (0 | 240.., ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // An address that embeds an IPv4 address (mapped, compatible, 6to4, NAT64) leads to it.
    let [a, b, c, d, e, f, high, low] = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0 | 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => return is_public_v4(v4(high, low)),
        (0x64, 0xff9b, 1, ..) => return false,
        (0x2002, ..) => return is_public_v4(v4(b, c)),
        _ => {}
    }
    !(address.is_unique_local() || address.is_unicast_link_local() || address.is_multicast() || a & 0xffc0 == 0xfec0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r3_public_addresses_are_recognised() {
        for (address, public) in [
            ("93.184.216.34", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("172.32.0.1", true),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
            ("2606:2800:220:1::1", true),
            ("::ffff:127.0.0.1", false),
            ("::ffff:93.184.216.34", true),
            ("::7f00:1", false),
            ("2002:7f00:1::", false),
            ("64:ff9b::a9fe:a9fe", false),
            ("64:ff9b::5db8:d822", true),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }
}
