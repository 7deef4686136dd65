//! The certificate that the gateway makes itself, with a real server and a real desk.

use std::net::SocketAddr;

use ringside_fleet::{
    desk::{Address, DeskKey, enrol},
    hub::NewDesk,
    words::Position,
};
use ringside_gateway::{authority, config};

use super::world::{SOON, World, callback, enrol_soon};

/// Settings for other machines, whose certificate then serves on loopback.
fn made(world: &World) -> authority::Certificate {
    let open = config::Nats { listen: SocketAddr::from(([10, 1, 2, 3], 4222)), ..config::Nats::default() };
    authority::certificate(&open, &world.folder("a").keys()).unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_trusts_the_authority_works_over_tls_and_another_one_is_told_why_not() {
    let world = World::new().await;
    let made = made(&world);
    let url = format!("tls://localhost:{}", world.nats.port());
    let tls = format!(
        "{}\npublic_url = \"{url}\"\ntls_cert = \"{}\"\ntls_key = \"{}\"\nca = \"{}\"",
        world.own_nats(),
        made.certificate.display(),
        made.key.display(),
        made.authority.display()
    );
    let gateway = world.start(world.settings("a", &tls, ""), "a").await;
    let of = NewDesk { extension: "100001".to_owned(), agent: Some("10".to_owned()), ..NewDesk::default() };
    let code = gateway.hub().await.invite(&of, SOON).await.unwrap();
    let key = DeskKey::generate();
    let strange = Address::parse(&url, None).unwrap();
    let refused = enrol(&strange, &key, Some(&code), "PC", "1.0").await.unwrap_err();
    assert!(refused.to_string().to_lowercase().contains("certificate"), "{refused}");

    let address = Address::parse(&url, Some(made.authority)).unwrap();
    let seed = key.seed();
    let enrolled = enrol_soon(&address, &key, &code).await;
    let desk = world.start_desk_at(address, DeskKey::from_seed(&seed).unwrap(), enrolled, Position::default()).await;
    let body = callback("100001", 1);
    assert_eq!(gateway.post(&body).await, 200);
    desk.next_is(&body).await;
}
