//! The archive of recordings.

use ringside_domain::{Call, CallId, Cursor, Extension, Timestamp};
use tempfile::tempdir;

use super::{call, open, saved};
use crate::{Archive, Fetch, FetchOrder, KeptRecording, Recording, Store, Write};

fn recorded(id: u64, started_at: i64) -> Call {
    Call { recording: Some(format!("{id}.wav")), ..call(id, started_at) }
}

fn kept(file: &str, size: u64) -> Fetch {
    Fetch::Kept { file: file.to_owned(), sha256: [7; 32], size, at: Timestamp(500) }
}

async fn put(store: &Store, call: u64, fetch: Fetch) {
    store.write(vec![Write::Recording { call: CallId(call), fetch }]).await.unwrap();
}

fn wanted(store: &Store, order: FetchOrder, since: i64, now: i64) -> Vec<(u64, u32)> {
    let found = store.wanted_recordings(None, order, Timestamp(since), Timestamp(now), 10).unwrap();
    found.iter().map(|wanted| (wanted.call.id.0, wanted.tries)).collect()
}

#[tokio::test]
async fn a_recording_is_wanted_in_the_given_order_until_it_is_kept_or_lost() {
    let store = Store::in_memory().unwrap();
    store.write(vec![saved(&recorded(1, 10)), saved(&call(2, 20)), saved(&recorded(3, 30))]).await.unwrap();
    // The record comes later. It names the recording, and has another start.
    store.write(vec![saved(&call(4, 41)), saved(&recorded(4, 40))]).await.unwrap();
    assert_eq!(wanted(&store, FetchOrder::NewestFirst, 0, 100), [(4, 0), (3, 0), (1, 0)]);
    assert_eq!(wanted(&store, FetchOrder::ClosestToDeletion, 20, 100), [(3, 0), (4, 0)]);

    let failed = |at: Option<i64>| Fetch::Failed { error: "404".to_owned(), next_try_at: at.map(Timestamp) };
    put(&store, 3, failed(Some(200))).await;
    assert_eq!(wanted(&store, FetchOrder::NewestFirst, 0, 199), [(4, 0), (1, 0)]);
    assert_eq!(wanted(&store, FetchOrder::NewestFirst, 0, 200), [(4, 0), (3, 1), (1, 0)]);
    let later = Recording::Wanted { tries: 1, error: Some("404".to_owned()), next_try_at: Timestamp(200) };
    assert_eq!(store.recording(CallId(3)).unwrap(), Some(later));
    put(&store, 1, failed(None)).await;
    put(&store, 4, kept("4.wav", 1000)).await;
    // A late record of the same call changes nothing.
    store.write(vec![saved(&recorded(4, 40)), saved(&recorded(1, 11))]).await.unwrap();
    assert_eq!(wanted(&store, FetchOrder::NewestFirst, 0, 200), [(3, 1)]);
    assert_eq!(store.recording(CallId(1)).unwrap(), Some(Recording::Lost { error: Some("404".to_owned()) }));
    assert_eq!(store.recording(CallId(2)).unwrap(), None);
    let archive = store.archive(None, Timestamp(0), Timestamp(199)).unwrap();
    let waiting =
        Archive { wanted: 1, failing: 1, oldest_wanted: Some(Timestamp(30)), next_try_at: Some(Timestamp(200)), ..Archive::default() };
    assert_eq!(archive, Archive { kept: 1, bytes: 1000, lost: 1, ..waiting });
    assert_eq!(store.archive(None, Timestamp(31), Timestamp(200)).unwrap(), Archive { kept: 1, bytes: 1000, ..Archive::default() });
    let troubled: Vec<_> = store.troubled_recordings(Timestamp(0), 9).unwrap().iter().map(|one| (one.call.0, one.next_try_at)).collect();
    assert_eq!(troubled, [(3, Some(Timestamp(200))), (1, None)]);
    assert_eq!(store.troubled_recordings(Timestamp(0), 1).unwrap().len(), 1);
    let other = Extension("100002".to_owned());
    assert_eq!(store.wanted_recordings(Some(&other), FetchOrder::NewestFirst, Timestamp(0), Timestamp(900), 9).unwrap(), []);
    assert_eq!(store.archive(Some(&other), Timestamp(0), Timestamp(900)).unwrap().wanted, 0);
    assert_eq!(store.archive(Some(&recorded(1, 1).extension), Timestamp(0), Timestamp(900)).unwrap().wanted, 1);
    assert!(!store.keeps_in("/archive").unwrap());
    put(&store, 4, kept("/archive/call-4.wav", 1000)).await;
    assert!(store.keeps_in("/archive").unwrap() && !store.keeps_in("/arch").unwrap() && !store.keeps_in("/").unwrap());
}

