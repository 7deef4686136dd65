//! The X screen: visible windows, the keyboard focus, and a text field of another program.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use super::{eventually, until};

/// Runs a short program. Returns its output.
pub fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new("timeout").args(["30", program]).args(arguments).stdin(Stdio::null()).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The visible windows with this title.
pub fn visible(title: &str) -> Vec<String> {
    run("xdotool", &["search", "--onlyvisible", "--name", &format!("^{title}$")]).lines().map(str::to_owned).collect()
}

/// The window with the keyboard focus.
pub fn focused() -> String {
    run("xdotool", &["getwindowfocus"])
}

/// Closes a window by the window manager's keys. The window manager sometimes misses the first press after a window has appeared.
pub async fn close(title: &str) {
    until("closing hides the window", async || {
        for window in visible(title) {
            run("xdotool", &["windowactivate", "--sync", &window, "key", "alt+F4"]);
        }
        visible(title).is_empty()
    })
    .await;
}

/// The text in the clipboard.
pub fn selection() -> String {
    run("xclip", &["-selection", "clipboard", "-out"])
}

/// Saves a picture of the screen as `target/screens/NAME.png`.
pub fn picture(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screens");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{name}.png"));
    assert!(Command::new("import").args(["-window", "root"]).arg(&file).status().unwrap().success());
}

/// A text field of another program, with the keyboard focus.
pub struct Field {
    program: Child,
    pub window: String,
}

impl Drop for Field {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl Field {
    pub async fn open(title: &str) -> Self {
        let program = Command::new("zenity")
            .args(["--entry", "--title", title, "--text", "Customer", "--width", "420"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let window = eventually(title, async || visible(title).first().cloned()).await;
        run("xdotool", &["windowactivate", "--sync", &window]);
        until("the field has the keyboard", async || focused() == window).await;
        Self { program, window }
    }

    /// Types in the background, as slowly as a person, for some seconds.
    pub fn type_slowly(&self, text: &str) -> Child {
        Command::new("xdotool").args(["type", "--delay", "60", text]).stdin(Stdio::null()).spawn().unwrap()
    }

    /// Presses Enter. Returns the field's text.
    pub fn finish(mut self) -> String {
        run("xdotool", &["key", "Return"]);
        let mut text = String::new();
        let mut out = self.program.stdout.take().unwrap();
        std::io::Read::read_to_string(&mut out, &mut text).unwrap();
        text.trim_end_matches('\n').to_owned()
    }
}
