//! The listener's address: binding it, and the URL that the platform posts to.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use data_encoding::HEXLOWER;
use ringside_domain::{Problem, ProblemCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use url::{Position, Url};

/// How many ports are tried after one that is in use, if any port may be used.
const OTHER_PORTS: u16 = 20;
/// The first port of the range from which Windows and other systems assign ports themselves (L2).
const FIRST_DYNAMIC: u16 = 49152;

#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("{0} is in use")]
    InUse(SocketAddr),
    /// Windows reserves ranges of ports (error 10013); other systems reserve the low ports for administrators.
    #[error("the system does not allow {0}")]
    Forbidden(SocketAddr),
    #[error("{0}: {1}")]
    Failed(SocketAddr, io::Error),
}

impl From<&BindError> for Problem {
    fn from(error: &BindError) -> Self {
        let code = match error {
            BindError::InUse(_) => ProblemCode::PortInUse,
            BindError::Forbidden(_) => ProblemCode::PortForbidden,
            BindError::Failed(..) => ProblemCode::BindFailed,
        };
        Self::new(code, error.to_string(), true)
    }
}

/// Binds `address` and never more: all interfaces only if `address` says so (L3).
///
/// `other_port`: no port is configured and no public address depends on it, so that one of the next twenty may be used (L1).
pub async fn bind(address: SocketAddr, other_port: bool) -> Result<TcpListener, BindError> {
    let first = match listen(address).await {
        Err(error @ (BindError::InUse(_) | BindError::Forbidden(_))) if other_port => error,
        bound => return bound,
    };
    for port in (1..=OTHER_PORTS).filter_map(|step| address.port().checked_add(step)) {
        if address.port() < FIRST_DYNAMIC && port >= FIRST_DYNAMIC {
            break;
        }
        if let Ok(socket) = listen(SocketAddr::new(address.ip(), port)).await {
            return Ok(socket);
        }
    }
    Err(first)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|error| because(address, error))
}

fn because(address: SocketAddr, error: io::Error) -> BindError {
    match error.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse(address),
        // Windows' error 10013 is also of this kind.
        io::ErrorKind::PermissionDenied => BindError::Forbidden(address),
        _ => BindError::Failed(address, error),
    }
}

/// The URL to enter at the platform: the secret's path below the public URL, or below the bound address.
pub fn callback_url(public: Option<&Url>, local: SocketAddr, secret: &SecretString) -> SecretString {
    let base = match public {
        Some(url) => url[..Position::AfterPath].trim_end_matches('/').to_owned(),
        None => format!("http://{}", reachable(local)),
    };
    format!("{base}/callbacks/{}", secret.expose_secret()).into()
}

/// Replaces the unspecified address, which nobody can connect to, by loopback.
fn reachable(local: SocketAddr) -> SocketAddr {
    let loopback = match local.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(loopback, local.port())
}

/// The URL without its secret, for display.
pub fn masked(url: &SecretString) -> String {
    match url.expose_secret().rsplit_once("/callbacks/") {
        Some((base, _)) => format!("{base}/callbacks/••••••••"),
        None => "••••••••".to_owned(),
    }
}

/// A secret of 32 random bytes, in characters that need no escaping in a URL.
pub fn secret(random: [u8; 32]) -> SecretString {
    HEXLOWER.encode(&random).into()
}

/// Converts an IPv4 address that arrived on an IPv6 socket to IPv4.
pub(crate) fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loopback(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[tokio::test]
    async fn l1_a_port_in_use_is_reported_or_replaced_by_another() {
        let holder = bind(loopback(0), false).await.unwrap();
        let address = holder.local_addr().unwrap();
        let error = bind(address, false).await.unwrap_err();
        assert_eq!(Problem::from(&error), Problem::new(ProblemCode::PortInUse, format!("{address} is in use"), true));
        let other = bind(address, true).await.unwrap().local_addr().unwrap();
        assert_eq!(other.ip(), address.ip());
        assert!((1..=OTHER_PORTS).contains(&(other.port() - address.port())), "{other} near {address}");
    }

    /// Another process may hold these ports; then they are in use as well, and the test still holds.
    #[tokio::test]
    async fn l2_a_low_port_is_not_replaced_by_one_that_the_system_assigns() {
        let _holder = bind(loopback(FIRST_DYNAMIC - 1), false).await;
        assert!(matches!(bind(loopback(FIRST_DYNAMIC - 1), true).await, Err(BindError::InUse(_))));
        let _holder = bind(loopback(FIRST_DYNAMIC), false).await;
        let other = bind(loopback(FIRST_DYNAMIC), true).await.unwrap().local_addr().unwrap();
        assert!(other.port() > FIRST_DYNAMIC, "a port from that range is replaced by the next one");
    }

    #[test]
    fn l2_a_reserved_port_is_reported() {
        let error = because(loopback(80), io::ErrorKind::PermissionDenied.into());
        assert_eq!(Problem::from(&error).code, ProblemCode::PortForbidden);
        #[cfg(windows)]
        assert!(matches!(because(loopback(80), io::Error::from_raw_os_error(10013)), BindError::Forbidden(_)));
    }

    #[tokio::test]
    async fn an_address_of_another_computer_is_reported() {
        // TEST-NET-1: no computer has this address.
        let error = bind(SocketAddr::from(([192, 0, 2, 1], 7780)), true).await.unwrap_err();
        assert_eq!(Problem::from(&error).code, ProblemCode::BindFailed);
    }

    #[tokio::test]
    async fn l3_only_the_given_address_is_bound() {
        for address in [loopback(0), SocketAddr::from(([0, 0, 0, 0], 0))] {
            assert_eq!(bind(address, true).await.unwrap().local_addr().unwrap().ip(), address.ip());
        }
    }

    #[test]
    fn the_callback_url_is_shown_without_its_secret() {
        let secret = secret([0xa5; 32]);
        for (public, local, base) in [
            (None, "127.0.0.1:7780", "http://127.0.0.1:7780"),
            (None, "0.0.0.0:7780", "http://127.0.0.1:7780"),
            (None, "[::]:7780", "http://[::1]:7780"),
            (None, "192.0.2.7:7780", "http://192.0.2.7:7780"),
            (None, "[2001:db8::7]:7780", "http://[2001:db8::7]:7780"),
            (Some("https://a.example/r/?x=1#y"), "127.0.0.1:7780", "https://a.example/r"),
            (Some("https://a.example:8443"), "127.0.0.1:7780", "https://a.example:8443"),
            (Some("https://a.example/callbacks/"), "127.0.0.1:7780", "https://a.example/callbacks"),
        ] {
            let public = public.map(|url| Url::parse(url).unwrap());
            let url = callback_url(public.as_ref(), local.parse().unwrap(), &secret);
            assert_eq!(url.expose_secret(), format!("{base}/callbacks/{}", "a5".repeat(32)));
            assert_eq!(masked(&url), format!("{base}/callbacks/••••••••"));
        }
        assert_eq!(masked(&"https://a.example/other".into()), "••••••••");
    }
}
