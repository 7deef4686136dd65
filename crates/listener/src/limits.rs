//! What a connection may take.

use std::time::Duration;

/// The defaults keep every promise with some room; tests use shorter ones.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the connection to the last byte of the body (L12, L13: within 10 s, the end of the connection included).
    pub request: Duration,
    /// From the offer to the sink to its receipt.
    pub receipt: Duration,
    /// For the other side to take its answer and go.
    pub linger: Duration,
    /// For requests under way when the listener is told to stop (L43).
    pub drain: Duration,
    /// Connections at once (L14).
    pub connections: usize,
    /// Bytes of request line and header fields.
    pub head_bytes: usize,
    /// Bytes of body (L15).
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(8),
            receipt: Duration::from_secs(10),
            linger: Duration::from_secs(1),
            drain: Duration::from_secs(2),
            connections: 256,
            head_bytes: 16 << 10,
            body_bytes: 256 << 10,
        }
    }
}
