#[cfg(unix)]
use std::process::Command;

use super::{Autostart, words::*};
use crate::life::paths::Paths;

fn command(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_path_in_a_run_value_is_quoted_by_the_rules_of_windows() {
    let value = |words: &[&str]| run_value(&command(words)).unwrap();
    assert_eq!(value(&[r"C:\Program Files\Ringside\ringside.exe", "--hidden"]), r#""C:\Program Files\Ringside\ringside.exe" --hidden"#);
    assert_eq!(value(&[r"C:\Ringside\ringside.exe"]), r#""C:\Ringside\ringside.exe""#, "also without a space");
    assert_eq!(value(&[r"D:\"]), r#""D:\\""#, "the last backslash does not escape the quotation mark");
    assert_eq!(value(&[r#"a\\"b"#, ""]), r#""a\\\\\"b" """#);
    assert_eq!(value(&[r"C:\座席\ringside.exe"]), r#""C:\座席\ringside.exe""#);
}

#[test]
fn a_command_that_windows_would_not_start_is_refused() {
    let of = |length: usize| run_value(&["x".repeat(length)]);
    assert!(of(260).is_ok());
    assert!(of(261).unwrap_err().to_string().contains("260"));
}

#[test]
fn the_switch_of_the_task_manager_is_read() {
    assert!(is_approved(None) && is_approved(Some(&[])) && is_approved(Some(&[2, 0, 0])) && is_approved(Some(&[6])));
    assert!(!is_approved(Some(&[3, 0, 0])) && !is_approved(Some(&[7])));
}

/// Desktops unescape the value, replace its fields, and split it as a shell does.
#[cfg(unix)]
#[test]
fn a_shell_reads_the_command_of_a_desktop_file_as_it_was_given() {
    let given = command(&["--plain", "/opt/a b/ringside", r#"quote " back \ dollar $HOME tick ` percent %f"#, "数据", ""]);
    let text = desktop_file("Ringside", &given);
    let value = text.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap();
    let value = value.replace(r"\\", r"\").replace("%%", "%");
    let read = Command::new("sh").args(["-c", &format!("printf '%s\\n' {value}")]).output().unwrap();
    assert_eq!(String::from_utf8(read.stdout).unwrap(), format!("{}\n", given.join("\n")));
}

#[test]
fn a_launch_agent_contains_each_word_of_the_command() {
    let text =
        launch_agent("a.label", "a.bundle", &command(&["/Applications/Ringside.app/Contents/MacOS/ringside", "--data-dir", "/a & b/<c>"]));
    assert!(text.contains("<string>/a &amp; b/&lt;c&gt;</string>\n  </array>"), "{text}");
    assert_eq!(text.matches("<string>").count(), 7);
}

#[test]
fn the_program_of_an_entry_is_read() {
    let words = command(&["/a & b/<c> d", "--hidden"]);
    assert_eq!(program(&run_value(&words).unwrap()), words[0]);
    assert_eq!(program(&desktop_command(&desktop_file("Ringside", &words))), words[0]);
    assert_eq!(agent_program(&launch_agent("a.label", "a.bundle", &words)), words[0]);
    assert_eq!((program("/opt/ringside --hidden"), program(""), agent_program("")), ("/opt/ringside".into(), String::new(), String::new()));
}

#[test]
fn each_data_folder_has_an_entry_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let own = Autostart::of(&Paths::new(None, false)).unwrap();
    assert_eq!((own.name.as_str(), own.command.len()), ("Ringside", 2));
    let paths = Paths::new(Some(folder.path().to_owned()), false);
    let given = Autostart::of(&paths).unwrap();
    assert!(given.name.contains(&paths.key()));
    assert_eq!(given.command[1..], command(&["--hidden", "--data-dir", folder.path().to_str().unwrap()]));
}
