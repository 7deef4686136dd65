//! The proxy on the way to the platform.

use std::{env, fmt};

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{ClientBuilder, NoProxy, Url};

use crate::transport::is_loopback;

/// Which proxy is used. No choice follows a script (PAC), and of the ways to sign in at a proxy only a name and a password in the
/// environment's address are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxy {
    /// The environment's, or else the one in the system's settings.
    #[default]
    System,
    /// The platform is reached directly.
    None,
    /// At this address, but not for the hosts that the environment excludes (`NO_PROXY`).
    At(Url),
}

impl Proxy {
    /// Makes clients use this proxy.
    ///
    /// # Errors
    /// If the scheme of the proxy's address is not known.
    pub fn setter(&self) -> reqwest::Result<impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + use<>> {
        let at = match self {
            Self::At(url) => Some(reqwest::Proxy::all(url.clone())?.no_proxy(NoProxy::from_env())),
            Self::System | Self::None => None,
        };
        let is_direct = *self == Self::None;
        Ok(move |builder: ClientBuilder| match &at {
            Some(proxy) => builder.proxy(proxy.clone()),
            None if is_direct => builder.no_proxy(),
            None => builder,
        })
    }

    /// How a request to this address goes: the HTTP library reads the same sources with the same code.
    pub fn way(&self, to: &Url) -> Way {
        self.way_by(to, &Matcher::from_system(), |name| env::var(name).ok())
    }

    /// `system` has read the environment and the system's settings, `variable` reads the environment.
    fn way_by(&self, to: &Url, system: &Matcher, variable: impl Fn(&str) -> Option<String>) -> Way {
        let Ok(target) = to.as_str().parse::<Uri>() else { return Way::Direct };
        let first = |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, variable(name)?)));
        let excluded = first(["NO_PROXY", "no_proxy"]).map(|(_, hosts)| hosts).unwrap_or_default();
        let read = |address: &str| {
            let found = Matcher::builder().all(address).build().intercept(&target);
            found.and_then(|found| Url::parse(&found.uri().to_string()).ok())
        };
        let is_excluded = || Matcher::builder().all("http://proxy/").no(excluded.as_str()).build().intercept(&target).is_none();
        match self {
            _ if is_loopback(to) => Way::Direct,
            Self::None => Way::Direct,
            Self::At(_) if is_excluded() => Way::Direct,
            Self::At(url) => Way::Through(Hop { address: url.clone(), named_in: NamedIn::Setting }),
            Self::System => {
                let of_scheme = if to.scheme() == "https" { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
                let named: Vec<(&'static str, String)> = [of_scheme, ["ALL_PROXY", "all_proxy"]].into_iter().filter_map(first).collect();
                let used = system.intercept(&target).and_then(|used| Url::parse(&used.uri().to_string()).ok());
                match used {
                    Some(address) => {
                        let variable = named.iter().find(|(_, text)| read(text).as_ref() == Some(&address));
                        let named_in = variable.map_or(NamedIn::System, |(name, _)| NamedIn::Variable(name));
                        Way::Through(Hop { address, named_in })
                    }
                    None if is_excluded() => Way::Direct,
                    None => {
                        let misread = named.iter().find(|(_, text)| !text.is_empty() && read(text).is_none());
                        misread.map_or(Way::Direct, |(name, _)| Way::Misnamed(NamedIn::Variable(name)))
                    }
                }
            }
        }
    }

    pub(crate) fn of(&self, builder: ClientBuilder) -> reqwest::Result<ClientBuilder> {
        self.setter().map(|set| set(builder))
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::None => f.write_str("none"),
            Self::At(url) => f.write_str(url.as_str().trim_end_matches('/')),
        }
    }
}

/// How a request goes to its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Without a proxy.
    Direct,
    /// Through a proxy.
    Through(Hop),
    /// Without a proxy, although one is named here, since the text is not the address of a proxy.
    Misnamed(NamedIn),
}

/// The proxy on the way to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Without the name and the password.
    pub address: Url,
    /// Where the address was found.
    pub named_in: NamedIn,
}

impl Hop {
    /// False for SOCKS: the proxy would be asked in a protocol that it does not speak.
    pub fn is_of_web(&self) -> bool {
        matches!(self.address.scheme(), "http" | "https")
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.address.as_str().trim_end_matches('/'), self.named_in)
    }
}

