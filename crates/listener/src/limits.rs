//! Limits of a connection.

use std::time::Duration;

/// The defaults stay below the limits in `docs/faults.md`; tests use shorter times.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the connection, or from the first byte of a further request, to the last byte of the body. Below 10 s with the end of the
    /// connection (L12, L13).
    pub request: Duration,
    /// From an answer to the next request on the connection. Longer than proxies keep an unused connection (nginx 60 s, cloudflared 90 s,
    /// Caddy 120 s), so that the proxy closes it: a request that is sent while this side closes gets no answer.
    pub idle: Duration,
    /// From the offer to the sink to its receipt.
    pub receipt: Duration,
    /// For the client to read its answer and close the connection.
    pub linger: Duration,
    /// For requests in progress when the listener stops (L43).
    pub drain: Duration,
    /// Number of connections at the same time (L14).
    pub connections: usize,
    /// Bytes of the request line and the header fields.
    pub head_bytes: usize,
    /// Bytes of the body (L15).
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(8),
            idle: Duration::from_secs(150),
            receipt: Duration::from_secs(10),
            linger: Duration::from_secs(1),
            drain: Duration::from_secs(2),
            connections: 256,
            head_bytes: 16 << 10,
            body_bytes: 256 << 10,
        }
    }
}
