//! Which requests are accepted: by secret, host and source.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use percent_encoding::percent_decode_str;
use ringside_domain::{Problem, ProblemCode, PublicPath};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use url::Url;

use crate::address::canonical;

/// Characters of the shortest secret that is accepted.
const SHORTEST_SECRET: usize = 16;

/// Created once per bound address.
#[derive(Debug)]
pub struct Rules {
    secret: SecretString,
    /// The bound address.
    local: SocketAddr,
    /// The host of the public URL, in lower case.
    public_host: Option<String>,
    /// The path of the public URL, normalised; empty if it has none.
    public_path: String,
    /// Empty: any client that can reach the socket.
    sources: Vec<Source>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    #[error("the callback secret needs at least {SHORTEST_SECRET} characters")]
    SecretTooShort,
    #[error("the callback secret may hold letters, digits, '-', '.', '_' and '~' only")]
    SecretNotForUrls,
}

impl From<&RulesError> for Problem {
    fn from(error: &RulesError) -> Self {
        Self::new(ProblemCode::BindFailed, error.to_string(), false)
    }
}

impl Rules {
    /// `local` is the bound address; `public_url` is the configured one, if any.
    pub fn new(secret: SecretString, local: SocketAddr, public_url: Option<&Url>, sources: Vec<Source>) -> Result<Self, RulesError> {
        let text = secret.expose_secret();
        if text.len() < SHORTEST_SECRET {
            return Err(RulesError::SecretTooShort);
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            return Err(RulesError::SecretNotForUrls);
        }
        let public_host = public_url.and_then(Url::host_str).map(plain);
        let public_path = public_url.map(|url| plain_path(url.path())).unwrap_or_default();
        Ok(Self { secret, local, public_host, public_path, sources })
    }

    /// Whether the path ends with the secret, compared in constant time (L4). Before it stands the path of the public URL, or a right-hand
    /// part of that path if a proxy cuts it off. None: the path is not ours.
    pub(crate) fn way_of(&self, path: &str) -> Option<PublicPath> {
        let (before, given) = path.rsplit_once("/callbacks/").unwrap_or((path, ""));
        let is_secret: bool = given.as_bytes().ct_eq(self.secret.expose_secret().as_bytes()).into();
        if self.public_path.is_empty() {
            return (is_secret && before.is_empty()).then_some(PublicPath::None);
        }
        let before = plain_path(before);
        let is_part = self.public_path.ends_with(&before) && (before.is_empty() || before.starts_with('/'));
        let way = if self.public_path == before { PublicPath::PassedOn } else { PublicPath::CutOff };
        (is_secret && is_part).then_some(way)
    }

    /// Whether `host` is ours: a loopback name or the bound address with our port, or the public URL's host with any port (L5).
    ///
    /// A web page that reaches this socket by a name of its own (L10) sends that name here.
    pub(crate) fn is_host(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, Some(port)),
            _ => (host, None),
        };
        let name = plain(name);
        if self.public_host.as_deref() == Some(name.as_str()) {
            return port.is_none_or(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
        }
        if port.unwrap_or("80") != self.local.port().to_string() {
            return false;
        }
        let address = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            Some(name) => name.parse().map(IpAddr::V6),
            None => name.parse().map(IpAddr::V4),
        };
        match address {
            Ok(address) => {
                let (address, local) = (canonical(address), canonical(self.local.ip()));
                address.is_loopback() || local.is_unspecified() || address == local
            }
            Err(_) => name == "localhost",
        }
    }

    pub(crate) fn is_source(&self, peer: IpAddr) -> bool {
        self.sources.is_empty() || self.sources.iter().any(|source| source.holds(peer))
    }
}

/// A path in one spelling: proxies can join paths with two slashes, and can escape characters or not.
fn plain_path(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    decoded.split('/').filter(|word| !word.is_empty()).flat_map(|word| ["/", word]).collect()
}

/// A host name in one spelling.
fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// An address, or a network such as `10.1.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    network: IpAddr,
    bits: u8,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither an address nor a network such as 10.1.0.0/16")]
pub struct SourceError;

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| SourceError)?)),
            None => (text, None),
        };
        let network: IpAddr = address.parse().map_err(|_| SourceError)?;
        let most = if network.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most { Err(SourceError) } else { Ok(Self { network, bits }) }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.bits)
    }
}