/// Where the address of a proxy was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedIn {
    /// The setting `network.proxy`.
    Setting,
    /// This variable of the environment.
    Variable(&'static str),
    /// The system's settings.
    System,
}

impl fmt::Display for NamedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Setting => "network.proxy",
            Self::Variable(name) => name,
            Self::System => "the system's settings",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The way to the address with these variables; the system has no settings.
    fn way(proxy: &Proxy, to: &str, variables: &[(&str, &str)]) -> String {
        let variable = |name: &str| variables.iter().find(|(its, _)| *its == name).map(|(_, text)| (*text).to_owned());
        let either = |upper: &str, lower: &str| variable(upper).or_else(|| variable(lower)).unwrap_or_default();
        let system = Matcher::builder()
            .all(either("ALL_PROXY", "all_proxy"))
            .http(either("HTTP_PROXY", "http_proxy"))
            .https(either("HTTPS_PROXY", "https_proxy"))
            .no(either("NO_PROXY", "no_proxy"))
            .build();
        match proxy.way_by(&to.parse().unwrap(), &system, variable) {
            Way::Direct => "direct".to_owned(),
            Way::Through(hop) => format!("{hop}{}", if hop.is_of_web() { "" } else { " (no web proxy)" }),
            Way::Misnamed(named_in) => format!("misnamed in {named_in}"),
        }
    }

    #[test]
    fn a14_the_proxy_in_use_is_told_with_its_source_and_without_its_password() {
        let (web, plain) = ("https://call.example.com/", "http://call.example.com/");
        let at = Proxy::At("http://proxy.example.com:3128".parse().unwrap());
        for (proxy, to, variables, expected) in [
            (&Proxy::System, web, &[][..], "direct"),
            (&Proxy::System, web, &[("http_proxy", "http://a:1")], "direct"),
            (&Proxy::System, plain, &[("http_proxy", "http://a:1")], "http://a:1, http_proxy"),
            (&Proxy::System, web, &[("HTTPS_PROXY", "http://me:hunter2@a:1")], "http://a:1, HTTPS_PROXY"),
            (&Proxy::System, web, &[("https_proxy", "http://a:1"), ("ALL_PROXY", "http://b:2")], "http://a:1, https_proxy"),
            (&Proxy::System, plain, &[("https_proxy", "http://a:1"), ("all_proxy", "http://b:2")], "http://b:2, all_proxy"),
            (&Proxy::System, web, &[("all_proxy", "socks5://a:1080")], "socks5://a:1080, all_proxy (no web proxy)"),
            (&Proxy::System, plain, &[("http_proxy", "rubbish")], "http://rubbish, http_proxy"),
            (&Proxy::System, plain, &[("http_proxy", "file:///a")], "misnamed in http_proxy"),
            (&Proxy::System, plain, &[("http_proxy", "ftp://me:hunter2@a"), ("all_proxy", "http://b:2")], "http://b:2, all_proxy"),
            (&Proxy::System, plain, &[("http_proxy", "")], "direct"),
            (&Proxy::System, plain, &[("http_proxy", "http://a:1"), ("no_proxy", "example.com")], "direct"),
            (&Proxy::System, plain, &[("http_proxy", "file:///a"), ("no_proxy", "example.com")], "direct"),
            (&Proxy::System, "http://127.0.0.1:8080/", &[("http_proxy", "http://a:1")], "direct"),
            (&Proxy::None, plain, &[("http_proxy", "http://a:1")], "direct"),
            (&at, plain, &[("http_proxy", "http://a:1")], "http://proxy.example.com:3128, network.proxy"),
            (&at, plain, &[("NO_PROXY", "call.example.com")], "direct"),
            (&at, "https://localhost/", &[], "direct"),
        ] {
            assert_eq!(way(proxy, to, variables), expected, "{proxy} to {to} with {variables:?}");
        }
    }

    #[test]
    fn a14_a_proxy_of_the_systems_settings_is_told_as_such() {
        let system = Matcher::builder().https("10.0.0.1:8080").build();
        let way = Proxy::System.way_by(&"https://call.example.com/".parse().unwrap(), &system, |_| None);
        assert_eq!(way, Way::Through(Hop { address: "http://10.0.0.1:8080/".parse().unwrap(), named_in: NamedIn::System }));
    }
}
