//! Which gateway leads: the one whose name is in the bucket `lease`. An entry there lives three seconds.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use super::{Bucket, Hub, HubError};

/// How long an entry lives.
pub(super) const TTL: Duration = Duration::from_secs(3);
const RENEW: Duration = Duration::from_millis(700);
/// A leader acts this long after its last renewal at most. The rest of an entry's life is for what it has begun, and for clocks that run
/// differently.
const SAFE: Duration = Duration::from_secs(2);
/// A gateway that does not lead asks this often.
const RETRY: Duration = Duration::from_millis(200);

/// When a gateway may act as the leader, by its own monotonic clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeaseRule {
    /// When the last successful renewal was asked for: the entry was written at that time or later.
    renewed: Option<Duration>,
}

impl LeaseRule {
    pub fn renewed(&mut self, asked_at: Duration) {
        self.renewed = Some(asked_at);
    }

    /// Another gateway has the lease.
    pub fn lost(&mut self) {
        self.renewed = None;
    }

    /// The last moment at which it may act.
    fn until(&self) -> Option<Duration> {
        Some(self.renewed? + SAFE)
    }

    pub fn leads(&self, now: Duration) -> bool {
        self.until().is_some_and(|until| now < until)
    }
}

/// This gateway's part in the election; dropping it gives the lease up.
#[derive(Debug)]
pub struct Lead {
    start: Instant,
    rule: Arc<watch::Sender<LeaseRule>>,
    leads: watch::Receiver<bool>,
    tasks: [JoinHandle<()>; 2],
    hub: Hub,
    name: Bytes,
}

impl Lead {
    pub(super) fn stand(hub: &Hub) -> Self {
        let start = Instant::now();
        let rule = Arc::new(watch::Sender::new(LeaseRule::default()));
        let (tell, leads) = watch::channel(false);
        // Unlike the gateway's name it is new at each start, so that a gateway never takes its former self's lease for its own.
        let name = Bytes::from(format!("{} {:016x}", hub.options().gateway, fastrand::u64(..)));
        let asking = tokio::spawn(ask(hub.clone(), name.clone(), start, rule.clone()));
        let telling = tokio::spawn(tell_changes(rule.subscribe(), start, tell));
        Self { start, rule, leads, tasks: [asking, telling], hub: hub.clone(), name }
    }

    /// Whether this gateway leads at this moment. To be asked before each act as the leader.
    pub fn leads(&self) -> bool {
        self.rule.borrow().leads(self.start.elapsed())
    }

    /// Changes of the above.
    pub fn changes(&self) -> watch::Receiver<bool> {
        self.leads.clone()
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        if !self.leads() {
            return;
        }
        self.rule.send_modify(LeaseRule::lost);
        let (hub, name) = (self.hub.clone(), self.name.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // If this fails, the entry ends by itself.
                if let Err(error) = give_up(&hub, &name).await {
                    tracing::debug!(%error, "the lease was not given up");
                }
            });
        }
    }
}

async fn give_up(hub: &Hub, name: &Bytes) -> Result<(), HubError> {
    match hub.raw_entry(Bucket::Lease, KEY).await? {
        Some(entry) if entry.value == *name => hub.delete_entry(Bucket::Lease, KEY, entry.revision).await,
        _ => Ok(()),
    }
}

const KEY: &str = "leader";

async fn ask(hub: Hub, name: Bytes, start: Instant, rule: Arc<watch::Sender<LeaseRule>>) {
    let mut revision = None;
    loop {
        let asked_at = start.elapsed();
        let asked = async {
            match revision {
                None => hub.create_entry(Bucket::Lease, KEY, name.clone()).await,
                Some(last) => hub.update_entry(Bucket::Lease, KEY, name.clone(), last).await,
            }
        };
        match timeout(Duration::from_secs(1), asked).await {
            Ok(Ok(written)) => {
                revision = Some(written);
                rule.send_modify(|rule| rule.renewed(asked_at));
            }
            Ok(Err(HubError::Conflict)) => {
                revision = own_revision(&hub, &name).await;
                if revision.is_some() {
                    continue;
                }
                rule.send_modify(LeaseRule::lost);
            }
            Ok(Err(_)) | Err(_) => {}
        }
        sleep(if revision.is_some() { RENEW } else { RETRY + Duration::from_millis(fastrand::u64(..100)) }).await;
    }
}

/// A renewal without an answer may have been written: its entry has this gateway's name.
async fn own_revision(hub: &Hub, name: &Bytes) -> Option<u64> {
    let entry = hub.raw_entry(Bucket::Lease, KEY).await.ok()??;
    (entry.value == *name).then_some(entry.revision)
}

async fn tell_changes(mut rule: watch::Receiver<LeaseRule>, start: Instant, tell: watch::Sender<bool>) {
    loop {
        let known = *rule.borrow_and_update();
        let leads = known.leads(start.elapsed());
        tell.send_if_modified(|told| std::mem::replace(told, leads) != leads);
        let ended = async {
            match known.until() {
                Some(until) if leads => tokio::time::sleep_until(start + until).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = rule.changed() => if changed.is_err() { return },
            () = ended => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leader_acts_for_two_seconds_after_it_asked_for_its_last_renewal_and_not_at_all_once_it_lost_the_lease() {
        let at = Duration::from_millis;
        let mut rule = LeaseRule::default();
        assert!(!rule.leads(at(0)));
        rule.renewed(at(1_000));
        assert_eq!([rule.leads(at(1_000)), rule.leads(at(2_999)), rule.leads(at(3_000))], [true, true, false]);
        rule.renewed(at(1_700));
        assert!(rule.leads(at(3_500)));
        rule.lost();
        assert!(!rule.leads(at(1_701)));
    }
}
