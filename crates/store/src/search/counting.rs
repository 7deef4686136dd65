//! Counting calls in stretches of time, so that a list can be scrolled to any day.

use ringside_domain::{Filter, Timestamp};
use rusqlite::Connection;

use super::{
    Key, block,
    page::{OnceKeys, Walk, within},
};

/// How many calls of the filter began between each boundary and the next: one number fewer than `boundaries`, which must ascend.
pub(crate) fn counts(db: &Connection, filter: &Filter, boundaries: &[Timestamp]) -> rusqlite::Result<Vec<u64>> {
    let snapshot = db.unchecked_transaction()?;
    let walk = Walk::new(&snapshot, filter)?;
    let stretches: Vec<(Key, Key)> = boundaries
        .windows(2)
        .map(|pair| {
            let from = filter.from.map_or(pair[0], |from| from.max(pair[0]));
            let to = filter.to.map_or(pair[1], |to| to.min(pair[1]));
            ((from.0, i64::MIN), block::before((to.0, i64::MIN)))
        })
        .collect();
    let mut counts: Vec<u64> = stretches.iter().map(|stretch| within(&walk.waiting, *stretch).len() as u64).collect();
    for (place, block) in walk.map.blocks.iter().enumerate() {
        let (first, last) = walk.map.range(place);
        let touched = || stretches.iter().zip(0..).filter(|((from, to), _)| *from <= last && *to >= first);
        if touched().next().is_none() {
            continue;
        }
        let mut keys = OnceKeys::default();
        let bits = walk.candidates(place, &mut keys)?;
        if bits.is_empty() {
            continue;
        }
        for ((from, to), number) in touched() {
            if walk.query.exact && *from <= first && *to >= last {
                counts[number] += bits.count() as u64;
                continue;
            }
            let keys = keys.of(&snapshot, block)?;
            let (start, end) = (keys.below(*from), keys.below(block::after(*to)));
            if walk.query.exact {
                counts[number] += bits.slots(start..end).count() as u64;
                continue;
            }
            for slot in bits.slots(start..end) {
                counts[number] += u64::from(walk.confirms(keys.at(slot))?);
            }
        }
    }
    Ok(counts)
}
