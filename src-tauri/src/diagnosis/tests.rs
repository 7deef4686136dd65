use std::{fs, io::Read};

use ringside_engine::config::Given;
use secrecy::SecretString;
use zip::ZipArchive;

use super::*;

const SECRET: &str = "a-secret-of-many-letters";
const CUSTOMER: &str = "013912345678";

fn flags() -> Flags {
    let environment = Given { secret: Some(SecretString::from(SECRET)), ..Given::default() };
    let template = Some(format!("https://crm.example.com/find?apikey={SECRET}&number={{customer_number}}"));
    Flags { file: None, command_line: Given { wrap_up_seconds: Some(7), crm_template: template, ..Given::default() }, environment }
}

/// The parts of a packed file, by name.
fn unpack(file: &Path) -> Vec<(String, String)> {
    let mut archive = ZipArchive::new(fs::File::open(file).unwrap()).unwrap();
    (0..archive.len())
        .map(|part| {
            let mut part = archive.by_index(part).unwrap();
            let mut text = String::new();
            part.read_to_string(&mut text).unwrap();
            (part.name().unwrap().into_owned(), text)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_has_settings_checks_and_the_newest_logs_and_neither_a_secret_nor_a_customers_number() {
    let data = tempfile::tempdir().unwrap();
    let paths = Paths::new(Some(data.path().to_owned()), false);
    fs::create_dir_all(paths.logs()).unwrap();
    fs::write(paths.logs().join("exchanges.txt"), "kept by the user for another purpose").unwrap();
    for day in 1..=3 {
        let line = format!("2026-01-0{day}T08:30:00.123456Z  INFO a call of {CUSTOMER} on day {day}\n");
        fs::write(paths.logs().join(format!("ringside.2026-01-0{day}.log")), line).unwrap();
    }
    let running = json!({ "at": 1_764_470_000_000_i64, "keyring": { "detail": format!("nothing for {CUSTOMER}") } });
    let out = data.path().join("a folder, 文件夹");
    let file = save(&out, flags(), &Secrets::default(), &paths, Some(running)).await.unwrap();
    assert!(file.starts_with(&out) && file.file_name().unwrap().to_str().unwrap().starts_with("ringside-diagnostics-"));
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions()) & 0o777, 0o600);

    let parts = unpack(&file);
    let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
    let logs = ["ringside.2026-01-03.log", "ringside.2026-01-02.log"];
    assert_eq!(names, [&["about.txt", "settings.txt", "doctor.txt", "doctor.json", "running.json"][..], &logs].concat());
    let part = |name: &str| parts.iter().find(|(found, _)| found == name).unwrap().1.as_str();
    assert!(part("about.txt").contains(&format!("Ringside {}", env!("CARGO_PKG_VERSION"))));
    assert!(part("settings.txt").lines().any(|line| line.contains("wrap_up.seconds") && line.contains("7  (command line)")));
    let template = part("settings.txt").lines().find(|line| line.contains("crm.template")).unwrap();
    assert!(template.ends_with("https://crm.example.com/find?…  (command line)"), "{template}");
    assert!(serde_json::from_str::<Value>(part("doctor.json")).unwrap()["checks"].as_array().unwrap().len() > 5);
    assert_eq!(serde_json::from_str::<Value>(part("running.json")).unwrap()["at"], 1_764_470_000_000_i64);
    assert!(part(logs[0]).starts_with("2026-01-03T08:30:00.123456Z  INFO a call of ‹number"), "{}", part(logs[0]));
    for (name, text) in &parts {
        assert!(!text.contains(SECRET) && !text.contains(CUSTOMER), "{name}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_computer_without_a_log_and_with_an_unreadable_configuration_gets_its_file_too() {
    let data = tempfile::tempdir().unwrap();
    let paths = Paths::new(Some(data.path().to_owned()), false);
    let named = data.path().join("config.toml");
    fs::write(&named, "this is = not a [configuration").unwrap();
    let file = save(data.path(), Flags { file: Some(named), ..flags() }, &Secrets::default(), &paths, None).await.unwrap();
    let parts = unpack(&file);
    assert_eq!(parts.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["about.txt", "settings.txt", "doctor.txt", "doctor.json"]);
    assert!(parts[1].1.contains("config.toml"), "{}", parts[1].1);
    let in_the_way = data.path().join("file");
    fs::write(&in_the_way, "").unwrap();
    let refused = save(&in_the_way, flags(), &Secrets::default(), &paths, None).await.unwrap_err();
    assert!(matches!(refused, DiagnosisError::File(..)), "{refused}");
}

#[test]
fn of_a_long_log_the_end_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let log = "x".repeat(usize::try_from(LOG).unwrap()) + "the end";
    fs::write(folder.path().join("ringside.2026-01-01.log"), &log).unwrap();
    let logs = logs(folder.path());
    assert_eq!(logs.len(), 1);
    assert!(logs[0].1.len() == usize::try_from(LOG).unwrap() && logs[0].1.ends_with("the end"));
}
