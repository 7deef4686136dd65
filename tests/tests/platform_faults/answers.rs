//! Answers of the wrong form or from another server: A8, A9, A11, A12.

use std::time::Duration;

use ringside_platform::{ClientOptions, PlatformError};
use ringside_simulator::{Fault, Options};
use ringside_wire::Code;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::test_client::{KEY, LIST, TestClient, agent, queue, quick};

#[tokio::test]
async fn a8_a_portals_page_and_an_unknown_name_are_different_errors() {
    let test = TestClient::new().await;
    for fault in [Fault::Html, Fault::NotJson] {
        test.simulator.fault(LIST, fault, 1);
        let error = test.client.queue_list().await.unwrap_err();
        let PlatformError::NotThePlatform { status: 200, first_bytes } = error else { panic!("{error:?}") };
        assert!(!first_bytes.is_empty());
    }
    let mut nowhere = test.account.clone();
    nowhere.url = "http://no-such-host.invalid/".into();
    let error = test.client.sign_in(&nowhere, KEY.to_owned().into()).await.unwrap_err();
    assert!(matches!(error, PlatformError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a9_envelopes_of_other_forms_are_read_or_are_errors() {
    let test = TestClient::new().await;
    test.simulator.fault(LIST, Fault::RetAsText, 1);
    assert_eq!(test.client.queue_list().await.unwrap().len(), 2);
    test.simulator.fault(LIST, Fault::WrongTypes, 1);
    assert_eq!(test.client.queue_list().await.unwrap()[0].name.0, "queue-1");
    test.simulator.fault(LIST, Fault::EmptyData, 1);
    assert_eq!(test.client.queue_list().await.unwrap(), [], "an empty list");
    test.simulator.fault(LIST, Fault::RetWithObject(604), 1);
    let error = test.client.queue_list().await.unwrap_err();
    assert!(matches!(error, PlatformError::Refused { code: Code::AddressNotAuthorized, .. }), "{error:?}");
    test.simulator.fault(LIST, Fault::Ret(999), 1);
    let error = test.client.queue_list().await.unwrap_err();
    assert!(matches!(error, PlatformError::Refused { code: Code::Other(999), .. }), "{error:?}");
    test.simulator.fault("SipSignIn", Fault::EmptyData, 1);
    test.client.queue_join(&queue(), &agent()).await.unwrap();
    test.simulator.fault("GetRecodeFile", Fault::EmptyData, 1);
    assert!(test.client.recording_link("a.wav").await.is_err());
}

#[tokio::test]
async fn a11_huge_and_endless_answers_end_at_the_limit() {
    let test = TestClient::with(Options::test(), ClientOptions { largest: 64 << 10, ..quick() }).await;
    test.simulator.fault(LIST, Fault::Huge(100 << 20), 1);
    assert_eq!(test.client.queue_list().await, Err(PlatformError::TooLarge(64 << 10)));
    test.client.queue_list().await.unwrap();

    // An endless answer, and one with a Content-Encoding: no answer is decompressed, so a compressed bomb is only bytes that are not JSON.
    for (head, endless) in [("Content-Type: application/json", true), ("Content-Encoding: gzip\r\nContent-Length: 24", false)] {
        let url = answer_with(head, endless).await;
        let account = ringside_domain::Account { url, appid: "demo".into() };
        let error = test.client.sign_in(&account, KEY.to_owned().into()).await.unwrap_err();
        assert!(matches!(error, PlatformError::TooLarge(_) | PlatformError::NotThePlatform { .. }), "{error:?}");
        assert_eq!(matches!(error, PlatformError::TooLarge(_)), endless);
    }
}

/// A server that answers every request with this head and 24 zeros, or with endless zeros.
async fn answer_with(head: &'static str, endless: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            if stream.read(&mut request).await.is_err() {
                continue;
            }
            let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n");
            let mut sent = stream.write_all(head.as_bytes()).await;
            sent = sent.and(stream.write_all(&[b'0'; 24]).await);
            while endless && sent.is_ok() {
                sent = stream.write_all(&[b'0'; 8192]).await;
            }
            // Reads the request to its end: with unread bytes, the connection would be reset and the answer lost.
            while stream.read(&mut request).await.is_ok_and(|count| count > 0) {}
        }
    });
    url
}

#[tokio::test]
async fn a12_a_redirect_is_refused_and_the_token_is_sent_to_no_other_host() {
    let elsewhere = TestClient::new().await;
    let before = elsewhere.simulator.ledger().entries().len();
    let test = TestClient::new().await;
    for to in [elsewhere.simulator.url().to_string(), "http://example.invalid/".into(), "/relative".into()] {
        test.simulator.fault(LIST, Fault::Redirect(to), 1);
        let error = test.client.queue_list().await.unwrap_err();
        assert!(matches!(error, PlatformError::Redirected(_)), "{error:?}");
    }
    tokio::time::timeout(Duration::from_secs(5), test.client.queue_list()).await.unwrap().unwrap();
    assert_eq!(elsewhere.simulator.ledger().entries().len(), before, "no request arrived");
}
