//! The whole way of an update against a real server on this computer, with real signatures.

mod world;

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    sync::Arc,
};

use minisign::KeyPair;
use ringside_domain::{ProblemCode, UpdateStage, UpdateView};
use ringside_engine::Uploads;
use serde_json::json;

use super::{Updated, Updates};
use crate::life::locked;
use world::{NEW, OF_ARM, OLD, World, free, in_a_call, signature};

#[tokio::test]
async fn g20_a_newer_version_takes_the_old_ones_place() {
    let world = World::new().await;
    assert_eq!(world.update().await, Ok(Updated::Installed { version: "1.1.0".to_owned() }));
    assert_eq!(fs::read(&world.image).unwrap(), NEW);
    assert_eq!(fs::metadata(&world.image).unwrap().permissions().mode() & 0o777, 0o750);
    assert_eq!(world.stage(), UpdateStage::Installed { version: "1.1.0".to_owned() });
}

#[tokio::test]
async fn g20_a_wrong_signature_is_refused() {
    let world = World::new().await;
    world.change(|answers| answers.file = b"another program".to_vec());
    assert_eq!(world.fails().await.code, ProblemCode::UpdateRefused);
    // Signed, but by somebody else.
    let other = KeyPair::generate_unencrypted_keypair().unwrap();
    world.change(|answers| {
        answers.file = NEW.to_vec();
        answers.manifest["platforms"]["linux-x86_64-appimage"]["signature"] = signature(&other, NEW, "version:1.1.0").into();
    });
    assert_eq!(world.fails().await.code, ProblemCode::UpdateRefused);
    world.change(|answers| answers.manifest["platforms"]["linux-x86_64-appimage"]["signature"] = "no signature".into());
    assert_eq!(world.fails().await.code, ProblemCode::UpdateRefused);
    assert_eq!(world.stage(), UpdateStage::None);
}

#[tokio::test]
async fn g20_an_older_version_is_not_installed_whatever_the_server_calls_it() {
    let world = World::new().await;
    world.announce("0.9.0", "version:0.9.0");
    assert_eq!(world.update().await, Ok(Updated::Newest));
    world.announce("1.0.0", "version:1.0.0");
    assert_eq!(world.update().await, Ok(Updated::Newest));
    // The old file under a new number, and a file whose signature names no version.
    world.announce("1.2.0", "version:0.9.0");
    assert_eq!(world.fails().await.code, ProblemCode::UpdateRefused);
    world.announce("1.2.0", "timestamp:1700000000");
    assert_eq!(world.fails().await.code, ProblemCode::UpdateRefused);
}

#[tokio::test]
async fn g20_a_download_that_is_cut_off_leaves_the_old_version_and_the_next_one_succeeds() {
    let world = World::new().await;
    world.change(|answers| answers.sent = 5);
    assert_eq!(world.fails().await.code, ProblemCode::UpdateServer);
    assert_eq!(world.stage(), UpdateStage::None);
    world.change(|answers| answers.sent = usize::MAX);
    assert!(world.update().await.is_ok());
}

#[tokio::test]
async fn g20_a_full_disk_leaves_the_old_version_and_no_part_of_the_new_one() {
    let world = World::new().await;
    let file = world.image.with_file_name("updates").join("Ringside-1.1.0");
    fs::create_dir(file.parent().unwrap()).unwrap();
    // A device that is always full, in the place of the file.
    symlink("/dev/full", &file).unwrap();
    assert_eq!(world.fails().await.code, ProblemCode::StoreFull);
    assert!(!file.is_symlink());
    assert!(world.update().await.is_ok(), "the next attempt has room");
}

#[tokio::test]
async fn a_place_that_cannot_be_written_to_leaves_the_old_version_and_the_offer() {
    let world = World::new().await;
    let new = world.image.with_file_name(format!("Ringside.AppImage.new-{}", std::process::id()));
    let fails = async || {
        let problem = world.update().await.unwrap_err();
        assert_eq!(problem.code, ProblemCode::UpdateFailed);
        assert!(matches!(world.stage(), UpdateStage::Ready { offered: true, .. }));
        problem.detail
    };
    // The new file cannot be made.
    fs::create_dir(&new).unwrap();
    assert!(fails().await.contains("exists"));
    assert_eq!(fs::read(&world.image).unwrap(), OLD);
    fs::remove_dir(&new).unwrap();
    // It is written, and cannot take the place of the old one.
    fs::remove_file(&world.image).unwrap();
    fs::create_dir(&world.image).unwrap();
    assert!(fails().await.contains("directory"));
    assert!(!new.exists());
    fs::remove_dir(&world.image).unwrap();
    fs::write(&world.image, OLD).unwrap();
    assert!(world.update().await.is_ok());
}