impl Source {
    pub fn holds(self, peer: IpAddr) -> bool {
        match (self.network, canonical(peer)) {
            (IpAddr::V4(network), IpAddr::V4(peer)) => shared(network.to_bits().into(), peer.to_bits().into(), 32, self.bits),
            (IpAddr::V6(network), IpAddr::V6(peer)) => shared(network.to_bits(), peer.to_bits(), 128, self.bits),
            _ => false,
        }
    }
}

/// Whether the first `bits` bits of two numbers of `width` bits are equal.
fn shared(a: u128, b: u128, width: u32, bits: u8) -> bool {
    (a ^ b).checked_shr(width - u32::from(bits)).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef";

    fn rules(local: &str, public: Option<&str>) -> Rules {
        let public = public.map(|url| Url::parse(url).unwrap());
        Rules::new(SECRET.into(), local.parse().unwrap(), public.as_ref(), Vec::new()).unwrap()
    }

    #[test]
    fn l4_only_the_whole_secret_is_accepted() {
        let rules = rules("127.0.0.1:7780", None);
        assert_eq!(rules.way_of("/callbacks/0123456789abcdef"), Some(PublicPath::None));
        for path in [
            "/",
            "",
            "/callbacks",
            "/callbacks/",
            "/callbacks/0123456789abcde",
            "/callbacks/0123456789abcdeF",
            "/callbacks/0123456789abcdef0",
            "/callbacks/0123456789abcdef/",
            "//callbacks/0123456789abcdef",
            "/x/callbacks/0123456789abcdef",
            "/callbacks/../callbacks/0123456789abcdef",
            "0123456789abcdef",
        ] {
            assert_eq!(rules.way_of(path), None, "{path}");
        }
    }

    #[test]
    fn fc19_a_path_is_accepted_with_and_without_the_path_of_the_public_url() {
        for public in ["https://calls.example.com/a/desk7/", "https://calls.example.com/a/desk7"] {
            let rules = rules("127.0.0.1:7780", Some(public));
            let way = |before: &str| rules.way_of(&format!("{before}/callbacks/{SECRET}"));
            assert_eq!(way("/a/desk7"), Some(PublicPath::PassedOn));
            assert_eq!((way(""), way("/desk7")), (Some(PublicPath::CutOff), Some(PublicPath::CutOff)));
            // A proxy that joins paths with one slash too many.
            assert_eq!(
                (way("/"), way("//desk7"), way("/a//desk7/")),
                (Some(PublicPath::CutOff), Some(PublicPath::CutOff), Some(PublicPath::PassedOn))
            );
            for other in ["/a", "/7", "/x/a/desk7", "/A/desk7", "/desk8", "/a/desk7/a/desk7", "/a/../a/desk7", "/%2e"] {
                assert_eq!(way(other), None, "{other}");
            }
            assert_eq!(rules.way_of("/a/desk7/callbacks/"), None);
            assert_eq!(rules.way_of(&format!("/a/desk7/callbacks/{SECRET}/")), None);
            assert_eq!(rules.way_of(&format!("/a/desk7/{SECRET}")), None);
        }
        let escaped = rules("127.0.0.1:7780", Some("https://calls.example.com/b%C3%BCro%20a//7"));
        for before in ["/b%C3%BCro%20a//7", "/b%c3%bcro%20a/7", "/b\u{fc}ro a/7"] {
            assert_eq!(escaped.way_of(&format!("{before}/callbacks/{SECRET}")), Some(PublicPath::PassedOn), "{before}");
        }
        let same_word = rules("127.0.0.1:7780", Some("https://calls.example.com/callbacks/"));
        assert_eq!(same_word.way_of(&format!("/callbacks/callbacks/{SECRET}")), Some(PublicPath::PassedOn));
        assert_eq!(same_word.way_of(&format!("/callbacks/{SECRET}")), Some(PublicPath::CutOff));
    }

    #[test]
    fn a_weak_secret_is_refused() {
        let made = |secret: &str| Rules::new(secret.into(), "127.0.0.1:1".parse().unwrap(), None, Vec::new()).map(|_| ());
        assert_eq!(made(""), Err(RulesError::SecretTooShort));
        assert_eq!(made("0123456789abcde"), Err(RulesError::SecretTooShort));
        assert_eq!(made("0123456789abcde/"), Err(RulesError::SecretNotForUrls));
        assert_eq!(made("0123456789abcde%41"), Err(RulesError::SecretNotForUrls));
        assert_eq!(made("0123456789-._~aZ"), Ok(()));
    }

    #[test]
    fn l5_a_listener_on_loopback_accepts_loopback_hosts_only() {
        let rules = rules("127.0.0.1:7780", None);
        for host in ["127.0.0.1:7780", "localhost:7780", "LocalHost.:7780", "[::1]:7780", "127.0.0.2:7780", "[::ffff:127.0.0.1]:7780"] {
            assert!(rules.is_host(host), "{host}");
        }
        for host in [
            "",
            ":",
            ":7780",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.1:77800",
            "127.0.0.1:+7780",
            "127.0.0.1:07780",
            "localhost",
            "localhost:",
            "192.168.1.5:7780",
            "evil.example:7780",
            "localhost.evil.example:7780",
            "127.0.0.1.evil.example:7780",
            "[::1",
            "::1:7780",
            "[::1]:7780@evil.example",
        ] {
            assert!(!rules.is_host(host), "{host}");
        }
    }

    #[test]
    fn l5_a_listener_on_another_address_accepts_its_own_addresses() {
        assert!(rules("127.0.0.1:80", None).is_host("127.0.0.1"));
        let one = rules("192.168.1.5:7780", None);
        assert!(one.is_host("192.168.1.5:7780"));
        assert!(!one.is_host("192.168.1.6:7780"));
        // Bound to all interfaces: any address is ours, but no other name.
        let all = rules("0.0.0.0:7780", None);
        assert!(all.is_host("192.168.1.6:7780"));
        assert!(!all.is_host("evil.example:7780"));
    }

    #[test]
    fn l5_the_host_of_the_public_url_is_accepted() {
        let rules = rules("127.0.0.1:7780", Some("https://Calls.Example.com:8443/ringside/"));
        for host in ["calls.example.com", "CALLS.example.com:8443", "calls.example.com.:443", "localhost:7780"] {
            assert!(rules.is_host(host), "{host}");
        }
        for host in ["calls.example.com:x", "calls.example.com.evil.example", "example.com"] {
            assert!(!rules.is_host(host), "{host}");
        }
    }

    #[test]
    fn l5_an_address_in_brackets_needs_no_port_if_the_listener_is_on_port_80() {
        assert!(rules("[::1]:80", None).is_host("[::1]"));
        assert!(!rules("[::1]:7780", None).is_host("[::1]"));
    }

    #[test]
    fn a_source_is_shown_as_a_network() {
        for (text, shown) in [("10.1.0.0/16", "10.1.0.0/16"), ("10.1.2.3", "10.1.2.3/32"), ("2001:db8::/32", "2001:db8::/32")] {
            assert_eq!(text.parse::<Source>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn sources_are_addresses_or_networks() {
        let holds = |source: &str, peer: &str| source.parse::<Source>().unwrap().holds(peer.parse().unwrap());
        assert!(holds("10.1.2.3", "10.1.2.3"));
        assert!(!holds("10.1.2.3", "10.1.2.4"));
        assert!(holds("10.1.0.0/16", "10.1.255.255"));
        assert!(!holds("10.1.0.0/16", "10.2.0.0"));
        assert!(holds("0.0.0.0/0", "203.0.113.9"));
        assert!(!holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("10.1.0.0/16", "::ffff:10.1.0.9"));
        assert!(holds("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(!holds("2001:db8::/32", "2001:db9::1"));
        assert!(holds("::/0", "2001:db9::1"));
        for text in ["", "10.1.0.0/33", "::/129", "10.1.0.0/", "10.1.0.0/-1", "example.com", "10.1.0.0/16/8"] {
            assert_eq!(text.parse::<Source>(), Err(SourceError), "{text}");
        }
    }

    #[test]
    fn the_secret_is_not_shown() {
        assert!(!format!("{:?}", rules("127.0.0.1:7780", None)).contains(SECRET));
    }
}
