use std::fs;
#[cfg(unix)]
use std::process::Command;

use super::{Autostart, agents, words::*};
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
fn a_launch_agent_contains_each_word_of_the_command_and_its_program_is_read_from_either_format() {
    let folder = tempfile::tempdir().unwrap();
    let words = command(&["/a & b/<c> d/ringside", "--data-dir", "/a & b/<c>"]);
    let agent = agents::agent("a.label", "a.bundle", &words);
    let text = agents::text(&agent).unwrap();
    assert!(text.contains("<string>/a &amp; b/&lt;c&gt;</string>"), "{text}");
    let (xml, binary, other) = (folder.path().join("xml"), folder.path().join("binary"), folder.path().join("other"));
    fs::write(&xml, &text).unwrap();
    agent.to_file_binary(&binary).unwrap();
    fs::write(&other, "no list").unwrap();
    for file in [xml, binary] {
        let read = agents::read(&file).unwrap().unwrap();
        assert_eq!((agents::program(&read), agents::text(&read).unwrap()), (words[0].clone(), text.clone()));
    }
    assert_eq!(agents::program(&agents::read(&other).unwrap().unwrap()), "");
    assert!(agents::read(&folder.path().join("none")).unwrap().is_none());
}

#[test]
fn a_launch_agent_of_ours_whose_program_was_moved_is_removed_and_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("ringside").to_str().unwrap().to_owned();
    fs::write(&program, "").unwrap();
    let agents = folder.path().join("LaunchAgents");
    let look = || agents::remove_orphans(&agents, "our.id", &agents.join("our.id.own.plist")).unwrap();
    look();
    fs::create_dir(&agents).unwrap();
    let add = |name: &str, program: &str| {
        fs::write(agents.join(name), agents::text(&agents::agent(name, "our.id", &command(&[program, "--hidden"]))).unwrap()).unwrap();
    };
    let gone = folder.path().join("moved/ringside").to_str().unwrap().to_owned();
    add("our.id.a.plist", &gone);
    add("our.id.b.plist", &program);
    add("our.id.c.plist", "/Volumes/a disk that is not there/ringside");
    add("our.id.own.plist", &gone);
    add("other.plist", &gone);
    fs::write(agents.join("our.id.d.plist"), "no list").unwrap();
    fs::create_dir(agents.join("our.id.0.plist")).unwrap();
    look();
    let mut left: Vec<_> = fs::read_dir(&agents).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["other.plist", "our.id.0.plist", "our.id.b.plist", "our.id.c.plist", "our.id.d.plist", "our.id.own.plist"]);
}

#[test]
fn the_program_of_an_entry_is_read() {
    let words = command(&["/a & b/<c> d", "--hidden"]);
    assert_eq!(program(&run_value(&words).unwrap()), words[0]);
    assert_eq!(program(&desktop_command(&desktop_file("Ringside", &words))), words[0]);
    assert_eq!((program("/opt/ringside --hidden"), program("")), ("/opt/ringside".into(), String::new()));
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
