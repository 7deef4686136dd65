//! Which desk has which extension: the company's registry, as this gateway knows it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use data_encoding::HEXLOWER;
use ringside_domain::{Event, Signal, Timestamp};
use ringside_fleet::{
    hub::DeskRecord,
    words::{DeskId, subject::Addressee},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The registry's records by key, with indexes.
#[derive(Debug, Default)]
pub struct Registry {
    desks: BTreeMap<DeskId, DeskRecord>,
    /// Also those that were revoked.
    by_extension: HashMap<String, BTreeSet<DeskId>>,
    /// The desk of each extension, so that a callback needs one look-up.
    chosen: HashMap<String, DeskId>,
    /// Grows with each change of a desk.
    revision: u64,
    by_key: HashMap<String, DeskId>,
    /// Who made a task, by [`task_key`].
    tasks: HashMap<String, Task>,
}

/// The shared record of a task: its end is told to the desk that made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub desk: DeskId,
    pub made_at: i64,
}

/// The key of a task's record. The platform's id may hold characters that a key does not take.
pub fn task_key(task_id: &str) -> String {
    format!("task.{}", &HEXLOWER.encode(&Sha256::digest(task_id))[..32])
}

impl Registry {
    /// The record of a desk is new or was changed.
    pub fn set(&mut self, id: DeskId, record: DeskRecord) {
        self.remove(&id);
        self.by_key.insert(record.key.clone(), id.clone());
        let extension = record.of.extension.clone();
        self.by_extension.entry(extension.clone()).or_default().insert(id.clone());
        self.desks.insert(id, record);
        self.choose(&extension);
    }

    pub fn remove(&mut self, id: &DeskId) {
        let Some(record) = self.desks.remove(id) else { return };
        self.by_key.remove(&record.key);
        if let Some(with_it) = self.by_extension.get_mut(&record.of.extension) {
            with_it.remove(id);
        }
        self.choose(&record.of.extension);
    }

    /// Of several desks with one extension, the one that was made last is its desk (G9).
    fn choose(&mut self, extension: &str) {
        self.revision += 1;
        let with_it = self.by_extension.get(extension).into_iter().flatten().filter_map(|id| Some((id, self.desks.get(id)?)));
        let last = with_it.filter(|(_, record)| record.revoked_at.is_none()).max_by_key(|(_, record)| record.made_at);
        match last.map(|(id, _)| id.clone()) {
            Some(id) => drop(self.chosen.insert(extension.to_owned(), id)),
            None => drop(self.chosen.remove(extension)),
        }
    }

    pub fn revision(&self) -> u64 {
        self.revision
    }

    pub fn desks(&self) -> &BTreeMap<DeskId, DeskRecord> {
        &self.desks
    }

    pub fn get(&self, id: &DeskId) -> Option<&DeskRecord> {
        self.desks.get(id)
    }

    /// The desk with this public key.
    pub fn of_key(&self, key: &str) -> Option<&DeskId> {
        self.by_key.get(key)
    }

    pub fn of_extension(&self, extension: &str) -> Option<&DeskId> {
        self.chosen.get(extension)
    }

    /// The desk that takes its extension's callbacks.
    pub fn has_its_extension(&self, id: &DeskId) -> bool {
        self.desks.get(id).is_some_and(|record| self.of_extension(&record.of.extension) == Some(id))
    }

    pub fn set_task(&mut self, key: String, task: Option<Task>) {
        match task {
            Some(task) => drop(self.tasks.insert(key, task)),
            None => drop(self.tasks.remove(&key)),
        }
    }

    /// The keys of tasks that were made before this time.
    pub fn old_tasks(&self, before: Timestamp) -> Vec<String> {
        self.tasks.iter().filter(|(_, task)| task.made_at < before.0).map(|(key, _)| key.clone()).collect()
    }

    pub fn addressee(&self, event: &Event) -> Addressee {
        if let Signal::TaskFinished { task_id } = &*event.signal {
            let task = self.tasks.get(&task_key(task_id));
            return task.map_or(Addressee::Company, |task| Addressee::Desk(task.desk.clone()));
        }
        match extension(&event.signal) {
            None => Addressee::Company,
            Some(extension) => match self.of_extension(extension) {
                Some(desk) => Addressee::Desk(desk.clone()),
                None => Addressee::Unmapped { extension: extension.to_owned() },
            },
        }
    }
}

