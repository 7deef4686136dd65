//! The local callback listener: guard, decode, offer to a sink.
