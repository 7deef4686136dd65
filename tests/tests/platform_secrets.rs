//! A16: no log, error or capture contains a token, a key, a password or a link. A program of its own, since the log is the whole program's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "platform_faults/test_client.rs"]
#[allow(dead_code, reason = "the other faults use the rest")]
mod test_client;

use ringside_domain::Problem;
use ringside_platform::{ExtensionFilter, PlatformError};
use ringside_simulator::{Fault, Options, Party, RingSpec};
use ringside_tests::{OWN, log::Log};
use secrecy::ExposeSecret;

use test_client::{KEY, LIST, TestClient, agent, queue, quick};

#[tokio::test]
async fn a16_no_log_error_or_capture_contains_a_secret() {
    let log = Log::default();
    // Everything from all crates; at level trace the capture is on from the start.
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE).with_writer(log.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();

    let test = TestClient::with(Options::test(), quick()).await;
    let mut secrets = vec![KEY.to_owned(), "sip-100001".to_owned(), "sip-100002".to_owned()];
    let mut said = Vec::new();
    let mut note = |error: PlatformError| said.push(format!("{error} {error:?} {:?}", Problem::from(&error)));
    secrets.push(token(&test).await);

    test.client.extensions(ExtensionFilter::All, None).await.unwrap();
    test.simulator.sign_in("queue-1", OWN, "10");
    let call = test.simulator.ring(RingSpec::predictive(OWN, "013387525701", "queue-1"));
    test.simulator.answer(call).unwrap();
    test.simulator.hang_up(call, Party::Agent).unwrap();
    let now = jiff::Timestamp::from_second(test.simulator.now().as_second()).unwrap().as_millisecond();
    let (from, to) = (ringside_domain::Timestamp(now - 60_000), ringside_domain::Timestamp(now + 60_000));
    let bills = test.client.bills(&agent().extension, from, to).await.unwrap();
    let link = test.client.recording_link(bills[0].recording.as_deref().unwrap()).await.unwrap();
    let key = link.url.expose_secret().split("/recordings/").nth(1).unwrap();
    secrets.push(key.split('/').next().unwrap().to_owned());

    for fault in [Fault::Html, Fault::NotJson, Fault::Truncated, Fault::Reset, Fault::HttpStatus(500), Fault::Ret(600), Fault::Failed(1010)]
    {
        for service in ["Login", LIST, "GetSipnumberInfo", "AddQueue"] {
            test.simulator.fault(service, fault.clone(), 3);
        }
        if let Err(error) = test.client.sign_in(&test.account, KEY.to_owned().into()).await {
            note(error);
        }
        if let Err(error) = test.client.queue_list().await {
            note(error);
        }
        if let Err(error) = test.client.extensions(ExtensionFilter::All, None).await {
            note(error);
        }
        if let Err(error) = test.client.add_queue(&queue(), "x", true, None).await {
            note(error);
        }
        test.simulator.clear_faults();
        test.sign_in().await;
        secrets.push(token(&test).await);
    }
    test.client.sign_out().await.unwrap();

    let log = log.text();
    let capture = test.client.capture().to_text();
    assert!(log.contains("asked the platform") && said.len() > 20, "{} errors", said.len());
    assert!(capture.contains("GetSipnumberInfo") && capture.contains("\"password\":\"***\""), "{capture}");
    for secret in secrets {
        for (what, text) in [("log", &log), ("capture", &capture), ("errors", &said.join("\n"))] {
            assert!(!text.contains(&secret), "the {what} contains a secret");
        }
    }
}

async fn token(test: &TestClient) -> String {
    test.client.token().await.unwrap().secret.expose_secret().to_owned()
}
