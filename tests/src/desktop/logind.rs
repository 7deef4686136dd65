//! A login manager on a system bus of its own. It announces a sleep, and waits for programs that hold an inhibitor.

use std::{
    io::{BufRead, BufReader, PipeReader, Read},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

use zbus::{Connection, connection::Builder, interface, zvariant::OwnedFd};

use super::eventually;

const PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";

pub struct Logind {
    bus: Child,
    address: String,
    connection: Connection,
    inhibitors: Inhibitors,
}

/// For each inhibitor, the other end of the pipe that the program holds; it ends when the program closes its end.
type Inhibitors = Arc<Mutex<Vec<(String, PipeReader)>>>;

struct Manager(Inhibitors);

#[interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    fn inhibit(&self, what: &str, _who: &str, _why: &str, mode: &str) -> OwnedFd {
        let (held, holder) = std::io::pipe().unwrap();
        self.0.lock().unwrap().push((format!("{what} {mode}"), held));
        std::os::fd::OwnedFd::from(holder).into()
    }
}

impl Drop for Logind {
    fn drop(&mut self) {
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}

impl Logind {
    pub async fn start() -> Self {
        let mut bus = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon is installed by scripts/setup");
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let address = address.trim().to_owned();
        let inhibitors = Inhibitors::default();
        let built = Builder::address(address.as_str()).unwrap().serve_at(PATH, Manager(Arc::clone(&inhibitors))).unwrap();
        let connection = built.name("org.freedesktop.login1").unwrap().build().await.unwrap();
        Self { bus, address, connection, inhibitors }
    }

    /// The environment variable by which a program finds this bus as the system's.
    pub fn variable(&self) -> (&'static str, &str) {
        ("DBUS_SYSTEM_BUS_ADDRESS", &self.address)
    }

    /// Waits until a program takes an inhibitor.
    pub async fn is_inhibited(&self) {
        let asked =
            eventually("the system is asked to wait", async || self.inhibitors.lock().unwrap().last().map(|(asked, _)| asked.clone()));
        assert_eq!(asked.await, "sleep:shutdown delay");
    }

    /// Announces a sleep, and waits until all inhibitors are released.
    pub async fn prepare_for_sleep(&self) {
        self.say("PrepareForSleep", true).await;
        let waited_for = std::mem::take(&mut *self.inhibitors.lock().unwrap());
        let all_let_go = tokio::task::spawn_blocking(|| {
            for (_, mut held) in waited_for {
                // The pipe's end shows that the program released the inhibitor.
                assert_eq!(held.read(&mut [0]).unwrap(), 0);
            }
        });
        tokio::time::timeout(super::PATIENCE, all_let_go).await.expect("the system may go on").unwrap();
    }

    pub async fn wake(&self) {
        self.say("PrepareForSleep", false).await;
    }

    async fn say(&self, signal: &str, before: bool) {
        self.connection.emit_signal(None::<&str>, PATH, MANAGER, signal, &before).await.unwrap();
    }
}
