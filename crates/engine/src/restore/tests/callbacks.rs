//! What callbacks leave in the store, and what a restart makes of it.

use super::*;

/// Delivers a ring for this extension as the listener does; returns when it is stored.
async fn deliver(handle: &Handle, extension: &str, caller: &str) {
    let payload = format!(r#"{{"type":"call","status":"ring","extnumber":"{extension}","caller":"{caller}","callee":"{extension}"}}"#);
    deliver_body(handle, &payload).await;
}

async fn deliver_body(handle: &Handle, payload: &str) {
    let delivery = ringside_wire::callback::parse(payload.as_bytes(), &ringside_wire::Zone::default()).unwrap();
    let (receipt, kept) = tokio::sync::oneshot::channel();
    handle.callbacks().send((delivery, receipt)).await.unwrap();
    assert_eq!(kept.await.unwrap(), ringside_domain::Receipt::Kept);
}

#[tokio::test]
async fn fc15_a_number_from_a_callback_with_nul_is_the_same_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    store_state(folder.path(), &serde_json::to_string(&state()).unwrap()).await;
    let handle = started(folder.path());
    let mut shown = Vec::new();
    for (n, uuid) in ["n-1", r"n-\u00002", "\u{0}n-3"].into_iter().enumerate() {
        for status in ["ring", "hangup"] {
            let body = format!(
                r#"{{"type":"call","status":"{status}","uuid":"{uuid}","extnumber":"7005\u0000","caller":"0133\u000087525{n}\u202e","callee":"7005","customuuid":"c\u00001","direction":"callin"}}"#
            );
            deliver_body(&handle, &body).await;
            let now = Arc::clone(&handle.snapshots().borrow());
            assert_eq!(now.calls.len(), usize::from(status == "ring"), "{uuid:?}");
            if let Some(call) = now.calls.first() {
                shown.insert(0, (call.id, call.customer_number.clone()));
            }
        }
    }
    let numbers: Vec<&str> = shown.iter().map(|(_, number)| number.as_str()).collect();
    assert_eq!(numbers, ["0133875252", "0133875251", "0133875250"]);
    handle.stop().await;
    let handle = started(folder.path());
    let now = Arc::clone(&handle.snapshots().borrow());
    assert_eq!(now.recent.iter().map(|call| (call.id, call.customer_number.clone())).collect::<Vec<_>>(), shown);
    assert_eq!(told(&now), None, "nothing is lost");
    handle.stop().await;
}

#[tokio::test]
async fn fs22_callbacks_for_other_extensions_leave_no_number_unless_keep_foreign_is_set() {
    for keep_foreign in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        store_state(folder.path(), &serde_json::to_string(&state()).unwrap()).await;
        let mut parts = parts(Store::open(folder.path(), NOW).unwrap().0, folder.path());
        parts.config =
            Config::read(Sources { command_line: Given { keep_foreign: Some(keep_foreign), ..Given::default() }, ..Sources::default() })
                .unwrap();
        let handle = start(parts).unwrap();
        for number in 0..50 {
            deliver(&handle, "8001", &format!("1390000{number:04}")).await;
        }
        deliver(&handle, "7005", "13700000001").await;
        handle.stop().await;
        let counts = Store::open(folder.path(), NOW).unwrap().0.counts().unwrap();
        assert_eq!(counts.events, 51);
        let bytes = fs::read(folder.path().join("ringside.db")).unwrap();
        let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        assert_eq!((holds(b"1390000"), holds(b"13700000001")), (keep_foreign, true));
    }
}
