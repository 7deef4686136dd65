//! Two desks of a company: two apps on one desktop, the gateway's program and a real NATS server. Only the platform is simulated.

use std::{net::SocketAddr, process::Child, time::Duration};

use ringside_tests::server::free_address;
use tempfile::TempDir;
use tokio::time::Instant;

use super::*;

const OTHER: &str = "100002";
const QUEUE: &str = "queue-1";
/// The last part of the callback address.
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The gateway's program and its NATS server.
struct Company {
    folder: TempDir,
    callbacks: SocketAddr,
    gateway: Child,
}

impl Drop for Company {
    fn drop(&mut self) {
        // Ends the server too, which outlives the gateway's process.
        self.command(&["down"]);
        let _ = self.gateway.kill();
        let _ = self.gateway.wait();
    }
}

/// The gateway's program, with its data and settings in this folder.
fn gateway(folder: &Path) -> Command {
    let mut command = Command::new(binary().with_file_name("ringside-gateway"));
    command.arg("--data").arg(folder.join("data")).arg("--config").arg(folder.join("gateway.toml")).stdin(Stdio::null());
    command
}

impl Company {
    fn start(simulator: &Simulator) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [callbacks, nats, admin] = [(); 3].map(|()| free_address());
        for (name, text) in [("accesskey", KEY), ("secret", SECRET)] {
            let file = folder.path().join(name);
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let here = folder.path().display();
        let settings = format!(
            "[company.lantern.platform]\nurl = \"{}\"\nappid = \"demo\"\naccesskey_file = \"{here}/accesskey\"\n\
             [company.lantern.callbacks]\nbind = \"{callbacks}\"\nsecret_file = \"{here}/secret\"\n\
             [nats]\nlisten = \"{nats}\"\n[admin]\nbind = \"{admin}\"\n",
            simulator.url(),
        );
        fs::write(folder.path().join("gateway.toml"), settings).unwrap();
        simulator.set_callback_url(Some(format!("http://{callbacks}/callbacks/{SECRET}").parse().unwrap()));
        let gateway = gateway(folder.path()).spawn().expect("the gateway is built with the app");
        Self { folder, callbacks, gateway }
    }