/// A folder stands in for the file of another user, which nobody else can remove from a shared folder.
#[tokio::test]
async fn a_part_of_an_earlier_update_that_cannot_be_removed_stops_none() {
    let world = World::new().await;
    let theirs = world.image.with_file_name("Ringside.AppImage.new-4711");
    fs::create_dir(&theirs).unwrap();
    fs::write(world.image.with_file_name("Ringside.AppImage.new-4712"), "a part").unwrap();
    assert!(world.update().await.is_ok());
    assert!(theirs.exists() && !world.image.with_file_name("Ringside.AppImage.new-4712").exists());
}

#[tokio::test]
async fn a_file_that_is_changed_after_its_check_is_not_installed() {
    let world = World::new().await;
    world.snapshots.send_replace(in_a_call());
    assert!(world.update().await.is_err());
    let file = world.image.with_file_name("updates").join("Ringside-1.1.0");
    fs::write(&file, "changed by somebody").unwrap();
    world.snapshots.send_replace(free());
    // The server is not asked again.
    let (updates, app, quiet) = (Arc::clone(&world.updates), world.app.clone(), world.quiet.clone());
    let serving = tokio::spawn(async move { updates.serve(&app, &quiet).await });
    let mut views = world.updates.view.subscribe();
    views.mark_unchanged();
    world.updates.install().unwrap();
    let refused = |view: &UpdateView| view.problem.as_ref().is_some_and(|problem| problem.code == ProblemCode::UpdateRefused);
    views.wait_for(refused).await.unwrap();
    assert_eq!(world.stage(), UpdateStage::None);
    assert!(world.is_old());
    serving.abort();
}

#[tokio::test]
async fn a_server_that_is_none_is_said_and_nothing_else_changes() {
    let world = World::new().await;
    for manifest in
        [json!("hello"), json!({ "version": "1.1.0" }), json!({ "version": "1.1.0", "platforms": {} }), json!({ "version": "new" })]
    {
        world.change(|answers| answers.manifest = manifest);
        assert_eq!(world.fails().await.code, ProblemCode::UpdateServer);
    }
    assert_eq!(world.stage(), UpdateStage::None);
}

#[tokio::test]
async fn nothing_is_offered_or_installed_in_a_call_or_during_an_upload_and_the_file_waits() {
    let world = World::new().await;
    for busy in ["call", "upload"] {
        if busy == "call" {
            world.snapshots.send_replace(in_a_call());
        } else {
            world.snapshots.send_replace(free());
            world.uploads.send_replace(Uploads { sending: true, ..Uploads::default() });
        }
        assert_eq!(world.fails().await.code, ProblemCode::NoUpdateNow);
        assert!(matches!(world.stage(), UpdateStage::Ready { offered: false, .. }), "{busy}");
    }
    world.uploads.send_replace(Uploads::default());
    let UpdateStage::Ready { version, notes, offered: true } = world.stage() else { panic!("{:?}", world.stage()) };
    assert_eq!((version.as_str(), notes.as_str()), ("1.1.0", "Quicker."));
    assert!(world.update().await.is_ok());
    let fetched = locked(&world.answers).asked.iter().filter(|path| *path == "/file").count();
    assert_eq!(fetched, 1, "the file that waited is used");
}

#[tokio::test]
async fn a_version_for_a_part_of_all_computers_reaches_this_one_when_the_part_is_large_enough() {
    let world = World::new().await;
    for (percent, reaches) in [(json!(0), false), (json!("half"), false), (json!(100), true)] {
        world.change(|answers| answers.manifest["percent"] = percent);
        assert_eq!(world.update().await.unwrap() != Updated::Newest, reaches);
    }
}

#[tokio::test]
async fn a_file_elsewhere_is_fetched_only_over_an_encrypted_connection() {
    let world = World::new().await;
    world.change(|answers| answers.manifest["platforms"]["linux-x86_64-appimage"]["url"] = "http://updates.example.com/file".into());
    assert_eq!(world.fails().await.code, ProblemCode::UpdateServer);
}

