//! Provisioning: `config.toml`, environment and flags (written by the shell's builder).
