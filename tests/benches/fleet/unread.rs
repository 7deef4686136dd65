//! A desk whose caller does not read its events for a long time, again and again.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use ringside_fleet::{
    desk::{Address, Desk, DeskOptions, Fed},
    words::Position,
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, timeout_at},
};

use crate::{company::Member, told::Told};

/// For how long it reads between two pauses.
const READS: Duration = Duration::from_secs(2);

pub struct Unread {
    told: Arc<Told>,
    came: Arc<Mutex<HashSet<String>>>,
    gap: Arc<AtomicBool>,
    reads_on: watch::Sender<bool>,
    _desk: Desk,
}

impl Unread {
    /// `pause`: how long its events are left each time.
    pub async fn start(member: Member, address: Address, pause: Duration) -> Self {
        let Member { key, enrolled, extension } = member;
        let options =
            DeskOptions { address, key, enrolled, position: Position::default(), host: "PC".to_owned(), version: "1.0".to_owned() };
        let (desk, fed) = Desk::start(options).await;
        let (reads_on, told_to) = watch::channel(false);
        let unread = Self { told: Arc::new(Told::new(vec![extension])), came: Arc::default(), gap: Arc::default(), reads_on, _desk: desk };
        tokio::spawn(read(fed, told_to, pause, Arc::clone(&unread.came), Arc::clone(&unread.gap)));
        unread
    }

    pub fn told(&self) -> Arc<Told> {
        Arc::clone(&self.told)
    }

    /// From now on it reads all the time.
    pub fn read_on(&self) {
        self.reads_on.send_replace(true);
    }

    /// What was acknowledged and has not come.
    pub fn missing(&self) -> Vec<String> {
        let came = self.came.lock().unwrap();
        let gap = if self.gap.load(Relaxed) { ", and the desk was told that some are gone" } else { "" };
        let missing = self.told.bodies(0).into_iter().filter(|body| !came.contains(body));
        missing.map(|body| format!("a caller that did not read has not got {body}{gap}")).collect()
    }

    /// How many of another extension came.
    pub fn foreign(&self) -> usize {
        let own = format!("\"{}\"", self.told.extension(0));
        self.came.lock().unwrap().iter().filter(|body| !body.contains(&own)).count()
    }
}

async fn read(
    mut fed: mpsc::Receiver<Fed>,
    mut reads_on: watch::Receiver<bool>,
    pause: Duration,
    came: Arc<Mutex<HashSet<String>>>,
    gap: Arc<AtomicBool>,
) {
    loop {
        let until = Instant::now() + READS;
        while let Ok(next) = timeout_at(until, fed.recv()).await {
            match next {
                Some(Fed::Event(event)) => drop(came.lock().unwrap().insert(event.body)),
                Some(Fed::Gap) => gap.store(true, Relaxed),
                Some(_) => {}
                None => return,
            }
        }
        if !*reads_on.borrow() {
            tokio::select! {
                () = sleep(pause) => {}
                _ = reads_on.changed() => {}
            }
        }
    }
}
