//! The wallboard: the queues' agents by state, and today's calls of the dialler. Its age is that of the oldest reading that it shows, so
//! that a board that stands still can be seen.

use std::collections::BTreeSet;

use ringside_domain::{Account, BoardQueue, DialledToday, Phone, QueueName, QueueRead, SeatState, WallboardView};

use crate::{Floor, readings::Reading, why::count};

impl Floor {
    pub(crate) fn took_today(&mut self, account: &Account, today: DialledToday) {
        if self.last_account.as_ref() == Some(account) {
            self.today = today;
        }
    }

    /// `names`: the queues of the board; none: all.
    pub(crate) fn wallboard_view(&self, names: &[QueueName]) -> WallboardView {
        let named: BTreeSet<&QueueName> = names.iter().collect();
        let listed = self.queues.all().iter().filter(|read| named.is_empty() || named.contains(&read.name));
        let queues: Vec<BoardQueue> = listed.map(|read| self.board_queue(read)).collect();
        let oldest = queues.iter().filter_map(|queue| queue.read_at).min();
        WallboardView {
            answered: self.today.answered,
            reached: self.today.reached,
            abandoned: self.today.abandoned,
            longest_wait_seconds: self.today.longest_wait_seconds,
            hours: self.today.hours.clone(),
            read_at: oldest,
            dialled_until: self.dialled.until(),
            every_ms: u32::try_from(self.board_interval().as_millis()).unwrap_or(u32::MAX),
            problem: self.queues.reading().problem().or_else(|| queues.iter().find_map(|queue| queue.problem.clone())),
            queues,
        }
    }

    fn board_queue(&self, read: &QueueRead) -> BoardQueue {
        let agents = self.queues.agents(&read.name).map_or(&[][..], |known| known.all());
        let reading = self.queues.agents_reading(&read.name);
        let of = |state: SeatState| count(agents, |agent| agent.state == state);
        let idle = of(SeatState::Waiting);
        let (ringing, talking, busy) = (of(SeatState::Receiving), of(SeatState::Talking), of(SeatState::Paused));
        BoardQueue {
            name: read.name.clone(),
            remark: read.settings.remark.clone(),
            idle,
            ringing,
            talking,
            busy,
            other: count(agents, |_| true) - idle - ringing - talking - busy,
            not_registered: count(agents, |agent| agent.phone == Phone::NotRegistered),
            on_break: self.breaks.has(self.desk.account(), &read.name),
            read_at: reading.and_then(Reading::read_at),
            problem: reading.and_then(Reading::problem),
        }
    }
}
