//! The setup doctor with a simulated platform that has each kind of fault.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{sync::Arc, time::Duration};

use ringside_domain::{Account, Agent, Extension, QueueName, SignInView, Timestamp};
use ringside_engine::{
    Clock, SystemClock,
    config::Given,
    doctor::{About, Check, Finding, SignedInBy, Verdict, examine_keyring, examine_platform},
};
use ringside_platform::{Client, ClientOptions, Proxy};
use ringside_simulator::{Clock as Its, Fault, Options, Phone, SeatState, Simulator};
use ringside_tests::{Desk, OWN, platform};
use ringside_vault::Vault;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn client() -> Client {
    client_by(Proxy::default())
}

fn client_by(proxy: Proxy) -> Client {
    let clock = SystemClock::new();
    let options = ClientOptions { connect: Duration::from_millis(500), total: Duration::from_secs(2), proxy, ..ClientOptions::default() };
    Client::new(options, Arc::new(move || clock.now().wall))
}

fn agent(extension: &str, queues: &[&str]) -> Agent {
    let queues = queues.iter().map(|name| QueueName((*name).into())).collect();
    Agent { extension: Extension(extension.into()), agent_id: "10".into(), queues }
}

/// Runs the doctor for the account at this address with this accesskey, and checks that no key is in the findings.
async fn examined(url: &str, accesskey: Option<&str>, agent: &Agent) -> Vec<Check> {
    let account = Account { url: url.to_owned(), appid: "demo".into() };
    let accesskey = accesskey.map(|key| key.to_owned().into());
    let mut checks = Vec::new();
    examine_platform(&client(), SignedInBy::Vault(&Vault::memory(), accesskey), Some(&account), Some(agent), |check| checks.push(check))
        .await;
    let text = format!("{checks:?}{}", serde_json::to_string(&checks).unwrap());
    assert!(!text.contains("-key"), "{text}");
    checks
}

async fn at(simulator: &Simulator) -> Vec<Check> {
    examined(simulator.url().as_str(), Some("demo-key"), &agent(OWN, &["queue-1"])).await
}

fn of(checks: &[Check], about: About) -> &Check {
    checks.iter().find(|check| check.about == about).unwrap()
}

/// The first failed check. There must be one only: checks that depend on it say that they need others.
fn first_failure(checks: &[Check]) -> (About, Finding) {
    let failed: Vec<&Check> = checks.iter().filter(|check| check.finding.verdict() == Verdict::Failed).collect();
    assert_eq!(failed.len(), 1, "one cause, one failure: {checks:#?}");
    (failed[0].about, failed[0].finding)
}

#[tokio::test]
async fn a_correct_setup_passes_all_checks_of_the_platform() {
    let simulator = platform().await;
    simulator.sign_in("queue-1", OWN, "10");
    let checks = at(&simulator).await;
    assert_eq!(checks.iter().map(|check| check.about).collect::<Vec<_>>(), About::ALL[..11]);
    let expected = [
        (About::Setup, Finding::Complete),
        (About::Proxy, Finding::NoProxy),
        (About::Name, Finding::NameFound),
        (About::Connection, Finding::Connected),
        (About::Tls, Finding::NotEncrypted),
        (About::Platform, Finding::Answers),
        (About::Clock, Finding::ClockRight),
        (About::Login, Finding::SignedIn),
        (About::Extension, Finding::ExtensionEnabled),
        (About::Phone, Finding::PhoneRegistered),
        (About::Queues, Finding::InQueues),
    ];
    assert_eq!(checks.iter().map(|check| (check.about, check.finding)).collect::<Vec<_>>(), expected, "{checks:#?}");
    for changing in ["SipSignIn", "SipSignOut", "SetSeatsStatus", "Logout", "GetSipnumberInfo"] {
        assert!(simulator.ledger().requests(changing).is_empty(), "{changing}");
    }
    assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Waiting));
}

