//! Callbacks for other extensions: their digests are kept to recognise duplicates, their customers' numbers are not kept.

use std::{fs, path::Path, time::Duration};

use ringside_domain::Timestamp;
use rusqlite::Connection;
use tempfile::tempdir;

use super::{NOW, call, event, open, saved, setting};
use crate::{Store, Write, migration, remove_backups};

fn foreign(number: usize, received_at: Timestamp) -> Write {
    let payload = format!(r#"{{"type":"call","status":"ring","extnumber":"8001","caller":"1390000{number:04}","uuid":"u-{number}"}}"#);
    Write::ForeignEvent { payload, received_at }
}

fn payloads(store: &Store) -> Vec<String> {
    store.read(|db| db.prepare("SELECT payload FROM event ORDER BY id")?.query_map((), |row| row.get(0))?.collect()).unwrap()
}

/// Whether the text is in the database or in a file that SQLite keeps beside it.
fn is_in_any_file(folder: &Path, text: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().any(|file| {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text)
    })
}

#[tokio::test]
async fn fs22_callbacks_for_others_are_kept_without_numbers_and_duplicates_are_recognised() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    for number in 0..2000 {
        store.write(vec![foreign(number, NOW)]).await.unwrap();
    }
    store.write(vec![foreign(7, NOW), event("mine")]).await.unwrap();
    assert_eq!(store.counts().unwrap().events, 2001, "the callback that came twice is counted once");
    assert_eq!(payloads(&store).iter().filter(|payload| !payload.is_empty()).collect::<Vec<_>>(), ["mine"]);
    drop(store);
    assert!(!is_in_any_file(folder.path(), b"1390000"));
}

#[tokio::test]
async fn fs22_digests_of_callbacks_for_others_are_deleted_after_a_week_and_the_count_stays() {
    let store = Store::in_memory().unwrap();
    let day = |days: u64| NOW.plus(Duration::from_secs(days * 24 * 3600));
    store.write(vec![foreign(1, day(0)), event("mine"), foreign(2, day(3)), foreign(3, day(8))]).await.unwrap();
    assert_eq!(payloads(&store), ["mine", "", ""]);
    assert_eq!(store.counts().unwrap().events, 4);
}

#[tokio::test]
async fn fs22_a_callback_that_was_kept_as_another_extensions_gets_its_payload_when_it_comes_as_our_own() {
    let store = Store::in_memory().unwrap();
    let (payload, received_at) = ("p".to_owned(), NOW);
    store.write(vec![Write::ForeignEvent { payload: payload.clone(), received_at }]).await.unwrap();
    store.write(vec![Write::Event { payload: payload.clone(), received_at }]).await.unwrap();
    store.write(vec![Write::ForeignEvent { payload, received_at }]).await.unwrap();
    assert_eq!(payloads(&store), ["p"]);
}

/// Schema 7 kept the payloads of all callbacks.
#[tokio::test]
async fn fs22_payloads_for_others_that_an_earlier_version_kept_are_emptied() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("ringside.db");
    let db = Connection::open(&file).unwrap();
    for sql in migration::STEPS[..7].iter().copied().flatten() {
        db.execute_batch(sql).unwrap();
    }
    db.pragma_update(None, "user_version", 7).unwrap();
    let session = r#"{"account":{"appid":"demo"},"agent":{"extension":"7005","agentId":"10"}}"#;
    db.execute("INSERT INTO setting VALUES ('session', ?1)", [session]).unwrap();
    let mut former = call(1, 5);
    former.extension.0 = "7004".to_owned();
    let kept = [
        r#"{"extnumber":"7005","caller":"mine"}"#,
        r#"{"extnumber":7005,"caller":"mine as a number"}"#,
        r#"{"extnumber":"7004","caller":"of whoever worked here before"}"#,
        "not JSON 13900001111",
    ];
    let cleared = [
        r#"{"extnumber":"8001","caller":"13900002221"}"#,
        r#"{"extnumber":8001,"caller":"13900002222"}"#,
        r#"{"extNumber":"8001","caller":"13900002223"}"#,
        r#"{"taskid":"5","status":"3"}"#,
        r#"["13900001112"]"#,
    ];
    for (number, payload) in kept.iter().chain(&cleared).enumerate() {
        let digest = [u8::try_from(number).unwrap(); 32];
        db.execute("INSERT INTO event (digest, payload, received_at) VALUES (?1, ?2, 0)", (digest, payload)).unwrap();
    }
    let insert = "INSERT INTO call (id, extension, customer_number, display_number, direction, method, started_at)
                      VALUES (1, '7004', '1', '', 'incoming', 5, 1000)";
    db.execute(insert, ()).unwrap();
    drop(db);
    let (store, _) = open(folder.path());
    remove_backups(folder.path(), Timestamp(NOW.0 + 1)).unwrap();
    assert_eq!(payloads(&store), kept.iter().copied().chain([""; 5]).collect::<Vec<_>>());
    drop(store);
    assert!(!is_in_any_file(folder.path(), b"1390000222"), "not in a free page either");
}

#[tokio::test]
async fn fr2_retention_leaves_no_content_of_callbacks_dead_letters_and_data_set_aside() {
    let folder = tempdir().unwrap();
    let (store, _) = open(folder.path());
    let dead = |body: &str, received_at| Write::DeadLetter { body: body.into(), reason: "why 1390000".into(), received_at };
    let aside = |content: &str, at| Write::SetAside { what: "call 1".into(), content: content.into(), at };
    let later = NOW.plus(Duration::from_secs(1));
    store.write(vec![dead("1390000 a", NOW), dead("1390000 b", NOW), aside("1390000 c", NOW)]).await.unwrap();
    store.write(vec![event("1390000 d"), event("1390000 e"), saved(&call(1, NOW.0)), setting("a", "1")]).await.unwrap();
    while store.delete_before(later, 1).await.unwrap().more {}
    assert_eq!(store.counts().unwrap(), crate::Counts { events: 2, dead_letters: 2 }, "deleted ones are counted");
    assert!(!store.is_set_aside("call 1", b"1390000 c").unwrap());
    drop(store);
    assert!(!is_in_any_file(folder.path(), b"1390000"));
}

#[tokio::test]
async fn rows_that_are_younger_than_the_limit_stay() {
    let store = Store::in_memory().unwrap();
    let dead = |received_at| Write::DeadLetter { body: b"b".to_vec(), reason: String::new(), received_at };
    let aside = |content: &str, at| Write::SetAside { what: "call 1".into(), content: content.into(), at };
    let later = NOW.plus(Duration::from_secs(1));
    store.write(vec![dead(NOW), dead(later), aside("old", NOW), aside("new", later), event("kept")]).await.unwrap();
    store.delete_before(NOW, 100).await.unwrap();
    let bodies = |store: &Store| -> i64 {
        store.read(|db| db.query_row("SELECT count(*) FROM dead_letter WHERE length(body) > 0", (), |row| row.get(0))).unwrap()
    };
    assert_eq!((bodies(&store), payloads(&store).len()), (2, 1));
    store.delete_before(later, 100).await.unwrap();
    assert_eq!(bodies(&store), 1);
    assert!(store.is_set_aside("call 1", b"new").unwrap() && !store.is_set_aside("call 1", b"old").unwrap());
}
