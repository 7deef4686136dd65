//! What is never undone in a record. NATS can lose its stores, and the gateway that fills them first may have an old copy. Nothing tells which
//! of two copies is the later one, but what was revoked or used up in one of them stays so, and an epoch that has begun.

use std::collections::{HashMap, hash_map::Entry};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    DeskRecord,
    epochs::Epochs,
    registry::{CodeRecord, DESK, EPOCHS, REVOCATIONS},
};
use crate::jwt::Revocations;

/// The record with what is never undone of its copy. None: it has all of that, or one of the two cannot be read. `now`: milliseconds since 1970.
pub(super) fn with_lasting(key: &str, record: &[u8], copy: &[u8], now: i64) -> Option<String> {
    if key == REVOCATIONS {
        return merged(record, copy, |record: &mut Revocations, copy: Revocations| record.add(copy, now));
    }
    if key == EPOCHS {
        return merged(record, copy, Epochs::add);
    }
    match key.split('.').next() {
        Some("desk") => merged(record, copy, DeskRecord::add),
        Some("code") => merged(record, copy, |record: &mut CodeRecord, copy: CodeRecord| {
            record.used_by = record.used_by.take().or(copy.used_by);
        }),
        _ => None,
    }
}

impl DeskRecord {
    fn add(&mut self, copy: Self) {
        self.revoked_at = self.revoked_at.or(copy.revoked_at);
        self.token_until = self.token_until.max(copy.token_until);
    }
}

/// The revoked desks of records and their copies, of each its key and when its last token expires. The names are those of the records.
pub(super) fn revoked_desks<'a>(records: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<(String, i64)> {
    let mut desks = HashMap::<&str, DeskRecord>::new();
    for (name, json) in records {
        let Some(Ok(record)) = name.starts_with(DESK).then(|| serde_json::from_slice::<DeskRecord>(json)) else { continue };
        match desks.entry(name) {
            Entry::Occupied(known) => known.into_mut().add(record),
            Entry::Vacant(place) => drop(place.insert(record)),
        }
    }
    desks.into_values().filter(|desk| desk.revoked_at.is_some()).map(|desk| (desk.key, desk.token_until)).collect()
}

fn merged<T: Clone + PartialEq + Serialize + DeserializeOwned>(
    record: &[u8],
    copy: &[u8],
    merge: impl FnOnce(&mut T, T),
) -> Option<String> {
    let before: T = serde_json::from_slice(record).ok()?;
    let mut after = before.clone();
    merge(&mut after, serde_json::from_slice(copy).ok()?);
    (after != before).then(|| serde_json::to_string(&after).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_900_000_000_000;

    fn lasting(key: &str, record: &str, copy: &str) -> Option<serde_json::Value> {
        with_lasting(key, record.as_bytes(), copy.as_bytes(), NOW).map(|json| serde_json::from_str(&json).unwrap())
    }

    #[test]
    fn g21_what_was_revoked_or_used_up_in_a_copy_stays_so_and_the_rest_is_the_records() {
        let (old, revoked) =
            (r#"{"extension":"7002","key":"U","token_until":5}"#, r#"{"extension":"7001","key":"U","token_until":9,"revoked_at":8}"#);
        let desk = lasting("desk.a", old, revoked).unwrap();
        assert_eq!((&desk["extension"], &desk["token_until"], &desk["revoked_at"]), (&"7002".into(), &9.into(), &8.into()));
        assert_eq!(lasting("desk.a", revoked, old), None);
        let used = r#"{"extension":"7001","until":5,"used_by":["U","aaaaaaaaaaaaaaaa"]}"#;
        assert_eq!(lasting("code.a", r#"{"extension":"7001","until":5}"#, used).unwrap()["used_by"][0], "U");
        assert_eq!(lasting("code.a", used, r#"{"extension":"7001","until":5}"#), None);
        let later = NOW / 1000 + 9;
        let revocations = format!(r#"{{"U":{{"at":{later},"until":{later}}},"EXPIRED":{{"at":1,"until":1}}}}"#);
        let added = lasting(REVOCATIONS, r#"{"V":{"at":3,"until":3}}"#, &revocations).unwrap();
        assert_eq!((&added["U"]["until"], &added["V"]["until"], added.get("EXPIRED")), (&later.into(), &3.into(), None));
        assert_eq!(lasting(REVOCATIONS, &revocations, r#"{"EXPIRED":{"at":2,"until":2}}"#), None);
        let (first, both) = (r#"[{"epoch":1,"seq":0}]"#, r#"[{"epoch":1,"seq":0},{"epoch":2,"seq":80}]"#);
        assert_eq!(lasting(EPOCHS, first, both), Some(serde_json::from_str(both).unwrap()));
        assert_eq!(lasting(EPOCHS, both, first), None);
        for (key, record, copy) in [("task.a", "{}", revoked), ("desk.a", "", revoked), ("desk.a", old, "[]")] {
            assert_eq!(lasting(key, record, copy), None, "{key}: {record}");
        }
    }
}