#[tokio::test]
async fn the_doctor_uses_an_existing_token_and_does_not_log_in() {
    let simulator = Simulator::local(Options { one_token: true, ..Options::test() }).await.unwrap();
    let vault = Vault::memory();
    let account = Account { url: simulator.url().to_string(), appid: "demo".into() };
    let agent = agent(OWN, &["queue-1"]);
    let first = client();
    for (client, vault, accesskey) in [(&first, &vault, Some("demo-key")), (&client(), &vault, None), (&first, &Vault::memory(), None)] {
        let mut checks = Vec::new();
        let accesskey = accesskey.map(|key| key.to_owned().into());
        examine_platform(client, SignedInBy::Vault(vault, accesskey), Some(&account), Some(&agent), |check| checks.push(check)).await;
        assert_eq!(of(&checks, About::Login).finding, Finding::SignedIn);
        assert_eq!(simulator.ledger().requests("Login").len(), 1);
    }
    // FS21: it does not log in either if an accesskey is given besides the stored token.
    let mut checks = Vec::new();
    let given = SignedInBy::Vault(&vault, Some("demo-key".into()));
    examine_platform(&client(), given, Some(&account), Some(&agent), |check| checks.push(check)).await;
    assert_eq!((of(&checks, About::Login).finding, simulator.ledger().requests("Login").len()), (Finding::SignedIn, 1));
    simulator.fault("GetQueueList", Fault::Ret(602), None);
    let mut checks = Vec::new();
    examine_platform(&first, SignedInBy::Vault(&vault, None), Some(&account), Some(&agent), |check| checks.push(check)).await;
    assert_eq!(first_failure(&checks), (About::Login, Finding::LoginFailed), "the token is no longer accepted");
}

#[tokio::test]
async fn a_missing_name_connection_or_answer_is_reported_as_such() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let simulator = platform().await;
    let own = agent(OWN, &["queue-1"]);
    let checks = examined("http://nowhere.invalid/", Some("demo-key"), &own).await;
    assert_eq!(first_failure(&checks), (About::Name, Finding::NameUnknown));
    let checks = examined(&format!("http://{closed}/"), Some("demo-key"), &own).await;
    assert_eq!(first_failure(&checks), (About::Connection, Finding::NotConnected));
    assert_eq!(of(&checks, About::Login).finding, Finding::NeedsOthers);
    for (fault, finding) in [
        (Fault::Timeout, Finding::NoAnswer),
        (Fault::HttpStatus(503), Finding::ServerError),
        (Fault::Html, Finding::NotThePlatform),
        (Fault::NotJson, Finding::NotThePlatform),
        (Fault::Redirect("https://portal.example.com/".into()), Finding::NotThePlatform),
    ] {
        simulator.fault("*", fault.clone(), None);
        let checks = at(&simulator).await;
        assert_eq!(first_failure(&checks), (About::Platform, finding), "{fault:?}");
        assert_eq!(of(&checks, About::Connection).finding, Finding::Connected, "{fault:?}");
        simulator.clear_faults();
    }
}

/// The findings for a platform that only a proxy can reach: its name is unknown on this computer.
async fn by_proxy(proxy: &str, url: &str) -> Vec<Check> {
    let (account, own) = (Account { url: url.to_owned(), appid: "demo".into() }, agent(OWN, &["queue-1"]));
    let vault = Vault::memory();
    let (client, signed_in_by) = (client_by(Proxy::At(proxy.parse().unwrap())), SignedInBy::Vault(&vault, Some("demo-key".into())));
    let mut checks = Vec::new();
    examine_platform(&client, signed_in_by, Some(&account), Some(&own), |check| checks.push(check)).await;
    checks
}

#[tokio::test]
async fn a_broken_proxy_is_named_and_the_platform_is_not_blamed() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (proxy, finding) in [
        (format!("http://{closed}"), Finding::ProxyAway),
        ("http://proxy.invalid:3128".to_owned(), Finding::ProxyUnknown),
        ("socks5://127.0.0.1:1080".to_owned(), Finding::ProxyUnusable),
    ] {
        for url in ["http://call.invalid/", "https://call.invalid/"] {
            let checks = by_proxy(&proxy, url).await;
            assert_eq!(first_failure(&checks), (About::Proxy, finding), "{proxy} {url}");
            assert!(of(&checks, About::Proxy).detail.starts_with(&format!("{proxy}, network.proxy")), "{checks:?}");
            for left in [About::Name, About::Connection] {
                assert_eq!(of(&checks, left).finding, Finding::ByProxy, "{proxy} {url}");
            }
            assert_eq!(of(&checks, About::Platform).finding, Finding::NeedsOthers, "{proxy} {url}");
        }
    }
}

