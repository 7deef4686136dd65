//! Three machines, each with a gateway and a server of its own.

use std::{collections::BTreeSet, net::SocketAddr};

use ringside_fleet::{
    desk::{Address, DeskKey},
    hub::NewDesk,
    words::Position,
};
use ringside_gateway::{authority::authority_file, commands::copy_folder, nats};

use super::{
    server::{free_address, nats_server},
    world::{Running, SOON, World, callback, enrol_soon, signal, wait},
};

const NAMES: [&str; 3] = ["a", "b", "c"];

/// The machine of this place: its gateway starts its own server.
async fn machine(world: &World, listen: [SocketAddr; 3], cluster: [SocketAddr; 3], place: usize) -> Running {
    let peers: Vec<String> = (0..3).filter(|other| *other != place).map(|other| format!("\"{}\"", cluster[other])).collect();
    let nats = format!(
        "[nats]\nlisten = \"0.0.0.0:{port}\"\npublic_url = \"tls://127.0.0.1:{port}\"\nprogram = \"{}\"\ncluster = \"{}\"\npeers = [{}]\nreplicas = 3",
        nats_server().display(),
        cluster[place],
        peers.join(", "),
        port = listen[place].port(),
    );
    world.start(world.settings(NAMES[place], &nats, ""), NAMES[place]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_machines_any_one_may_die_while_the_others_take_callbacks_and_bring_them() {
    let world = World::new().await;
    let (listen, cluster) = ([(); 3].map(|()| free_address()), [(); 3].map(|()| free_address()));
    // The first machine has worked alone before.
    let alone = world.gateway().await;
    alone.hub().await;
    for number in 1000..1010 {
        assert_eq!(alone.post(&callback("100009", number)).await, 200);
    }
    wait("all is marked as sent", || alone.company().outbox.counts().unwrap().unsent == 0).await;
    alone.gateway.stop().await;
    signal(nats::running(&world.folder("a").nats()).unwrap(), "TERM");
    wait("the server has ended", || nats::running(&world.folder("a").nats()).is_none()).await;
    // One server of three decides nothing: it waits for the others.
    let mut machines = vec![Some(machine(&world, listen, cluster, 0).await)];
    for place in [1, 2] {
        copy_folder(&world.folder("a").keys(), &world.folder(NAMES[place]).keys()).unwrap();
        machines.push(Some(machine(&world, listen, cluster, place).await));
    }
    let hub = machines[0].as_ref().unwrap().hub().await;
    let urls: Vec<String> = listen.iter().map(|address| format!("tls://127.0.0.1:{}", address.port())).collect();
    let address = Address::parse(&urls.join(","), Some(authority_file(&world.folder("a").keys()))).unwrap();
    let code = hub.invite(&NewDesk { extension: "100001".to_owned(), ..NewDesk::default() }, SOON).await.unwrap();
    let key = DeskKey::generate();
    let enrolled = enrol_soon(&address, &key, &code).await;
    let desk = world.start_desk_at(address, key, enrolled.clone(), Position::default()).await;
    drop(hub);
    let (mut sent, mut came) = (BTreeSet::new(), BTreeSet::new());
    for victim in 0..3 {
        for running in machines.iter().flatten() {
            running.hub().await;
            wait("each gateway knows the desk", || running.company().shared.registry.read().unwrap().get(&enrolled.desk).is_some()).await;
        }
        let server = nats::running(&world.folder(NAMES[victim]).nats()).unwrap();
        machines[victim].take().unwrap().gateway.stop().await;
        signal(server, "KILL");
        for running in machines.iter().flatten() {
            for _ in 0..20 {
                let body = callback("100001", sent.len() as u32);
                assert_eq!(running.post(&body).await, 200);
                sent.insert(body);
            }
        }
        while !came.is_superset(&sent) {
            came.extend(desk.bodies(1).await);
        }
        for running in machines.iter().flatten() {
            wait("all is marked as sent", || running.company().outbox.counts().unwrap().unsent == 0).await;
        }
        machines[victim] = Some(machine(&world, listen, cluster, victim).await);
    }
    assert_eq!(came, sent);
    let hub = machines[2].as_ref().unwrap().hub().await;
    assert_eq!(hub.last_stream_seq().await.unwrap(), 10 + 120, "each is in the stream once, with those of the time before");
    drop(hub);
    for running in machines.into_iter().flatten() {
        running.gateway.stop().await;
    }
}

/// A stranger who reaches the port between the servers must not become one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_the_companys_keys_is_not_taken_into_the_cluster() {
    let world = World::new().await;
    let (listen, cluster) = ([(); 3].map(|()| free_address()), [(); 3].map(|()| free_address()));
    let first = machine(&world, listen, cluster, 0).await;
    // Its keys and its authority are its own.
    let stranger = machine(&world, listen, cluster, 1).await;
    let log = || std::fs::read_to_string(world.folder("a").nats().join("server.log")).unwrap_or_default();
    wait("the stranger has tried", || log().contains("route") && log().contains("TLS route handshake error")).await;
    assert!(!log().contains("JetStream cluster new metadata leader"), "two servers that know each other would have elected one");
    first.gateway.stop().await;
    stranger.gateway.stop().await;
}
