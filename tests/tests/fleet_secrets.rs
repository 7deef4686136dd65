//! N21: no log and no file of a gateway or of a supervisor's desk contains the password that a person asked for. A program of its own, since the
//! log is the whole program's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "floor/company.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod company;
#[path = "floor/desk.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod desk;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use company::{ACCESSKEY, Company};
use ringside_domain::Extension;
use ringside_fleet::words::Role;
use ringside_tests::log::Log;
use secrecy::ExposeSecret;
use tracing_subscriber::filter::LevelFilter;

/// What was read, or nothing if it is gone: the server still runs, and deletes files of its own meanwhile.
fn unless_gone<T: Default>(read: io::Result<T>) -> T {
    read.unwrap_or_else(|error| if error.kind() == io::ErrorKind::NotFound { T::default() } else { panic!("{error}") })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = unless_gone(fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>()));
    entries.iter().map(fs::DirEntry::path).flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n21_a_password_that_was_shown_is_in_no_log_no_journal_and_no_file() {
    let log = Log::default();
    // Everything of ours, at its most talkative; the libraries below write whole messages at this level.
    let ours = tracing_subscriber::filter::Targets::new()
        .with_targets(
            ["ringside_engine", "ringside_fleet", "ringside_gateway", "ringside_platform", "ringside_store"]
                .map(|name| (name, LevelFilter::TRACE)),
        )
        .with_default(LevelFilter::INFO);
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(log.clone()).finish();
    tracing::subscriber::set_global_default(tracing_subscriber::layer::SubscriberExt::with(subscriber, ours)).unwrap();

    let mut company = Company::new().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = company.desk(folder.path(), Role::Supervisor).await;
    let password = supervisor.floor.password(Extension("100002".into())).await.unwrap();
    assert_eq!(password.expose_secret(), "sip-100002");
    let entered = supervisor.until_entered(|entries| entries.iter().any(|entry| entry.result == "done")).await;
    assert!(entered.iter().any(|entry| entry.what == "showPassword" && entry.subject == "100002"), "{entered:?}");
    supervisor.close().await;
    company.kill();

    let logged = log.text();
    assert!(logged.contains("ringside_gateway"), "the log was read");
    let secret_file = company.data.path().join("accesskey");
    let kept: Vec<PathBuf> = [company.data.path(), folder.path()].into_iter().flat_map(files).filter(|file| *file != secret_file).collect();
    assert!(kept.iter().any(|file| file.ends_with("floor.db")) && kept.len() > 5, "{kept:?}");
    for secret in ["sip-1000", ACCESSKEY] {
        assert!(!logged.contains(secret), "{secret} is in the log");
        for file in &kept {
            assert!(!contains(&unless_gone(fs::read(file)), secret), "{secret} is in {}", file.display());
        }
    }
}
