//! A connection that a test can cut, hold up, or make half open.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use ringside_fleet::desk::Address;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::tcp::{OwnedReadHalf, OwnedWriteHalf},
    sync::watch,
    task::JoinHandle,
};

/// Stands between a desk and the server.
pub struct Proxy {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    /// What comes in the first so many connections goes lost.
    swallowed: Arc<AtomicUsize>,
    closed: watch::Sender<bool>,
    held: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    pub async fn start(server: SocketAddr) -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, swallowed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (count, lost) = (connections.clone(), swallowed.clone());
        let (closed, is_closed) = watch::channel(false);
        let (held, is_held) = watch::channel(false);
        let task = tokio::spawn(async move {
            while let Ok((desk, _)) = listener.accept().await {
                if *is_closed.borrow() {
                    continue;
                }
                let number = count.fetch_add(1, Ordering::SeqCst);
                let Ok(server) = tokio::net::TcpStream::connect(server).await else { continue };
                let ((from_desk, to_desk), (from_server, to_server)) = (desk.into_split(), server.into_split());
                let way = || (number, lost.clone(), is_held.clone());
                let (there, back) = (pass(from_desk, to_server, way()), pass(from_server, to_desk, way()));
                let mut is_closed = is_closed.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        ((), ()) = async { tokio::join!(there, back) } => {}
                        _ = is_closed.wait_for(|closed| *closed) => {}
                    }
                });
            }
        });
        Self { address, connections, swallowed, closed, held, task }
    }

    pub fn address(&self) -> Address {
        Address::parse(&format!("nats://{}", self.address), None).unwrap()
    }

    pub fn socket(&self) -> SocketAddr {
        self.address
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Ends the present connections, and takes no others until it is opened again.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    pub fn open(&self) {
        self.closed.send_replace(false);
    }

    /// What comes waits until it is let go on.
    pub fn hold(&self) {
        self.held.send_replace(true);
    }

    pub fn let_go(&self) {
        self.held.send_replace(false);
    }

    /// From now on nothing passes in the present connections, which stay open.
    pub fn swallow(&self) {
        self.swallowed.store(self.connections(), Ordering::SeqCst);
    }
}

type Passing = (usize, Arc<AtomicUsize>, watch::Receiver<bool>);

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, (number, swallowed, mut held): Passing) {
    let mut buffer = vec![0; 65536];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if held.wait_for(|held| !*held).await.is_err() {
            return;
        }
        if number >= swallowed.load(Ordering::SeqCst) && to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
