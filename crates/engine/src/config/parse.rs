//! Parses single values from files, flags and environment variables. An error names the expected value and never quotes the value found.

use std::{
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    path::Path,
};

use data_encoding::BASE64;
use ringside_domain::{BreakReason, Extension, MainView, QueueName, SoundDevice, Template};
use ringside_platform::Proxy;
use ringside_wire::Zone;
use secrecy::SecretString;
use url::Url;

/// The minimum length of a callback secret, in characters.
const SECRET_LENGTH: usize = 16;

/// Bytes of minisign's public key: the algorithm, the key's number, the key.
const MINISIGN_KEY: usize = 2 + 8 + 32;

/// The minutes that a break may last.
pub const BREAK_MINUTES: RangeInclusive<u32> = 1..=600;

pub fn any(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

pub fn queue(text: &str) -> Result<QueueName, String> {
    Ok(QueueName(text.to_owned()))
}

/// The platform's URL, kept as written.
pub fn url(text: &str) -> Result<String, String> {
    web_address(text).map(|_| text.to_owned())
}

/// The listener's public URL, without query and fragment.
pub fn public_url(text: &str) -> Result<Url, String> {
    web_address(text).and_then(|url| {
        if url.query().is_some() || url.fragment().is_some() { Err("expected an address without ? and #".to_owned()) } else { Ok(url) }
    })
}

/// Whether the address has a name or a password. Whoever can read the settings would read them.
fn names_somebody(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn web_address(text: &str) -> Result<Url, String> {
    match Url::parse(text) {
        Ok(url) if names_somebody(&url) => Err("expected an address without a name and a password".to_owned()),
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err("expected an address that begins with http:// or https://".to_owned()),
    }
}

/// Where the newest version is asked for. Without encryption only on this computer.
pub fn update_address(text: &str) -> Result<Url, String> {
    let url = web_address(text)?;
    if url.scheme() == "https" || is_loopback(&url) { Ok(url) } else { Err("expected an address that begins with https://".to_owned()) }
}

/// The public key of minisign with which updates are signed: the line that begins with RW.
pub fn update_key(text: &str) -> Result<String, String> {
    let is_key = |bytes: Vec<u8>| bytes.len() == MINISIGN_KEY && bytes.starts_with(b"Ed");
    if BASE64.decode(text.as_bytes()).is_ok_and(is_key) {
        Ok(text.to_owned())
    } else {
        Err("expected minisign's public key: the line that begins with RW".to_owned())
    }
}

/// The address of the company's gateway. Without encryption only on this computer, since a desk's token is sent to it.
pub fn fleet_url(text: &str) -> Result<Url, String> {
    let expected = "expected an address such as \"tls://gateway.example.com:4222\" or \"wss://gateway.example.com\"";
    let url = Url::parse(text).ok().filter(|url| url.host_str().is_some_and(|host| !host.is_empty())).ok_or(expected)?;
    let is_bare = !names_somebody(&url) && url.query().is_none() && url.fragment().is_none();
    let is_web = matches!(url.scheme(), "ws" | "wss");
    match url.scheme() {
        _ if !is_bare || !(is_web || matches!(url.path(), "" | "/")) => Err(expected.to_owned()),
        "tls" | "wss" => Ok(url),
        "nats" | "ws" if is_loopback(&url) => Ok(url),
        "nats" | "ws" => Err("expected tls:// or wss://: without encryption only a gateway on this computer is spoken to".to_owned()),
        _ => Err(expected.to_owned()),
    }
}

/// Whether the address is one of this computer.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The platform's time zone: `+08:00`, `-03:30`, `Z`, or a zone name such as `America/Mexico_City`.
pub fn utc_offset(text: &str) -> Result<Zone, String> {
    let expected = "expected an offset from UTC such as \"+08:00\", or a zone's name such as \"America/Mexico_City\"";
    Zone::parse(text).ok_or_else(|| expected.to_owned())
}

/// An extension's number or name: `100001`, `9024-0005`, `jdoe.1`.
pub fn extension(text: &str) -> Result<Extension, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if !text.bytes().all(fits) || !text.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        return Err("expected an extension's number or name such as \"100001\", \"9024-0005\", \"jdoe.1\"".to_owned());
    }
    Ok(Extension(text.to_owned()))
}

/// The agent's number at the platform (`crmid`).
pub fn agent_id(text: &str) -> Result<String, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("expected the agent's number, digits only".to_owned());
    }
    Ok(text.to_owned())
}

/// The IP address and port to listen on.
pub fn bind(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an address with a port such as \"127.0.0.1:7780\"".to_owned())
}

/// The secret in the path of the callback URL: only characters that need no escaping in a path.
pub fn secret(text: &str) -> Result<SecretString, String> {
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if text.len() < SECRET_LENGTH || !text.bytes().all(fit) {
        return Err(format!("expected a secret of at least {SECRET_LENGTH} letters, digits or any of -._~"));
    }
    Ok(SecretString::from(text))
}

