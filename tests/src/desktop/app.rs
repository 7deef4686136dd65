//! The app's windows, by WebDriver.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element, wd::WindowHandle};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::{LOOK_AGAIN, eventually, run, until};
use crate::server::free_address;

/// How often to check whether a driver that was asked to end has ended.
const LOOKS: u32 = 250;

/// The app and the driver that started it, in a process group of their own. Both end when it is dropped.
pub struct App {
    driver: Child,
    client: Client,
    main: WindowHandle,
    ring: WindowHandle,
    folder: PathBuf,
}

impl Drop for App {
    fn drop(&mut self) {
        // Asked to end first, so that a virtual desktop can clean up; the rest of the group is killed.
        let leader = self.driver.id().to_string();
        run("kill", &["-TERM", &leader]);
        for _ in 0..LOOKS {
            if self.driver.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        run("kill", &["-KILL", "--", &format!("-{leader}")]);
        let _ = self.driver.wait();
    }
}

/// The path of the app, which `scripts/test` sets.
pub fn binary() -> PathBuf {
    std::env::var_os("RINGSIDE_BIN").map(PathBuf::from).expect("RINGSIDE_BIN names the app that is to be tested")
}

impl App {
    /// Starts the app on the current desktop, with its data in `folder`.
    pub async fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_by(Command::new("tauri-driver"), folder, arguments).await
    }

    /// Starts the app on a virtual desktop of its own, with these options of `scripts/desktop`.
    pub async fn start_on(desktop: &[&str], folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/desktop"));
        command.arg("--virtual").args(desktop).args(["--", "tauri-driver"]);
        Self::start_by(command, folder, arguments).await
    }

    /// Starts the app by `command`, which runs `tauri-driver`; its arguments are added here.
    pub async fn start_by(mut command: Command, folder: &Path, arguments: &[&str]) -> Self {
        let [port, native] = [(); 2].map(|()| free_address().port().to_string());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let driver = command
            .args(["--port", &port, "--native-port", &native])
            .env("RINGSIDE_NO_DIALOGUE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("tauri-driver is installed by scripts/setup");
        let folder_text = folder.to_str().unwrap();
        let mut all = vec!["--data-dir", folder_text];
        all.extend_from_slice(arguments);
        let Value::Object(capabilities) = json!({ "tauri:options": { "application": binary(), "args": all } }) else { unreachable!() };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let address = format!("http://127.0.0.1:{port}");
        let client = eventually("the driver takes a session", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", native.parse().unwrap())).await.ok()?;
            builder.connect(&address).await.ok()
        })
        .await;
        let (main, ring) = eventually("both windows are there", async || windows(&client).await).await;
        let app = Self { driver, client, main, ring, folder: folder.to_owned() };
        app.main().await;
        app
    }

    /// Switches to the main window.
    pub async fn main(&self) {
        self.client.switch_to_window(self.main.clone()).await.unwrap();
    }

    /// Switches to the ring card's window.
    pub async fn ring(&self) {
        self.client.switch_to_window(self.ring.clone()).await.unwrap();
    }

    /// Waits for the supervisor's window and switches to it. Returns the title of its page.
    pub async fn supervisor(&self) -> String {
        let window = eventually("the supervisor's page is loaded", async || {
            for window in self.client.windows().await.ok()? {
                self.client.switch_to_window(window.clone()).await.ok()?;
                if self.client.current_url().await.ok()?.path().ends_with("supervisor.html") {
                    return Some(window);
                }
            }
            None
        })
        .await;
        self.client.switch_to_window(window).await.unwrap();
        self.client.title().await.unwrap()
    }

    /// Waits for the element with this `data-testid`.
    pub async fn find(&self, id: &str) -> Element {
        self.select(&format!("[data-testid='{id}']")).await
    }

    pub async fn select(&self, css: &str) -> Element {
        eventually(css, async || self.client.find(Locator::Css(css)).await.ok()).await
    }

