//! Encrypted connections, and those through a web proxy's port.

use std::{fs, path::Path, time::Duration};

use rcgen::{CertificateParams, CertifiedIssuer, DnType, KeyPair};
use ringside_fleet::{
    desk::{Address, DeskKey, EnrolError, enrol},
    hub::{Hub, HubError, HubOptions},
    words::Position,
};

use super::world::{Security, World, agent};

/// Writes an authority's certificate, and a server's that it signed for this name, into the folder.
fn certificates(folder: &Path, name: &str) -> Security {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Authority of a test");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let write = |file: &str, text: String| {
        fs::write(folder.join(file), text).unwrap();
        folder.join(file)
    };
    Security {
        ca: write("ca.pem", authority.pem()),
        certificate: write("server.pem", certificate.pem()),
        key: write("server.key", key.serialize_pem()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g14_only_a_certificate_of_the_known_authority_and_for_the_right_name_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let security = certificates(folder.path(), "localhost");
    let world = World::with(Some(&security));
    let port = world.server_address().port();
    let options = HubOptions { urls: vec![format!("tls://localhost:{port}")], ca: Some(security.ca.clone()), ..world.hub_options("a") };
    let stranger = HubOptions { ca: None, ..options.clone() };
    assert!(matches!(Hub::connect(world.keys.clone(), stranger).await, Err(HubError::Unreachable(_))));
    let gateway = world.gateway_by(options).await;
    let code = gateway.hub.invite(&agent("100001"), Duration::from_secs(60)).await.unwrap();
    let key = DeskKey::generate();
    let address = |host: &str, ca: bool| Address::parse(&format!("tls://{host}:{port}"), ca.then(|| security.ca.clone())).unwrap();
    for (host, ca) in [("localhost", false), ("127.0.0.1", true)] {
        let refused = enrol(&address(host, ca), &key, Some(&code), "", "").await;
        assert!(matches!(refused, Err(EnrolError::Tls(_))), "{refused:?}");
    }
    let enrolled = enrol(&address("localhost", true), &key, Some(&code), "", "").await.unwrap();
    let mut desk = world.start_desk_by(address("localhost", true), key, enrolled, Position::default()).await;
    desk.up().await;
    gateway.publish(&desk, "{}").await;
    assert_eq!(desk.bodies(1).await, ["{}"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_behind_a_web_proxy_connects_by_a_websocket() {
    let folder = tempfile::tempdir().unwrap();
    let security = certificates(folder.path(), "localhost");
    let world = World::with(Some(&security));
    let options = HubOptions {
        urls: vec![format!("tls://localhost:{}", world.server_address().port())],
        ca: Some(security.ca.clone()),
        ..world.hub_options("a")
    };
    let gateway = world.gateway_by(options).await;
    let code = gateway.hub.invite(&agent("100001"), Duration::from_secs(60)).await.unwrap();
    let key = DeskKey::generate();
    let address = Address::parse(&format!("wss://localhost:{}", world.websocket().port()), Some(security.ca.clone())).unwrap();
    let enrolled = enrol(&address, &key, Some(&code), "", "").await.unwrap();
    let mut desk = world.start_desk_by(address, key, enrolled, Position::default()).await;
    desk.up().await;
    gateway.publish(&desk, "{}").await;
    assert_eq!(desk.bodies(1).await, ["{}"]);
}