#[tokio::test]
async fn a_platform_that_only_a_proxy_reaches_is_examined_through_it() {
    let simulator = platform().await;
    simulator.sign_in("queue-1", OWN, "10");
    // The simulator serves the form of a request that a proxy gets, too.
    let proxy = simulator.url().origin().ascii_serialization();
    let checks = by_proxy(&proxy, &simulator.url().as_str().replace(&proxy, "http://call.invalid")).await;
    let failed: Vec<&Check> = checks.iter().filter(|check| check.finding.verdict() == Verdict::Failed).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(of(&checks, About::Proxy).detail, format!("{proxy}, network.proxy"));
    assert_eq!((of(&checks, About::Name).finding, of(&checks, About::Proxy).finding), (Finding::ByProxy, Finding::ProxyTaken));
}

#[tokio::test]
async fn a_proxy_that_asks_for_a_sign_in_or_gets_no_answer_is_the_only_failure() {
    for (answer, failure) in [
        ("407 Proxy Authentication Required", (About::Proxy, Finding::ProxyRefused)),
        ("403 Forbidden", (About::Platform, Finding::NotByProxy)),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 16 << 10];
                let _ = stream.read(&mut request).await;
                let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
                while stream.read(&mut request).await.is_ok_and(|count| count > 0) {}
            }
        });
        let checks = by_proxy(&proxy, "https://call.invalid/").await;
        assert_eq!(first_failure(&checks), failure, "{answer}");
        assert!(of(&checks, failure.0).detail.contains(&proxy), "{checks:?}");
        if failure.0 == About::Proxy {
            assert_eq!(first_failure(&by_proxy(&proxy, "http://call.invalid/").await), failure, "without encryption");
        }
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_the_only_failure() {
    let certificate = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) = (certificate.cert.pem(), certificate.signing_key.serialize_pem());
    let identity = native_tls::Identity::from_pkcs8(certificate.as_bytes(), key.as_bytes()).unwrap();
    let acceptor = tokio_native_tls::TlsAcceptor::from(native_tls::TlsAcceptor::new(identity).unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    let checks = examined(&format!("https://localhost:{port}/"), Some("demo-key"), &agent(OWN, &[])).await;
    assert_eq!(first_failure(&checks), (About::Tls, Finding::CertificateRefused));
}

#[tokio::test]
async fn a_failed_login_is_reported_with_its_reason() {
    let simulator = platform().await;
    let own = agent(OWN, &["queue-1"]);
    let url = simulator.url();
    let checks = examined(url.as_str(), None, &own).await;
    assert_eq!(first_failure(&checks), (About::Login, Finding::NoAccesskey));
    let checks = examined(url.as_str(), Some("wrong-key"), &own).await;
    assert_eq!(first_failure(&checks), (About::Login, Finding::LoginFailed));
    for ret in [601, 602, 603, 604] {
        simulator.fault("Login", Fault::Ret(ret), None);
        let checks = at(&simulator).await;
        assert_eq!(first_failure(&checks), (About::Login, Finding::LoginFailed));
        assert!(of(&checks, About::Login).detail.contains(&ret.to_string()), "{checks:?}");
        assert_eq!(of(&checks, About::Phone).finding, Finding::NeedsOthers);
        simulator.clear_faults();
    }
}

#[tokio::test]
async fn a_running_desk_that_is_signed_out_is_not_called_well_because_a_good_key_is_stored() {
    let simulator = platform().await;
    let (folder, vault) = (tempfile::tempdir().unwrap(), Vault::memory());
    let desk = Desk::open(folder.path(), vault.clone());
    desk.sign_in(&simulator, "demo-key", &["queue-1"]);
    desk.until(|snapshot| matches!(snapshot.sign_in, SignInView::SignedIn { .. })).await;
    desk.close().await;
    let desk = Desk::open_as(folder.path(), vault.clone(), Given::default(), |parts| parts.accesskey = Some("wrong-key".to_owned().into()));
    desk.until(|snapshot| matches!(snapshot.sign_in, SignInView::Failed { .. })).await;
    let mut checks = Vec::new();
    desk.handle.examine_platform(|check| checks.push(check)).await;
    assert_eq!(first_failure(&checks), (About::Login, Finding::SignedOut));
    assert!(of(&checks, About::Login).detail.contains("login refused"), "{checks:?}");
    assert_eq!(of(&checks, About::Queues).finding, Finding::NeedsOthers);
    desk.sign_in(&simulator, "demo-key", &["queue-1"]);
    desk.until(|snapshot| matches!(snapshot.sign_in, SignInView::SignedIn { .. })).await;
    checks.clear();
    desk.handle.examine_platform(|check| checks.push(check)).await;
    assert_eq!(of(&checks, About::Login).finding, Finding::SignedIn);
    desk.close().await;
}