#[tokio::test]
async fn the_manifest_comes_in_pages_and_recordings_of_deleted_calls_stay_until_their_files_are_removed() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    store.write([(1, 30), (2, 10), (3, 10), (4, 20), (5, 5)].map(|(id, at)| saved(&recorded(id, at))).to_vec()).await.unwrap();
    for id in 1..=4 {
        put(&store, id, kept(&format!("{id}.wav"), id * 100)).await;
    }
    drop(store);
    let (store, _) = open(folder.path());
    let mut manifest = Vec::new();
    let mut after = None;
    loop {
        let page = store.kept_recordings(after, 3).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(Cursor { started_at: last.started_at, id: last.call });
        manifest.extend(page);
    }
    assert_eq!(manifest.iter().map(|kept| kept.call.0).collect::<Vec<_>>(), [2, 3, 4, 1]);
    let fourth = KeptRecording {
        call: CallId(1),
        started_at: Timestamp(30),
        file: "1.wav".to_owned(),
        sha256: [7; 32],
        size: 100,
        fetched_at: Timestamp(500),
    };
    assert_eq!(manifest[3], fourth);

    store.delete_before(Timestamp(20), 100).await.unwrap();
    let discarded = |store: &Store| store.discarded_recordings(None, 10).unwrap().iter().map(|kept| kept.file.clone()).collect::<Vec<_>>();
    assert_eq!(discarded(&store), ["2.wav", "3.wav"]);
    assert_eq!(store.archive(None, Timestamp(20), Timestamp(999)).unwrap(), Archive { kept: 2, bytes: 500, ..Archive::default() });
    put(&store, 2, Fetch::Removed).await;
    assert_eq!(discarded(&store), ["3.wav"]);
    assert_eq!(store.recording(CallId(2)).unwrap(), None);
    put(&store, 4, Fetch::Removed).await;
    assert_eq!(store.recording(CallId(4)).unwrap(), Some(Recording::Removed));
    assert_eq!(wanted(&store, FetchOrder::NewestFirst, 0, 999), [], "not fetched again");
}

#[tokio::test]
async fn fr2_old_databases_set_aside_and_old_dead_letters_are_deleted() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    let name = |day: u32, suffix: &str| folder.path().join(format!("ringside-damaged-202601{day:02}T120000Z.db{suffix}"));
    for path in [name(1, ""), name(1, "-wal"), name(20, "")] {
        std::fs::write(path, "damaged").unwrap();
    }
    let tenth = Timestamp(1_768_003_200_000);
    assert_eq!(store.remove_set_aside(tenth).unwrap().0, 0);
    assert!(!name(1, "").exists() && !name(1, "-wal").exists() && name(20, "").exists());
    std::fs::create_dir(name(2, "")).unwrap();
    let (left, why) = store.remove_set_aside(tenth).unwrap();
    assert!(left == 1 && why.unwrap().to_string().contains("20260102"));

    let letter = |at| Write::DeadLetter { body: b"?".to_vec(), reason: "not JSON".to_owned(), received_at: Timestamp(at) };
    store.write(vec![letter(10), letter(20), letter(30)]).await.unwrap();
    store.delete_before(Timestamp(25), 100).await.unwrap();
    assert_eq!(store.counts().unwrap().dead_letters, 3, "deleted ones are counted");
}

#[tokio::test]
async fn fc16_the_link_of_a_recording_without_a_name_is_deleted_with_its_file() {
    let (store, _) = open(tempdir().unwrap().path());
    let url = Write::RecordingUrl { call: CallId(1), url: "https://r.example/1".to_owned() };
    store.write(vec![saved(&recorded(1, 10)), url, Write::Recording { call: CallId(1), fetch: Fetch::Removed }]).await.unwrap();
    assert_eq!(store.recording_url(CallId(1)).unwrap(), None);
}

#[tokio::test]
async fn fc16_the_link_of_a_recording_without_a_name_is_deleted_with_its_call() {
    let (store, _) = open(tempdir().unwrap().path());
    let url = |url: &str| Write::RecordingUrl { call: CallId(1), url: url.to_owned() };
    store.write(vec![saved(&recorded(1, 10)), url("https://r.example/1"), url("https://r.example/2")]).await.unwrap();
    assert_eq!(store.recording_url(CallId(1)).unwrap().as_deref(), Some("https://r.example/2"));
    store.delete_before(Timestamp(20), 100).await.unwrap();
    assert_eq!(store.recording_url(CallId(1)).unwrap(), None);
}