/// An IP address, or a network such as `10.0.0.0/8`.
pub fn source(text: &str) -> Result<String, String> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let valid = address.parse::<IpAddr>().is_ok_and(|address| {
        let most = if address.is_ipv4() { 32 } else { 128 };
        prefix.is_none_or(|prefix| prefix.parse::<u8>().is_ok_and(|bits| bits <= most))
    });
    if valid { Ok(text.to_owned()) } else { Err("expected an address or a network such as \"10.0.0.0/8\"".to_owned()) }
}

/// A host name or IP address, without scheme and port.
pub fn host(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let is_address = bare.parse::<IpAddr>().is_ok();
    let is_name = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if is_address || is_name {
        Ok(text.to_owned())
    } else {
        Err("expected a host such as \"files.example.com\" or \"10.0.0.5\"".to_owned())
    }
}

/// An absolute path in the notation of this operating system.
pub fn path(text: &str) -> Result<String, String> {
    if Path::new(text).is_absolute() { Ok(text.to_owned()) } else { Err("expected the whole path".to_owned()) }
}

/// A disposition, in the agents' language: 1 to 24 characters.
pub fn disposition(text: &str) -> Result<String, String> {
    let length = text.chars().count();
    if (1..=24).contains(&length) && text.trim() == text { Ok(text.to_owned()) } else { Err("expected 1 to 24 characters".to_owned()) }
}

/// A reason for a break, in the agents' language, and optionally its longest duration in minutes: `Lunch` or `Lunch=45`.
pub fn break_reason(text: &str) -> Result<BreakReason, String> {
    let (name, minutes) = text.split_once('=').map_or((text, None), |(name, minutes)| (name, Some(minutes)));
    let minutes = match minutes.map(|minutes| minutes.parse().ok().filter(|minutes| BREAK_MINUTES.contains(minutes))) {
        Some(None) => return Err(format!("expected {} to {} minutes", BREAK_MINUTES.start(), BREAK_MINUTES.end())),
        minutes => minutes.flatten(),
    };
    Ok(BreakReason { name: break_name(name)?, minutes })
}

pub fn break_name(text: &str) -> Result<String, String> {
    disposition(text)
}

/// A keyboard shortcut with at least one modifier, in its normal form.
pub fn shortcut(text: &str) -> Result<String, String> {
    ringside_domain::shortcut(text).ok_or_else(|| "expected keys such as \"Ctrl+Alt+A\", with Ctrl, Alt or Super among them".to_owned())
}

/// A prefix that is ignored when numbers are compared: `0`, `+86`, or the digit for an outside line.
pub fn number_prefix(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let valid = (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if valid { Ok(text.to_owned()) } else { Err("expected a prefix such as \"0\" or \"+86\"".to_owned()) }
}

/// The URL of a CRM page, with fields. Whether `crm.schemes` allows its scheme is checked later, when that key is known.
pub fn crm_template(text: &str) -> Result<String, String> {
    Template::parse(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

pub fn crm_scheme(text: &str) -> Result<String, String> {
    ringside_domain::crm_scheme(text)
        .ok_or_else(|| "expected a scheme such as \"https\" or \"tel\", and none that runs programs or opens files".to_owned())
}

/// The way to the platform: `system`, `none`, or the address of a proxy. A name and a password in the address are refused, since a file of
/// settings and a command line can be read by others.
pub fn proxy(text: &str) -> Result<Proxy, String> {
    match text {
        "system" => Ok(Proxy::System),
        "none" => Ok(Proxy::None),
        address if Url::parse(address).is_ok_and(|url| names_somebody(&url)) => {
            Err("expected a proxy without a name and a password: give those in the environment variable HTTPS_PROXY".to_owned())
        }
        address => web_address(address).map(Proxy::At).map_err(|expected| format!("{expected}, or system, or none")),
    }
}

/// A sound device by the name that the system shows. Its id differs from computer to computer.
pub fn sound_device(text: &str) -> Result<SoundDevice, String> {
    let name = text.trim();
    if name.is_empty() {
        Err("expected the name of a sound device".to_owned())
    } else {
        Ok(SoundDevice { id: name.to_owned(), name: name.to_owned() })
    }
}

const VIEWS: [(&str, MainView); 4] =
    [("calls", MainView::Calls), ("day", MainView::Day), ("connection", MainView::Connection), ("settings", MainView::Settings)];

/// A view of the main window.
pub fn main_view(text: &str) -> Result<MainView, String> {
    let found = VIEWS.iter().find(|(name, _)| *name == text).map(|(_, view)| *view);
    found.ok_or_else(|| "expected calls, day, connection or settings".to_owned())
}

pub fn name_of(view: MainView) -> &'static str {
    VIEWS.iter().find(|(_, each)| *each == view).map_or("", |(name, _)| name)
}
