//! The launch agents of macOS, property lists in a folder of the user.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use plist::{Dictionary, Value};

const PROGRAM: &str = "ProgramArguments";

pub fn agent(label: &str, bundle: &str, command: &[String]) -> Value {
    let text = |text: &str| Value::String(text.to_owned());
    let words = command.iter().map(|word| text(word)).collect();
    Value::Dictionary(Dictionary::from_iter([
        ("Label", text(label)),
        ("AssociatedBundleIdentifiers", text(bundle)),
        ("LimitLoadToSessionType", text("Aqua")),
        ("ProcessType", text("Interactive")),
        (PROGRAM, Value::Array(words)),
        ("RunAtLoad", Value::Boolean(true)),
    ]))
}

/// The agent as a text, in which equal agents are equal.
pub fn text(agent: &Value) -> io::Result<String> {
    let mut text = Vec::new();
    agent.to_writer_xml(&mut text).map_err(io::Error::other)?;
    String::from_utf8(text).map_err(io::Error::other)
}

/// The agent in this file, if there is one. A file that is no property list has an agent without a program.
pub fn read(file: &Path) -> io::Result<Option<Value>> {
    match fs::read(file) {
        Ok(bytes) => Ok(Some(Value::from_reader(io::Cursor::new(bytes)).unwrap_or_else(|_| Value::Dictionary(Dictionary::new())))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The program that the agent starts.
pub fn program(agent: &Value) -> String {
    let words = agent.as_dictionary().and_then(|agent| agent.get(PROGRAM)).and_then(Value::as_array);
    words.and_then(|words| words.first()).and_then(Value::as_string).unwrap_or_default().to_owned()
}

/// Removes the agents whose labels begin with `label` and whose program is gone, other than `own`: Ringside was moved, and is not used with
/// their data folders any more. macOS would name them in its settings for ever, and try to start them at each log-in.
pub fn remove_orphans(folder: &Path, label: &str, own: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    let is_ours = |file: &Path| {
        let name = file.file_name().and_then(|name| name.to_str());
        file != own && name.is_some_and(|name| name.starts_with(label) && name.ends_with(".plist"))
    };
    for file in entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|file| is_ours(file)) {
        // The others are looked at all the same.
        if let Err(error) = remove_orphan(&file) {
            tracing::warn!(%error, file = %file.display(), "the entry for the start of a program is not looked at");
        }
    }
    Ok(())
}

fn remove_orphan(file: &Path) -> io::Result<()> {
    let program = read(file)?.map(|agent| program(&agent)).filter(|program| !program.is_empty());
    if let Some(program) = program.filter(|program| is_gone(Path::new(program))) {
        tracing::info!(program, file = %file.display(), "the entry for the start of a program that is gone is removed");
        fs::remove_file(file)?;
    }
    Ok(())
}

/// Not only away with the disk that it is on, and not only hidden from this user.
fn is_gone(program: &Path) -> bool {
    let disk: PathBuf = program.iter().take(3).collect();
    program.try_exists().is_ok_and(|exists| !exists) && (!disk.starts_with("/Volumes") || disk.exists())
}
