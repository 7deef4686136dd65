//! Checks a request before its body is read. A refusal reveals as little as possible.

use http::{HeaderValue, Method, header, request::Parts};
use ringside_domain::PublicPath;

use crate::{ConnectionEnd, Rules};

/// Compressions and other encodings of bodies. Other words occur in `Content-Encoding` by mistake, such as the name of a character set
/// (FC18).
const ENCODINGS: [&str; 16] = [
    "gzip",
    "x-gzip",
    "deflate",
    "x-deflate",
    "compress",
    "x-compress",
    "br",
    "zstd",
    "dcb",
    "dcz",
    "bzip2",
    "x-bzip2",
    "xz",
    "lzma",
    "exi",
    "aes128gcm",
];

/// Checks everything but the body. Returns whether the path contained the path of the public URL.
pub(crate) fn guard(rules: &Rules, request: &Parts) -> Result<PublicPath, ConnectionEnd> {
    let headers = &request.headers;
    // Browsers add these headers to requests of web pages; the platform is not a browser (L6, L7, L9).
    let from_page = headers.contains_key(header::ORIGIN) || headers.get("sec-fetch-site").is_some_and(|site| site != "none");
    if from_page || request.method == Method::OPTIONS {
        return Err(ConnectionEnd::FromPage);
    }
    if !is_host(rules, request) {
        return Err(ConnectionEnd::WrongHost);
    }
    let path = rules.way_of(request.uri.path()).ok_or(ConnectionEnd::WrongPath)?;
    if request.method != Method::POST {
        return Err(ConnectionEnd::WrongMethod);
    }
    if headers.get_all(header::CONTENT_ENCODING).iter().any(is_encoded) {
        return Err(ConnectionEnd::Encoded);
    }
    Ok(path)
}

fn is_encoded(value: &HeaderValue) -> bool {
    let mut words = value.as_bytes().split(|byte| b",;".contains(byte)).map(<[u8]>::trim_ascii);
    words.any(|word| ENCODINGS.iter().any(|encoding| word.eq_ignore_ascii_case(encoding.as_bytes())))
}

/// Exactly one `Host` header with a name of ours. A host in the request line must be ours, too.
fn is_host(rules: &Rules, request: &Parts) -> bool {
    let mut hosts = request.headers.get_all(header::HOST).iter();
    let (host, further) = (hosts.next().and_then(|host| host.to_str().ok()), hosts.next());
    further.is_none()
        && host.is_some_and(|host| rules.is_host(host))
        && request.uri.authority().is_none_or(|authority| rules.is_host(authority.as_str()))
}
