//! Makes the permissions of each window from the commands that the contract declares for it.

use std::{env, error::Error, fs, path::Path};

use ringside_domain::contract::{COMMANDS, Window};
use tauri_build::{AppManifest, Attributes};

/// The permissions that a page needs to hear its events.
const HEARING: [&str; 2] = ["core:event:allow-listen", "core:event:allow-unlisten"];

fn main() -> Result<(), Box<dyn Error>> {
    // A new UI must be embedded again.
    println!("cargo:rerun-if-changed=../ui/dist");
    let folder = Path::new(&env::var("OUT_DIR")?).join("windows");
    fs::create_dir_all(&folder)?;
    for window in Window::ALL {
        fs::write(folder.join(format!("{}.json", window.label())), capability(window))?;
    }
    let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
    let capabilities = folder.join("*.json").display().to_string();
    if env::var("CARGO_CFG_TARGET_OS")? == "linux" {
        build_driver()?;
    }
    let attributes =
        Attributes::new().app_manifest(AppManifest::new().commands(names.leak())).capabilities_path_pattern(capabilities.leak());
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("{error:#}");
    }
    Ok(())
}

/// Builds the library that `life/no_driver.rs` embeds.
fn build_driver() -> Result<(), Box<dyn Error>> {
    const SOURCE: &str = "native/no_driver.c";
    println!("cargo:rerun-if-changed={SOURCE}");
    let library = Path::new(&env::var("OUT_DIR")?).join("no_driver.so");
    let mut compiler = cc::Build::new().opt_level(2).warnings(true).extra_warnings(true).get_compiler().to_command();
    let built = compiler.args(["-shared", "-fPIC", "-fvisibility=hidden", "-s", SOURCE, "-o"]).arg(library).status()?;
    if built.success() { Ok(()) } else { Err(format!("{SOURCE} could not be built: {built}").into()) }
}

/// A capability file with all permissions of the window. Labels and names of commands need no escaping in JSON.
fn capability(window: Window) -> String {
    let commands = COMMANDS.iter().filter(|command| command.windows.contains(&window));
    let allowed = commands.map(|command| format!("allow-{}", command.name.replace('_', "-")));
    let permissions: Vec<String> = HEARING.iter().map(ToString::to_string).chain(allowed).collect();
    let label = window.label();
    format!("{{ \"identifier\": \"{label}\", \"windows\": [\"{label}\"], \"permissions\": {permissions:?} }}")
}
