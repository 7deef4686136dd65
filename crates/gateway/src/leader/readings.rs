//! The readings of the company, and what each desk is told of them.

use std::collections::{BTreeMap, HashMap};

use ringside_domain::{Others, Phone, PhoneReading, Seat, SeatState, Timestamp};
use ringside_fleet::words::{PhoneRead, QueueRead, Seat as SeatWord};
use ringside_platform::QueueMember;

/// One queue, as read at one moment.
#[derive(Clone, Debug)]
struct Queue {
    asked_at: Timestamp,
    /// By extension; rows that name no extension are under their names (P12).
    seats: HashMap<String, Seat>,
    unnamed: Vec<Seat>,
    all: Others,
}

#[derive(Debug, Default)]
pub struct Readings {
    queues: BTreeMap<String, Queue>,
    phones: HashMap<String, (Timestamp, PhoneReading)>,
}

impl Readings {
    /// All seats of all queues. `known`: the company's queues, since a queue without agents has no row.
    pub fn seats_read(&mut self, members: Vec<QueueMember>, known: &[String], asked_at: Timestamp) {
        let empty = || Queue { asked_at, seats: HashMap::new(), unnamed: Vec::new(), all: Others::default() };
        let mut queues: BTreeMap<String, Queue> = known.iter().map(|name| (name.clone(), empty())).collect();
        // A queue that had agents stays known until the list of queues says otherwise.
        queues.extend(self.queues.keys().map(|name| (name.clone(), empty())));
        if !known.is_empty() {
            queues.retain(|name, _| known.contains(name));
        }
        for member in members {
            let queue = queues.entry(member.queue.0).or_insert_with(empty);
            count(&mut queue.all, &member.seat, true);
            if member.seat.extension.0.is_empty() {
                queue.unnamed.push(member.seat);
            } else {
                queue.seats.insert(member.seat.extension.0.clone(), member.seat);
            }
        }
        self.queues = queues;
    }

    pub fn phone_read(&mut self, extension: String, reading: PhoneReading, asked_at: Timestamp) {
        self.phones.insert(extension, (asked_at, reading));
    }

    /// The extensions of agents who ring or talk, each once.
    pub fn in_call(&self) -> Vec<String> {
        let is_in_call = |seat: &&Seat| matches!(seat.state, SeatState::Receiving | SeatState::Talking);
        let mut extensions: Vec<String> =
            self.queues.values().flat_map(|queue| queue.seats.values()).filter(is_in_call).map(|seat| seat.extension.0.clone()).collect();
        extensions.sort_unstable();
        extensions.dedup();
        extensions
    }

    /// What the desk of this extension is told.
    pub fn of(&self, extension: &str) -> (Vec<QueueRead>, Option<PhoneRead>) {
        let queues = self.queues.iter().map(|(name, queue)| {
            let row = queue.seats.get(extension).or_else(|| queue.unnamed.iter().find(|seat| is_named_after(&seat.name, extension)));
            let mut others = queue.all;
            if let Some(row) = row {
                count(&mut others, row, false);
            }
            QueueRead {
                queue: name.clone(),
                asked_at: queue.asked_at.0,
                seat: row.map(|row| SeatWord::from(row.clone())),
                others: others.into(),
            }
        });
        let phone = self.phones.get(extension);
        let phone = phone.map(|(asked_at, reading)| PhoneRead { asked_at: asked_at.0, row: reading.clone().into() });
        (queues.collect(), phone)
    }
}

/// The row's name begins with the extension, or with the agent and the extension: `extension_agent_queue`, `agent_extension_queue` (P12).
fn is_named_after(name: &str, extension: &str) -> bool {
    !extension.is_empty() && name.split('_').take(2).any(|word| word == extension)
}

/// Adds the row to the counts by state, or takes it from them.
fn count(counts: &mut Others, row: &Seat, add: bool) {
    let count = match (row.phone, row.state) {
        (Phone::NotRegistered | Phone::Disabled | Phone::NotFound, _) | (_, SeatState::Other(_)) => &mut counts.away,
        (_, SeatState::Receiving) => &mut counts.ringing,
        (_, SeatState::Talking) => &mut counts.talking,
        (_, SeatState::Paused) => &mut counts.busy,
        (_, SeatState::Waiting | SeatState::DidNotAnswer | SeatState::Rejected) => &mut counts.available,
    };
    *count = if add { *count + 1 } else { count.saturating_sub(1) };
}

#[cfg(test)]
mod tests {
    use ringside_domain::{Extension, QueueName};

    use super::*;

    fn member(queue: &str, extension: &str, state: SeatState) -> QueueMember {
        let seat = Seat { extension: Extension(extension.to_owned()), state, ..SeatWord::default().into() };
        QueueMember { queue: QueueName(queue.to_owned()), seat_name: String::new(), seat, assigned_at: None, other_calls: 0 }
    }

    fn told(readings: &Readings, extension: &str) -> Vec<(String, bool, [u32; 5])> {
        let queues = readings.of(extension).0.into_iter();
        queues
            .map(|read| {
                let Others { available, ringing, talking, busy, away } = read.others.into();
                (read.queue, read.seat.is_some(), [available, ringing, talking, busy, away])
            })
            .collect()
    }

    #[test]
    fn each_desk_sees_its_own_seat_and_counts_of_the_others_only() {
        let mut readings = Readings::default();
        let members = vec![
            member("a", "7001", SeatState::Waiting),
            member("a", "7002", SeatState::Paused),
            member("a", "7003", SeatState::Talking),
            member("b", "7003", SeatState::Receiving),
        ];
        readings.seats_read(members, &["a".into(), "b".into(), "c".into()], Timestamp(5));
        let row = |name: &str, seat, counts| (name.to_owned(), seat, counts);
        assert_eq!(told(&readings, "7001"), [row("a", true, [0, 0, 1, 1, 0]), row("b", false, [0, 1, 0, 0, 0]), row("c", false, [0; 5])]);
        assert_eq!(told(&readings, "7003")[0], row("a", true, [1, 0, 0, 1, 0]));
        assert_eq!(told(&readings, "9")[0], row("a", false, [1, 0, 1, 1, 0]));
        assert_eq!(readings.in_call(), ["7003"]);
        assert!(readings.of("7001").0.iter().all(|read| read.asked_at == 5));
    }

    #[test]
    fn a_queue_that_all_have_left_is_read_as_empty() {
        let mut readings = Readings::default();
        readings.seats_read(vec![member("a", "7001", SeatState::Waiting)], &[], Timestamp(5));
        readings.seats_read(Vec::new(), &[], Timestamp(9));
        assert_eq!(told(&readings, "7001"), [("a".to_owned(), false, [0; 5])]);
        assert_eq!(readings.of("7001").0[0].asked_at, 9);
        readings.seats_read(Vec::new(), &["b".into()], Timestamp(9));
        assert_eq!(told(&readings, "7001"), [("b".to_owned(), false, [0; 5])], "the list of queues decides");
    }

    #[test]
    fn fs19_a_row_without_an_extension_is_recognised_by_its_name() {
        let mut readings = Readings::default();
        let mut row = member("a", "", SeatState::Waiting);
        row.seat.name = "7001_10_a".to_owned();
        readings.seats_read(vec![row], &[], Timestamp(5));
        assert_eq!(told(&readings, "7001"), [("a".to_owned(), true, [0; 5])]);
        assert_eq!(told(&readings, "700"), [("a".to_owned(), false, [1, 0, 0, 0, 0])]);
    }
}
