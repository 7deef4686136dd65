//! Secrets: the OS keyring, or memory for tests and the demo.
