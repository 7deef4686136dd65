//! A NATS server's program, and an address for a server that a test starts. The tests of `crates/fleet` and `crates/gateway` include this file,
//! since those crates cannot depend on this one.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
};

/// The pinned `nats-server` from `scripts/setup`, or the one that `RINGSIDE_NATS_SERVER` names.
#[must_use]
pub fn nats_server() -> PathBuf {
    let given = std::env::var_os("RINGSIDE_NATS_SERVER").map(PathBuf::from);
    let mut pinned = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("target/tools/bin/nats-server"));
    let program = given.or_else(|| pinned.find(|program| program.exists()));
    program.filter(|program| program.exists()).expect("nats-server is installed by scripts/setup test")
}

/// A port that stays free while nobody listens: the system gives ports from 32768 on to outgoing connections, even to one that is made to
/// this very port.
#[must_use]
pub fn free_address() -> SocketAddr {
    let ports = std::iter::repeat_with(|| fastrand::u16(20_000..32_000));
    let free = ports.take(1000).find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
    free.unwrap().local_addr().unwrap()
}
