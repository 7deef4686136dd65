//! Folders and their names.

use std::{env, fs, path::PathBuf};

use ringside_domain::Timestamp;
use ringside_store::Store;

use super::*;

/// Exports the log that is stored in `folder`, and checks what the other commands say about it.
fn is_usable(folder: &Path) {
    drop(Store::open(folder, Timestamp(0)).unwrap());
    let (status, said, complaint) = tell(folder, &["export", "--format", "xlsx"]);
    assert_eq!((status, complaint.as_str()), (Some(0), ""), "{}", folder.display());
    let file = PathBuf::from(said);
    assert!(file.starts_with(folder) && fs::read(&file).unwrap().starts_with(b"PK"), "{}", file.display());
    assert_eq!(tell(folder, &["archive", "verify"]).0, Some(0));
    let receipt = folder.join("回执 receipt.txt");
    let (status, said, _) = tell(folder, &[OsStr::new("receipt"), OsStr::new("--out"), receipt.as_os_str()]);
    assert_eq!((status, said.as_str()), (Some(0), receipt.to_str().unwrap()));
    assert!(fs::read_to_string(&receipt).unwrap().contains("Ringside"));
    let (_, found) = examined(&mut ringside(folder));
    assert_eq!((found["folder"].as_str(), found["keyring"].as_str()), ("folderWritable", "keyringWorks"));
}

#[test]
fn a_data_folder_may_have_spaces_and_chinese_characters_in_its_name() {
    let folder = tempfile::tempdir().unwrap();
    is_usable(&folder.path().join("通话 记录 of José & 张伟 (100%)"));
}

#[test]
fn a_data_folder_may_have_a_path_longer_than_260_characters() {
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("a".repeat(100)).join("b".repeat(100)).join("长".repeat(60)).join("data");
    assert!(long.as_os_str().len() > 260);
    is_usable(&long);
}

#[test]
fn a_folder_is_found_by_the_users_profile_and_not_by_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let config = PathBuf::from(env::var_os("APPDATA").unwrap()).join("Ringside");
    fs::create_dir_all(&config).unwrap();
    fs::write(config.join("config.toml"), "[platform]\nurl = \"not an address\"\n").unwrap();
    let (_, found) = examined(ringside(folder.path()).env("APPDATA", folder.path()));
    fs::remove_dir_all(config).unwrap();
    assert_eq!(found["setup"], "configUnreadable", "the user's file was read: {found:?}");
    let (_, found) = examined(ringside(folder.path()).env("APPDATA", folder.path()));
    assert_eq!(found["setup"], "noAccount");

    let program = env::var_os("RINGSIDE_BIN").unwrap();
    let ended = Command::new(program).arg("export").env("LOCALAPPDATA", folder.path()).env("RINGSIDE_NO_DIALOGUE", "1").output().unwrap();
    let local = PathBuf::from(env::var_os("LOCALAPPDATA").unwrap()).join("Ringside");
    let complaint = String::from_utf8(ended.stderr).unwrap();
    assert!(complaint.contains(local.to_str().unwrap()), "{complaint}");
}
