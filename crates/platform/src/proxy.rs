//! The proxy on the way to the platform.

use std::fmt;

use reqwest::{ClientBuilder, NoProxy, Url};

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