#[tokio::test]
async fn faults_of_an_extension_and_of_its_phone_are_told_apart() {
    let simulator = platform().await;
    simulator.set_phone(OWN, Phone::NotRegistered);
    assert_eq!(first_failure(&at(&simulator).await), (About::Phone, Finding::PhoneNotRegistered));
    simulator.set_phone(OWN, Phone::Disabled);
    assert_eq!(of(&at(&simulator).await, About::Extension).finding, Finding::ExtensionDisabled);
    let checks = examined(simulator.url().as_str(), Some("demo-key"), &agent("999999", &["queue-1"])).await;
    assert_eq!(of(&checks, About::Extension).finding, Finding::ExtensionUnknown);
    simulator.set_phone(OWN, Phone::Registered);
    simulator.fault("GetSipValidStatus", Fault::Ret(500), None);
    assert_eq!(first_failure(&at(&simulator).await), (About::Extension, Finding::QuestionRefused));
}

#[tokio::test]
async fn unknown_left_and_missing_queues_are_reported() {
    let simulator = platform().await;
    let url = simulator.url();
    let checks = at(&simulator).await;
    assert_eq!((of(&checks, About::Queues).finding, of(&checks, About::Queues).detail.as_str()), (Finding::NotInQueues, "queue-1"));
    let checks = examined(url.as_str(), Some("demo-key"), &agent(OWN, &["queue-1", "queue-9"])).await;
    assert_eq!(first_failure(&checks), (About::Queues, Finding::QueueUnknown));
    assert_eq!(of(&checks, About::Queues).detail, "queue-9");
    let checks = examined(url.as_str(), Some("demo-key"), &agent(OWN, &[])).await;
    assert_eq!((of(&checks, About::Queues).finding, of(&checks, About::Queues).detail.as_str()), (Finding::NoQueues, "queue-1, queue-2"));
}

#[tokio::test]
async fn a_wrong_clock_is_reported_with_the_sign_of_its_error() {
    for (ahead, finding, sign) in [(-12, Finding::ClockOff, "+1"), (90, Finding::ClockWrong, "-"), (0, Finding::ClockRight, "")] {
        let now = SystemClock::new().now().wall;
        let its = jiff::Timestamp::from_millisecond(Timestamp(now.0 + ahead * 1000).0).unwrap();
        let simulator = Simulator::local(Options { clock: Its::manual(its), ..Options::test() }).await.unwrap();
        let checks = at(&simulator).await;
        let check = of(&checks, About::Clock);
        assert_eq!(check.finding, finding, "{check:?}");
        assert!(check.detail.starts_with(sign), "{check:?}");
    }
}

#[tokio::test]
async fn without_an_account_or_an_extension_that_is_the_only_failure() {
    let mut checks = Vec::new();
    examine_platform(&client(), SignedInBy::Vault(&Vault::memory(), None), None, None, |check| checks.push(check)).await;
    assert_eq!(first_failure(&checks), (About::Setup, Finding::NoAccount));
    let simulator = platform().await;
    let checks = examined(simulator.url().as_str(), Some("demo-key"), &agent("", &[])).await;
    assert_eq!(first_failure(&checks), (About::Setup, Finding::NoExtension));
    assert_eq!(of(&checks, About::Login).finding, Finding::SignedIn);
}

#[tokio::test]
async fn the_keyring_check_leaves_no_entry() {
    let vault = Vault::memory();
    assert_eq!(examine_keyring(&vault).await.finding, Finding::KeyringWorks);
    assert!(vault.get("doctor").await.unwrap().is_none());
}