#[tokio::test]
async fn a_redirect_leads_only_to_an_encrypted_connection_or_to_this_computer() {
    let world = World::new().await;
    let elsewhere = |host: &str| format!("{}/other.json", world.address.replace("127.0.0.1", host));
    // Reaches the same server, and is no address of this computer alone.
    world.change(|answers| answers.elsewhere = Some(elsewhere("0.0.0.0")));
    assert_eq!(world.fails().await.code, ProblemCode::UpdateServer);
    assert_eq!(locked(&world.answers).asked, ["/ringside.json"]);
    world.change(|answers| answers.elsewhere = Some(elsewhere("localhost")));
    assert!(world.update().await.is_ok());
}

/// One file for all systems, and files of another system and for another processor.
#[tokio::test]
async fn a_signed_file_for_another_system_is_not_installed() {
    let world = World::new().await;
    world.change(|answers| {
        let file = answers.manifest["platforms"]["linux-x86_64-appimage"].clone();
        answers.manifest = json!({ "version": "1.1.0", "url": file["url"], "signature": file["signature"] });
    });
    assert_eq!(world.fails().await.code, ProblemCode::UpdateServer);
    for file in [b"MZ a setup program".as_slice(), OF_ARM] {
        world.change(|answers| answers.file = file.to_vec());
        world.announce("1.1.0", "version:1.1.0");
        assert_eq!(world.fails().await.code, ProblemCode::UpdateRefused);
    }
}

#[tokio::test]
async fn a_file_that_is_damaged_while_it_waits_is_fetched_again() {
    let world = World::new().await;
    world.snapshots.send_replace(in_a_call());
    assert!(world.update().await.is_err());
    let file = world.image.with_file_name("updates").join("Ringside-1.1.0");
    fs::write(&file, "half of it").unwrap();
    assert!(world.update().await.is_err(), "still in a call");
    assert_eq!(fs::read(&file).unwrap(), NEW);
    world.snapshots.send_replace(free());
    assert!(world.update().await.is_ok());
}

#[tokio::test]
async fn two_with_one_image_do_not_replace_it_at_once() {
    let world = World::new().await;
    let other = fs::File::open(world.image.parent().unwrap()).unwrap();
    other.lock().unwrap();
    let part = world.image.with_file_name("Ringside.AppImage.new-1");
    fs::write(&part, "of the other").unwrap();
    assert_eq!(world.update().await.unwrap_err().code, ProblemCode::UpdateFailed);
    assert!(part.exists() && fs::read(&world.image).unwrap() == OLD);
    drop(other);
    let named_so = world.image.with_file_name("Ringside.AppImage.new-notes");
    fs::write(&named_so, "of a person").unwrap();
    assert!(world.update().await.is_ok());
    assert!(!part.exists() && named_so.exists());
}

#[tokio::test]
async fn a_task_that_fails_after_the_installation_offers_nothing_again() {
    let world = World::new().await;
    world.update().await.unwrap();
    world.updates.serve(&world.app, &world.quiet).await;
    assert_eq!(world.stage(), UpdateStage::Installed { version: "1.1.0".to_owned() });
}

#[tokio::test]
async fn two_who_ask_at_once_are_both_answered() {
    let world = World::new().await;
    let (updates, app, quiet) = (Arc::clone(&world.updates), world.app.clone(), world.quiet.clone());
    let (first, second) = tokio::join!(world.updates.update(), async {
        let second = Arc::clone(&world.updates);
        let asked = tokio::spawn(async move { second.update().await });
        updates.serve(&app, &quiet).await;
        asked.await.unwrap()
    });
    let installed = Ok(Updated::Installed { version: "1.1.0".to_owned() });
    assert_eq!((&first, &second), (&installed, &installed));
    assert_eq!(world.updates.update().await, installed, "also later");
}

#[tokio::test]
async fn without_a_server_nothing_is_asked() {
    let updates = Updates::with(None, UpdateView::default());
    assert_eq!(updates.look().unwrap_err().code, ProblemCode::NoUpdateNow);
    assert_eq!(updates.update().await.unwrap_err().code, ProblemCode::NoUpdateNow);
}
