//! The UI's types are generated from the domain's; this test fails if the generated files are out of date.

#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, fs, path::Path};

use ringside_domain::{Begin, Captured, CheckupView, CrmPreview, Intent, Label, LogRow, PlayerOrder, PlayerView, Snapshot, Sums};
use ts_rs::{Config, TS};

const HOW: &str = "run `RINGSIDE_WRITE_CONTRACT=1 cargo test -p ringside-domain --test contract` and commit the result";

#[test]
fn the_generated_contract_is_current() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/lib/contract");
    let fresh = std::env::temp_dir().join(format!("ringside-contract-{}", std::process::id()));
    let config = Config::new().with_out_dir(&fresh);
    Snapshot::export_all(&config).unwrap();
    Intent::export_all(&config).unwrap();
    Label::export_all(&config).unwrap();
    Captured::export_all(&config).unwrap();
    CheckupView::export_all(&config).unwrap();
    LogRow::export_all(&config).unwrap();
    Begin::export_all(&config).unwrap();
    Sums::export_all(&config).unwrap();
    PlayerView::export_all(&config).unwrap();
    PlayerOrder::export_all(&config).unwrap();
    CrmPreview::export_all(&config).unwrap();
    let mut files = read(&fresh);
    fs::remove_dir_all(&fresh).unwrap();
    let index: String = files.keys().map(|name| format!("export type {{ {0} }} from \"./{0}\";\n", name.trim_end_matches(".ts"))).collect();
    files.insert("index.ts".into(), index);

    if std::env::var_os("RINGSIDE_WRITE_CONTRACT").is_some() {
        let _ = fs::remove_dir_all(&kept);
        fs::create_dir_all(&kept).unwrap();
        for (name, text) in &files {
            fs::write(kept.join(name), text).unwrap();
        }
    }
    assert_eq!(read(&kept), files, "the contract drifted: {HOW}");
}

fn read(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}