    pub async fn has(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    pub async fn click(&self, id: &str) {
        let css = format!("[data-testid='{id}']:not(:disabled)");
        // The element may be drawn again between the search and the click.
        until(&css, async || match self.client.find(Locator::Css(&css)).await {
            Ok(element) => element.click().await.is_ok(),
            Err(_) => false,
        })
        .await;
    }

    pub async fn fill(&self, id: &str, text: &str) {
        let field = self.find(id).await;
        field.clear().await.unwrap();
        // The driver reports an error if there are no keys to send.
        if !text.is_empty() {
            field.send_keys(text).await.unwrap();
        }
    }

    /// Waits until the element's text contains `part`; returns the whole text.
    pub async fn text_with(&self, css: &str, part: &str) -> String {
        eventually(&format!("{css} says {part:?}"), async || {
            // Not by the driver, which takes text in an unfocused window for invisible.
            let text = self.evaluate(&format!("document.querySelector({css:?})?.textContent ?? ''")).await;
            text.as_str().filter(|text| text.contains(part)).map(str::to_owned)
        })
        .await
    }

    /// Waits until this label of the contract is shown.
    pub async fn label(&self, label: &str) {
        self.main().await;
        self.select(&format!("[data-testid='state'][data-label='{label}']")).await;
    }

    /// The value of a JavaScript expression.
    pub async fn evaluate(&self, expression: &str) -> Value {
        self.client.execute(&format!("return {expression}"), Vec::new()).await.unwrap()
    }

    /// Fills in and submits the form of the first start.
    pub async fn sign_in(&self, url: &str, accesskey: &str, queues: &str) {
        for (id, text) in
            [("url", url), ("appid", "demo"), ("accesskey", accesskey), ("extension", crate::OWN), ("agent-id", "10"), ("queues", queues)]
        {
            self.fill(id, text).await;
        }
        self.click("submit").await;
    }

    /// Ends the app by its own button, and waits until it has ended.
    pub async fn quit(self) {
        self.main().await;
        self.click("nav-settings").await;
        // The answer may be lost, since the app ends.
        let quit = self.find("quit").await;
        let _ = quit.click().await;
        self.gone().await;
    }

    /// Ends the app as a crash does: at once and without a farewell.
    pub async fn kill(&self) {
        let process = run("pgrep", &["--pgroup", &self.driver.id().to_string(), "--exact", "ringside"]);
        run("kill", &["-KILL", &process]);
        self.gone().await;
    }

    /// Waits until the app has ended.
    pub async fn gone(&self) {
        gone(&self.folder).await;
    }

    /// The processes that draw the app's pages.
    pub fn web_processes(&self) -> Vec<u32> {
        web_processes(self.driver.id())
    }

    /// Runs a second `ringside` beside this one. Returns its exit status and output.
    pub fn tell(&self, arguments: &[&str]) -> (Option<i32>, String) {
        tell(&self.folder, arguments)
    }
}

/// Waits until no app uses this data folder. An app that is ending no longer answers, but still writes how it ended.
pub async fn gone(folder: &Path) {
    until("the app is gone", async || File::open(folder.join("ringside.lock")).unwrap().try_lock().is_ok()).await;
}

/// The web processes of this process group.
pub fn web_processes(group: u32) -> Vec<u32> {
    processes(group, "WebKitWebProces")
}

/// The web engine's processes for the network in this process group.
pub fn network_processes(group: u32) -> Vec<u32> {
    processes(group, "WebKitNetworkPr")
}

/// The processes of a group with this name, of which the kernel keeps 15 characters.
fn processes(group: u32, name: &str) -> Vec<u32> {
    run("pgrep", &["--pgroup", &group.to_string(), name]).lines().map(|id| id.parse().unwrap()).collect()
}

/// Runs `ringside` with this data folder until it ends, for 60 s at most: it opens no dialogue that would have to be closed. Returns its exit
/// status and output.
pub fn tell(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new("timeout")
        .arg("60")
        .arg(binary())
        .arg("--data-dir")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

/// The handles of the main window and the ring card's, when both pages are loaded.
async fn windows(client: &Client) -> Option<(WindowHandle, WindowHandle)> {
    let (mut main, mut ring) = (None, None);
    for window in client.windows().await.ok()? {
        client.switch_to_window(window.clone()).await.ok()?;
        let page = client.current_url().await.ok()?;
        let slot = if page.path().ends_with("ring.html") { &mut ring } else { &mut main };
        *slot = Some(window);
    }
    main.zip(ring)
}
