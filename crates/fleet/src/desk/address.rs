//! Where the gateway's NATS server is.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use async_nats::{ConnectOptions, ServerAddr};

use crate::CONNECTING;

/// Where the gateway's NATS server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    urls: Vec<ServerAddr>,
    ca: Option<PathBuf>,
}

/// An address that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    #[error("{0:?} is not an address; it must begin with tls:// or wss://")]
    NotUnderstood(String),
    /// Without TLS anybody on the way could read the calls.
    #[error("{0:?} has no TLS; nats:// and ws:// are only for this computer")]
    Plain(String),
    #[error("wss:// and tls:// addresses cannot be mixed")]
    Mixed,
    #[error("there is no address")]
    None,
}

impl Address {
    /// `tls://host:4222` or `wss://host`, several separated by commas; `nats://` and `ws://` only to this computer. `ca`: PEM file of the
    /// authority that signed the server's certificate; then the system's roots are not trusted for this server.
    pub fn parse(urls: &str, ca: Option<PathBuf>) -> Result<Self, BadAddress> {
        let urls = urls.split(',').map(str::trim).filter(|url| !url.is_empty());
        let urls = urls
            .map(|url| {
                let address: ServerAddr = url.parse().map_err(|_| BadAddress::NotUnderstood(url.to_owned()))?;
                match address.scheme() {
                    _ if address.host().is_empty() || address.has_user_pass() || !url.contains("://") => {
                        Err(BadAddress::NotUnderstood(url.to_owned()))
                    }
                    "tls" | "wss" => Ok(address),
                    _ if is_this_computer(address.host()) => Ok(address),
                    _ => Err(BadAddress::Plain(url.to_owned())),
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        let websockets = urls.iter().filter(|url| url.is_websocket()).count();
        match urls.len() {
            0 => Err(BadAddress::None),
            all if websockets != 0 && websockets != all => Err(BadAddress::Mixed),
            _ => Ok(Self { urls, ca }),
        }
    }

    pub(super) fn urls(&self) -> Vec<ServerAddr> {
        self.urls.clone()
    }

    /// Options of a connection to this address.
    pub(super) fn options(&self, options: ConnectOptions) -> ConnectOptions {
        let options = options.connection_timeout(CONNECTING).ping_interval(Duration::from_secs(15));
        match &self.ca {
            Some(ca) => options.add_root_certificates(ca.clone()),
            None => options,
        }
    }
}

fn is_this_computer(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_with_tls_and_this_computer_are_taken() {
        let parse = |urls: &str| Address::parse(urls, None).map(|address| address.urls.len());
        for (urls, count) in [
            ("tls://gateway.example.com:4222", 1),
            (" wss://gateway.example.com/fleet ", 1),
            ("tls://a.example.com, tls://b.example.com,", 2),
            ("nats://127.0.0.1:4222", 1),
            ("nats://localhost,nats://[::1]:4222", 2),
            ("ws://127.8.8.8", 1),
        ] {
            assert_eq!(parse(urls), Ok(count), "{urls}");
        }
        for urls in ["nats://gateway.example.com", "ws://10.0.0.1", "nats://localhost.example.com", "tls://a.example.com,nats://10.0.0.1"] {
            assert!(matches!(parse(urls), Err(BadAddress::Plain(_))), "{urls}");
        }
        for urls in ["gateway.example.com", "https://gateway.example.com", "tls://", "tls://u:p@a.example.com", "127.0.0.1:4222"] {
            assert!(matches!(parse(urls), Err(BadAddress::NotUnderstood(_))), "{urls}");
        }
        assert_eq!(parse("tls://a.example.com,wss://a.example.com"), Err(BadAddress::Mixed));
        assert_eq!([parse(""), parse(" , ")], [Err(BadAddress::None), Err(BadAddress::None)]);
    }
}
