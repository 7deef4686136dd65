//! A value of the user's registry. The machine's is never written, even by an administrator: it would start Ringside for all users.

use std::io;

use windows_registry::{CURRENT_USER, Key, Result, Type};

pub use super::words::program;
use super::{Autostart, words};
use crate::life::registry::known;

const RUN: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";
/// The switch of the task manager and of the system's settings.
const APPROVED: &str = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run";
/// The switch is on.
const ON: [u8; 12] = [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

pub fn is_on(entry: &Autostart) -> io::Result<bool> {
    if stored(entry)?.is_none() {
        return Ok(false);
    }
    let switch = known(CURRENT_USER.open(APPROVED).and_then(|key| key.get_value(&entry.name)))?;
    Ok(words::is_approved(switch.as_deref()))
}

/// The command of the entry, if there is one.
pub fn stored(entry: &Autostart) -> io::Result<Option<String>> {
    Ok(known(CURRENT_USER.open(RUN).and_then(|key| key.get_string(&entry.name)))?)
}

pub fn wanted(entry: &Autostart) -> io::Result<String> {
    words::run_value(&entry.command)
}

pub fn write(entry: &Autostart) -> io::Result<()> {
    let value = words::run_value(&entry.command)?;
    CURRENT_USER.create(RUN)?.set_string(&entry.name, value)?;
    // A person who switches it on here overrules the switch there.
    let switched = CURRENT_USER.options().read().write().open(APPROVED).and_then(|key| {
        let is_off = key.get_value(&entry.name).is_ok_and(|bytes| !words::is_approved(Some(&bytes)));
        if is_off { key.set_bytes(&entry.name, Type::Bytes, &ON) } else { Ok(()) }
    });
    known(switched)?;
    Ok(())
}

pub fn remove(entry: &Autostart) -> io::Result<()> {
    let gone = |key: Result<Key>| known(key.and_then(|key| key.remove_value(&entry.name)));
    gone(CURRENT_USER.options().read().write().open(RUN))?;
    gone(CURRENT_USER.options().read().write().open(APPROVED))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Under Wine the registry is that of its own prefix.
    #[test]
    fn a_program_whose_path_has_a_space_is_written_in_quotation_marks_found_again_and_removed() {
        let entry = Autostart {
            name: format!("Ringside test {}", std::process::id()),
            command: [r"C:\Program Files\Ringside\ringside.exe", "--hidden", "--data-dir", r"D:\数据 of a desk\"].map(str::to_owned).into(),
        };
        assert!(!is_on(&entry).unwrap());
        write(&entry).unwrap();
        let line = CURRENT_USER.open(RUN).unwrap().get_string(&entry.name).unwrap();
        assert_eq!(line, r#""C:\Program Files\Ringside\ringside.exe" --hidden --data-dir "D:\数据 of a desk\\""#);
        assert!(is_on(&entry).unwrap());
        let moved = Autostart { command: vec![r"E:\Ringside\ringside.exe".to_owned()], ..entry.clone() };
        moved.refresh().unwrap();
        assert_eq!(stored(&entry).unwrap().unwrap(), r#""E:\Ringside\ringside.exe""#, "the other program is gone");
        // The task manager's switch.
        let off = [3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        CURRENT_USER.create(APPROVED).unwrap().set_bytes(&entry.name, Type::Bytes, &off).unwrap();
        assert!(!is_on(&entry).unwrap());
        entry.refresh().unwrap();
        assert!(!is_on(&entry).unwrap(), "what a person switched off there stays off");
        write(&entry).unwrap();
        assert!(is_on(&entry).unwrap(), "switched on in Ringside");
        remove(&entry).unwrap();
        remove(&entry).unwrap();
        assert!(!is_on(&entry).unwrap());
        assert!(windows_registry::LOCAL_MACHINE.open(RUN).and_then(|key| key.get_string(&entry.name)).is_err());
    }
}
