//! Which signs are of one call: the one rule of N12.

use std::{collections::HashMap, time::Duration};

use crate::{Call, Direction, Timestamp};

/// Clocks and roundings: times this close count as overlapping.
const SLACK: Duration = Duration::from_secs(2);

/// What a sign says of the call it belongs to.
#[derive(Debug, Default)]
pub(super) struct Sign<'a> {
    pub uuids: [Option<&'a str>; 2],
    pub record_id: Option<&'a str>,
    pub extension: &'a str,
    pub customer_number: &'a str,
    pub direction: Direction,
    pub from: Timestamp,
    /// None: still going on.
    pub to: Option<Timestamp>,
    /// A record may carry an id of its own beside the legs', so ids that differ do not keep it apart.
    pub is_record: bool,
}

/// Whether a sign belongs to this call: any id agrees; else extension, customer and direction agree, the times overlap, and
/// no ids stand against it.
pub(super) fn belongs(sign: &Sign<'_>, call: &Call) -> bool {
    let ids = [call.uuid.as_deref(), call.buuid.as_deref()];
    let known = |id: &&str| ids.contains(&Some(*id));
    if sign.uuids.iter().flatten().any(known) {
        return true;
    }
    if let (Some(a), Some(b)) = (sign.record_id, call.record_id.as_deref()) {
        return a == b;
    }
    let ids_differ = sign.uuids.iter().any(Option::is_some) && ids.iter().any(Option::is_some);
    if ids_differ && !sign.is_record {
        return false;
    }
    call.extension.0 == sign.extension
        && call.customer_number == sign.customer_number
        && !sign.customer_number.is_empty()
        && call.direction == sign.direction
        && overlaps(sign, call)
}

fn overlaps(sign: &Sign<'_>, call: &Call) -> bool {
    let begins_before = |a: Timestamp, b: Option<Timestamp>| b.is_none_or(|b| a <= b.plus(SLACK));
    begins_before(sign.from, call.ended_at) && begins_before(call.started_at, sign.to)
}

/// Many calls, by all that a sign can know them by.
#[derive(Default)]
pub(super) struct Known {
    calls: Vec<Call>,
    by: HashMap<String, Vec<usize>>,
}

impl Known {
    pub fn add(&mut self, call: Call) {
        let place = self.calls.len();
        let ids = [call.uuid.as_ref(), call.buuid.as_ref(), call.record_id.as_ref()].into_iter().flatten();
        for key in ids.chain([&call.customer_number]) {
            self.by.entry(key.clone()).or_default().push(place);
        }
        self.calls.push(call);
    }

    /// The one added last to which the sign belongs.
    pub fn find(&self, sign: &Sign<'_>) -> Option<&Call> {
        let ids = sign.uuids.into_iter().chain([sign.record_id]).flatten();
        let places = ids.chain([sign.customer_number]).filter_map(|key| self.by.get(key)).flatten();
        places
            .max_by_key(|place| (belongs(sign, &self.calls[**place]), **place))
            .map(|place| &self.calls[*place])
            .filter(|call| belongs(sign, call))
    }
}
