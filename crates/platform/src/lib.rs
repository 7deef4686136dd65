//! The platform's client: services, envelope, codes, token life; bytes of a callback to a signal.
