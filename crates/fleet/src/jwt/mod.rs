//! Keys and tokens of NATS.