    /// Runs one of the gateway's commands. Returns its output if it succeeded.
    fn command(&self, arguments: &[&str]) -> Option<String> {
        let output = gateway(self.folder.path()).args(arguments).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    /// The address for desks and a code for this one.
    async fn invite(&self, extension: &str, agent: &str) -> [String; 2] {
        let said =
            eventually("the gateway gives a code", async || self.command(&["desk", "add", "--extension", extension, "--agent", agent]))
                .await;
        let code = said.lines().find_map(|line| line.strip_prefix(extension)).unwrap().trim().to_owned();
        let url = said.split('"').nth(1).unwrap().to_owned();
        [url, code]
    }

    /// A desk that was enrolled by a code and is available.
    async fn desk(&self, folder: &Path, extension: &str, agent: &str) -> App {
        let [url, code] = self.invite(extension, agent).await;
        let app = open(folder, &url, Some(&code)).await;
        app.label("available").await;
        app
    }

    fn server(&self) -> String {
        run("pgrep", &["--full", &format!("nats-server.*{}", self.folder.path().display())])
    }

    /// Ends the gateway like `kill -9`.
    fn kill_gateway(&mut self) {
        self.gateway.kill().unwrap();
        self.gateway.wait().unwrap();
    }

    fn start_gateway(&mut self) {
        self.gateway = gateway(self.folder.path()).spawn().unwrap();
    }

    async fn takes_callbacks(&self) {
        until("callbacks are taken", async || tokio::net::TcpStream::connect(self.callbacks).await.is_ok()).await;
    }
}

async fn open(folder: &Path, url: &str, code: Option<&str>) -> App {
    let mut driver = Command::new("tauri-driver");
    driver.env("RINGSIDE_FLEET_URL", url).env("RINGSIDE_AFTER_SIGN_IN", "available").env("RINGSIDE_QUEUES", QUEUE);
    if let Some(code) = code {
        driver.env("RINGSIDE_FLEET_CODE", code);
    }
    App::start_by(driver, folder, &[]).await
}

fn ring_at(simulator: &Simulator, extension: &str, customer: &str) -> ringside_simulator::CallId {
    simulator.ring(RingSpec::predictive(extension, customer, QUEUE))
}

async fn gateway_is(app: &App, state: &str) {
    app.main().await;
    app.click("nav-connection").await;
    app.select(&format!("[data-testid='gateway'][data-state='{state}']")).await;
    app.click("nav-work").await;
}

/// A call that was answered and ended, by the part of its number that only it has.
async fn recent(app: &App, last: &str) {
    app.main().await;
    app.click("nav-work").await;
    app.text_with("main", last).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_rings_on_the_right_desk_and_nothing_is_lost_when_a_gateway_a_server_or_a_desk_is_killed() {
    let simulator = platform().await;
    let mut company = Company::start(&simulator);
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let first = company.desk(folders[0].path(), OWN, "10").await;
    let second = company.desk(folders[1].path(), OTHER, "11").await;
    assert_eq!(simulator.ledger().requests("Login").len(), 1, "one token for the company");

    // The card is at one desk, and the other one shows nothing.
    let call = ring_at(&simulator, OTHER, CUSTOMER);
    second.label("ringing").await;
    second.ring().await;
    second.text_with("[data-testid='ring-number']", SHOWN).await;
    card_is(true).await;
    assert_eq!(visible(CARD).len(), 1, "one card on the desktop");
    first.label("available").await;
    first.ring().await;
    assert!(!first.has("[data-testid='ring-card']").await);
    picture("company-two-desks");
    simulator.answer(call).unwrap();
    second.label("onCall").await;
    simulator.hang_up(call, Party::Customer).unwrap();
    recent(&second, SHOWN).await;
    first.main().await;
    assert!(!first.has("[data-testid='recent-call']").await);

    // Busy at one desk is a busy colleague at the other.
    second.main().await;
    second.label("available").await;
    second.click("state-button").await;
    second.label("busy").await;
    first.main().await;
    first.text_with("[data-testid='queue']", "1 busy").await;

    // A gateway that was killed: a callback that it acknowledged arrives, and those after its restart too.
    let call = ring_at(&simulator, OWN, "013387525711");
    first.label("ringing").await;
    company.kill_gateway();
    company.start_gateway();
    company.takes_callbacks().await;
    simulator.answer(call).unwrap();
    simulator.hang_up(call, Party::Customer).unwrap();
    recent(&first, "5711").await;

    // A server that was killed: what came meanwhile is sent by the outbox.
    run("kill", &["-KILL", &company.server()]);
    let call = ring_at(&simulator, OWN, "013387525712");
    simulator.answer(call).unwrap();
    simulator.hang_up(call, Party::Customer).unwrap();
    gateway_is(&first, "reached").await;
    recent(&first, "5712").await;

    // A desk that was killed: it fetches what it missed, and rings again.
    first.kill().await;
    drop(first);
    let call = ring_at(&simulator, OWN, "013387525713");
    simulator.answer(call).unwrap();
    simulator.hang_up(call, Party::Customer).unwrap();
    let url = company.invite("100003", "12").await[0].clone();
    let first = open(folders[0].path(), &url, None).await;
    recent(&first, "5713").await;
    for known in ["5711", "5712"] {
        recent(&first, known).await;
    }
    for folder in &folders {
        assert_no_secret(folder.path());
    }

    // A revoked desk is out, and the other one stays.
    second.main().await;
    company.command(&["desk", "revoke", OTHER]).expect("the desk is revoked");
    let began = Instant::now();
    second.find("enrol-form").await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    picture("company-revoked");
    gateway_is(&first, "reached").await;
    drop(second);
    first.quit().await;
}
