//! Where the listener can be reached.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use ringside_domain::{Problem, ProblemCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;

/// Ports that are tried after one that is taken, where another port will do.
const OTHER_PORTS: u16 = 20;
/// Where Windows, and others, begin to give out ports by themselves (L2).
const FIRST_DYNAMIC: u16 = 49152;

#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("{0} is in use")]
    InUse(SocketAddr),
    /// Windows keeps ranges of ports for itself (error 10013); elsewhere the low ports are for administrators.
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

/// Listens at `address`, which is never widened: all interfaces only where it says so itself (L3).
///
/// `other_port`: nobody chose this port and no public address leads to it, so one of the next twenty will do (L1).
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
        // Windows' 10013 comes as this kind, too.
        io::ErrorKind::PermissionDenied => BindError::Forbidden(address),
        _ => BindError::Failed(address, error),
    }
}

/// The address to be entered at the platform: the secret's path below `base`, the public URL or a bound address.
///
/// `base` is an http(s) URL with or without a path; a bound address is `http://{address}`.
pub fn callback_url(base: &str, secret: &SecretString) -> SecretString {
    let base = base.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    format!("{base}/callbacks/{}", secret.expose_secret()).into()
}

/// The address without its secret, for display.
pub fn masked(url: &SecretString) -> String {
    match url.expose_secret().rsplit_once("/callbacks/") {
        Some((base, _)) => format!("{base}/callbacks/••••••••"),
        None => "••••••••".to_owned(),
    }
}

/// A secret from 32 random bytes, in characters that a URL takes as they are.
pub fn secret(random: [u8; 32]) -> SecretString {
    random.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

/// An IPv4 address that came in through an IPv6 socket is an IPv4 address.
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
    async fn l1_a_taken_port_is_said_or_another_is_found() {
        let holder = bind(loopback(0), false).await.unwrap();
        let address = holder.local_addr().unwrap();
        let error = bind(address, false).await.unwrap_err();
        assert_eq!(Problem::from(&error), Problem::new(ProblemCode::PortInUse, format!("{address} is in use"), true));
        let other = bind(address, true).await.unwrap().local_addr().unwrap();
        assert_eq!(other.ip(), address.ip());
        assert!((1..=OTHER_PORTS).contains(&(other.port() - address.port())), "{other} near {address}");
    }

    #[test]
    fn l2_a_reserved_port_is_said() {
        let error = because(loopback(80), io::ErrorKind::PermissionDenied.into());
        assert_eq!(Problem::from(&error).code, ProblemCode::PortForbidden);
        #[cfg(windows)]
        assert!(matches!(because(loopback(80), io::Error::from_raw_os_error(10013)), BindError::Forbidden(_)));
    }

    #[tokio::test]
    async fn an_address_of_another_computer_is_said() {
        // TEST-NET-1, which nobody has.
        let error = bind(SocketAddr::from(([192, 0, 2, 1], 7780)), true).await.unwrap_err();
        assert_eq!(Problem::from(&error).code, ProblemCode::BindFailed);
    }

    #[tokio::test]
    async fn l3_only_what_was_asked_for_is_bound() {
        for address in [loopback(0), SocketAddr::from(([0, 0, 0, 0], 0))] {
            assert_eq!(bind(address, true).await.unwrap().local_addr().unwrap().ip(), address.ip());
        }
    }

    #[test]
    fn the_address_is_shown_without_its_secret() {
        let secret = secret([0xa5; 32]);
        for (base, full, shown) in [
            ("http://127.0.0.1:7780", "http://127.0.0.1:7780/callbacks/", "http://127.0.0.1:7780/callbacks/••••••••"),
            ("https://a.example/r/?x=1", "https://a.example/r/callbacks/", "https://a.example/r/callbacks/••••••••"),
            ("https://a.example/callbacks/", "https://a.example/callbacks/callbacks/", "https://a.example/callbacks/callbacks/••••••••"),
        ] {
            let url = callback_url(base, &secret);
            assert_eq!(url.expose_secret(), format!("{full}{}", "a5".repeat(32)));
            assert_eq!(masked(&url), shown);
        }
        assert_eq!(masked(&"https://a.example/other".into()), "••••••••");
    }
}
