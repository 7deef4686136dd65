//! The company's desks: most speak NATS's protocol by themselves, so that ten thousand fit into one process; some run the desk's own code.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use ringside_fleet::{
    desk::{Address, Desk, DeskKey, DeskOptions, Fed, Way},
    words::Position,
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        client::Resumption,
        pki_types::{CertificateDer, pem::PemObject},
    },
};

use crate::{
    company::{Company, Member},
    ledger::Ledger,
    light,
};

/// Desks that are connected at the same time at the start. After an outage nothing holds them back.
const CONNECTING: usize = 256;

pub struct Crowd {
    pub ledger: Ledger,
    pub members: Vec<Member>,
    pub nats: SocketAddr,
    pub tls: Option<TlsConnector>,
    pub gate: Semaphore,
    /// When each was connected, by the ledger's clock; 0: it is not.
    pub up_at: Vec<AtomicU64>,
    /// When each last had all that was stored for it.
    pub caught_at: Vec<AtomicU64>,
    running: Mutex<JoinSet<()>>,
}

impl Crowd {
    /// Connects all of them; the first `real` run the desk's own code.
    pub fn connect(company: &Company, members: Vec<Member>, real: usize) -> Arc<Self> {
        let times = || (0..members.len()).map(|_| AtomicU64::new(0)).collect();
        let crowd = Arc::new(Self {
            ledger: Ledger::new(),
            nats: company.nats,
            tls: company.authority().as_deref().map(connector),
            gate: Semaphore::new(CONNECTING),
            up_at: times(),
            caught_at: times(),
            running: Mutex::default(),
            members,
        });
        let mut running = crowd.running.lock().unwrap();
        for place in 0..crowd.members.len() {
            let own = Arc::clone(&crowd);
            if place < real {
                running.spawn(run_real(own, place, company.address()));
            } else {
                running.spawn(light::run(own, place));
            }
        }
        drop(running);
        crowd
    }

    /// Ends the desks, which would otherwise try to connect while the next part is measured.
    pub async fn end(&self) {
        let mut running = std::mem::take(&mut *self.running.lock().unwrap());
        running.shutdown().await;
    }

    /// A desk, as if by chance, and the same at each run.
    pub fn any(&self, number: u32) -> usize {
        (number.wrapping_mul(2_654_435_761) as usize >> 7) % self.members.len()
    }

    /// Waits until all of these times are later than this moment; None: not within `patience`.
    pub async fn all_since(&self, times: &[AtomicU64], moment: u64, patience: Duration) -> Option<Duration> {
        let begun = Instant::now();
        while times.iter().any(|at| at.load(Relaxed) <= moment) {
            if begun.elapsed() > patience {
                return None;
            }
            sleep(Duration::from_millis(10)).await;
        }
        Some(Duration::from_nanos(self.ledger.now() - moment))
    }
}

/// TLS with this authority as the only one. No session is continued, since the desk's own client never does it, and the desks are one
/// computer here.
fn connector(authority: &Path) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.resumption = Resumption::disabled();
    TlsConnector::from(Arc::new(config))
}

async fn run_real(crowd: Arc<Crowd>, place: usize, address: Address) {
    let member = &crowd.members[place];
    let options = DeskOptions {
        address,
        key: DeskKey::from_seed(&member.key.seed()).unwrap(),
        enrolled: member.enrolled.clone(),
        position: Position::default(),
        host: "PC".to_owned(),
        version: "1.0".to_owned(),
    };
    let (desk, mut fed) = Desk::start(options).await;
    let mut way = desk.way();
    loop {
        tokio::select! {
            next = fed.recv() => match next {
                Some(Fed::Event(event)) => crowd.ledger.take(place, event.body.as_bytes()),
                Some(Fed::Position(_)) => crowd.caught_at[place].store(crowd.ledger.now(), Relaxed),
                Some(_) => {}
                None => return,
            },
            changed = way.changed() => {
                if changed.is_err() {
                    return;
                }
                let is_up = matches!(*way.borrow_and_update(), Way::Up { .. });
                if !is_up {
                    crowd.up_at[place].store(0, Relaxed);
                } else if crowd.up_at[place].load(Relaxed) == 0 {
                    // What it missed is told by its events; a desk that missed none tells nothing.
                    crowd.up_at[place].store(crowd.ledger.now(), Relaxed);
                    crowd.caught_at[place].store(crowd.ledger.now(), Relaxed);
                }
            }
        }
    }
}
