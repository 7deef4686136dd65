//! The ledger of a shift with a simulated platform: ledger, log and the platform's records agree.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use ringside_domain::{CallId, CallSign, Intent, Label, LedgerEntry, QueueName, SetBy, Timestamp, Wish, WishProgress};
use ringside_engine::ShiftReceipt;
use ringside_simulator::{Party, RingSpec};
use ringside_store::Store;
use ringside_tests::{Desk, OWN, platform};

const ALWAYS: (Timestamp, Timestamp) = (Timestamp(0), Timestamp(i64::MAX));

#[tokio::test]
async fn the_ledger_the_log_and_the_platform_agree_over_a_restart() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    desk.until(|snapshot| snapshot.wish.id == 1 && snapshot.wish.progress == WishProgress::Settled).await;
    for number in 0..4 {
        let call = simulator.ring(RingSpec::predictive(OWN, format!("0133875257{number:02}"), "queue-1"));
        desk.until(|snapshot| snapshot.label == Label::Ringing).await;
        if number != 2 {
            simulator.answer(call).unwrap();
            desk.until(|snapshot| snapshot.label == Label::OnCall).await;
        }
        simulator.hang_up(call, Party::Customer).unwrap();
        desk.until(|snapshot| snapshot.calls.is_empty()).await;
    }
    let before = desk.now().wish.id;
    desk.handle.intent(Intent::Wish { wish: Wish::Busy { reason: Some("Lunch".into()) }, by: SetBy::Window });
    desk.until(|snapshot| snapshot.wish.id > before && snapshot.wish.progress == WishProgress::Settled).await;
    let running = desk.handle.shift_receipt(ALWAYS.0, ALWAYS.1).await.unwrap();
    desk.close().await;

    let store = Store::open_to_read(folder.path()).unwrap().unwrap();
    let receipt = ShiftReceipt::read(&store, None, ALWAYS.0, ALWAYS.1).unwrap();
    assert_eq!(receipt.rows[..running.rows.len()], running.rows, "the entries read during the run come first");
    assert_eq!((receipt.chain.broken, receipt.chain.entries), (None, receipt.rows.len() as u64));
    let entries: Vec<LedgerEntry> = receipt.rows.iter().map(|row| row.entry.clone().unwrap()).collect();
    let ended = |entry: &LedgerEntry| match entry {
        LedgerEntry::Call { call, sign: CallSign::Ended } => Some(*call),
        _ => None,
    };
    assert_eq!(entries.iter().filter_map(ended).collect::<Vec<_>>(), (1..=4).map(CallId).collect::<Vec<_>>());
    assert_eq!((receipt.chain.calls.same, receipt.chain.calls.gone, receipt.chain.calls.changed), (4, 0, vec![]));
    assert_eq!((receipt.sums.answered, receipt.sums.missed), (3, 1));
    let wishes: Vec<u64> =
        entries.iter().filter_map(|entry| if let LedgerEntry::Wished { wish, .. } = entry { Some(*wish) } else { None }).collect();
    for wish in &wishes {
        assert!(entries.contains(&LedgerEntry::Confirmed { wish: *wish }), "{entries:?}");
    }
    // One SetSeatsStatus per wish, one SipSignIn for the queue.
    assert_eq!(simulator.ledger().requests("SetSeatsStatus").len(), wishes.len());
    assert!(entries.contains(&LedgerEntry::QueueJoined { queue: QueueName("queue-1".into()), already: false }));
    let text = serde_json::to_string(&entries).unwrap();
    assert!(!text.contains("Lunch") && !text.contains("0133875257") && !text.contains("demo-key"), "{text}");

    let noted = receipt.chain.last.unwrap();
    drop(store);
    let desk = Desk::open(folder.path(), ringside_vault::Vault::memory());
    desk.close().await;
    let store = Store::open_to_read(folder.path()).unwrap().unwrap();
    let again = store.ledger(Some(noted.hash), |_| {}).unwrap();
    assert_eq!((again.broken, again.noted), (None, Some(noted)), "the next run continues the chain");
    assert!(again.entries > noted.id);
}