/// The extension that a callback is for. Zeros mean that no agent was reached.
pub fn extension(signal: &Signal) -> Option<&str> {
    let extension = match signal {
        Signal::Leg(leg) => &leg.extension,
        Signal::Record(record) => &record.extension,
        Signal::Unknown { extension } => extension,
        Signal::TaskFinished { .. } => return None,
    };
    (!extension.is_nobodys()).then_some(extension.0.as_str())
}

#[cfg(test)]
mod tests {
    use ringside_domain::Extension;
    use ringside_fleet::hub::NewDesk;

    use super::*;

    fn id(number: u8) -> DeskId {
        DeskId::of([number; 10])
    }

    fn record(extension: &str, made_at: i64) -> DeskRecord {
        let of = NewDesk { extension: extension.to_owned(), ..NewDesk::default() };
        DeskRecord { of, made_at, key: format!("U{extension}{made_at}"), ..DeskRecord::default() }
    }

    fn event(extension: &str) -> Event {
        let signal = Box::new(Signal::Unknown { extension: Extension(extension.to_owned()) });
        Event { signal, company: None, payload: "{}".to_owned() }
    }

    #[test]
    fn an_event_goes_to_the_desk_of_its_extension_or_waits_in_a_list_or_is_the_companys() {
        let mut registry = Registry::default();
        registry.set(id(1), record("7001", 1));
        assert_eq!(registry.addressee(&event("7001")), Addressee::Desk(id(1)));
        assert_eq!(registry.addressee(&event("7002")), Addressee::Unmapped { extension: "7002".to_owned() });
        assert_eq!(registry.addressee(&event("07001")), Addressee::Unmapped { extension: "07001".to_owned() }, "zeros count");
        for nobody in ["", "0", "000000"] {
            assert_eq!(registry.addressee(&event(nobody)), Addressee::Company);
        }
        let finished = Event { signal: Box::new(Signal::TaskFinished { task_id: "a.b *".to_owned() }), ..event("") };
        assert_eq!(registry.addressee(&finished), Addressee::Company);
        registry.set_task(task_key("a.b *"), Some(Task { desk: id(1), made_at: 5 }));
        assert_eq!(registry.addressee(&finished), Addressee::Desk(id(1)), "the end of a task goes to the desk that made it");
        assert_eq!((registry.old_tasks(Timestamp(5)).len(), registry.old_tasks(Timestamp(6))), (0, vec![task_key("a.b *")]));
        registry.set_task(task_key("a.b *"), None);
        assert_eq!(registry.addressee(&finished), Addressee::Company);
    }

    #[test]
    fn g9_of_two_desks_with_one_extension_the_last_made_has_it_until_it_is_revoked() {
        let mut registry = Registry::default();
        registry.set(id(1), record("7001", 10));
        registry.set(id(2), record("7001", 20));
        assert_eq!(registry.of_extension("7001"), Some(&id(2)));
        assert!(registry.has_its_extension(&id(2)) && !registry.has_its_extension(&id(1)));
        registry.set(id(2), DeskRecord { revoked_at: Some(30), ..record("7001", 20) });
        assert_eq!(registry.of_extension("7001"), Some(&id(1)));
        registry.remove(&id(1));
        assert_eq!(registry.of_extension("7001"), None);
        assert_eq!(registry.of_key("U700120"), Some(&id(2)));
    }

    #[test]
    fn an_extension_that_moves_to_another_desk_leaves_the_first_at_once() {
        let mut registry = Registry::default();
        registry.set(id(1), record("7001", 10));
        registry.set(id(1), record("7002", 10));
        assert_eq!((registry.of_extension("7001"), registry.of_extension("7002")), (None, Some(&id(1))));
    }

    #[test]
    fn ten_thousand_desks_are_each_found() {
        let mut registry = Registry::default();
        let id = |number: u32| {
            let mut random = [0; 10];
            random[..4].copy_from_slice(&number.to_be_bytes());
            DeskId::of(random)
        };
        for number in 0..10_000 {
            registry.set(id(number), record(&format!("{}", 100_000 + number), 1));
        }
        assert!((0..10_000).all(|number| registry.of_extension(&format!("{}", 100_000 + number)) == Some(&id(number))));
    }
}
