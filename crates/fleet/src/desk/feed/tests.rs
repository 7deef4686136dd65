//! Whatever happens, each event is brought or reported as gone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::{collection::vec, prelude::*};

use super::*;

/// What the stream keeps of the desk, in one answer, and what waits for the caller, and in the client.
const KEPT: usize = 12;
const BATCH: usize = 3;
const ROOM: usize = 2;
const CLIENT: usize = 8;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// So many events are stored, others' events between them.
    Store(u8),
    /// The connection is lost; a new one is made; the desk learns of that.
    Lose,
    Connect,
    Learn,
    /// The server loses so many of the newest events, and gives their numbers again; the gateway begins an epoch and sends the events again.
    LoseTail(u8),
    /// One live event reaches the desk.
    Hear,
    /// One live event goes lost on the way.
    Drop,
    /// The leader says the number of the desk's last event, and a gateway answers, and the desk gets the answer, or not.
    Tell,
    Ask,
    Serve,
    Answer,
    Fail,
    /// All of that without a delay.
    Exchange,
    /// The caller takes so many.
    Take(u8),
    /// The desk is started again from the position that its caller has stored.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (1..4_u8).prop_map(Step::Store),
        1 => (8..20_u8).prop_map(Step::Store),
        2 => Just(Step::Lose),
        6 => Just(Step::Connect),
        12 => Just(Step::Learn),
        1 => (1..4_u8).prop_map(Step::LoseTail),
        30 => Just(Step::Hear),
        1 => Just(Step::Drop),
        1 => Just(Step::Tell),
        15 => Just(Step::Ask),
        15 => Just(Step::Serve),
        15 => Just(Step::Answer),
        1 => Just(Step::Fail),
        20 => Just(Step::Exchange),
        20 => (1..6_u8).prop_map(Step::Take),
        1 => Just(Step::Restart),
    ];
    vec(step, 1..120)
}

/// What the caller has. Events are known by their bodies, since numbers are given again.
#[derive(Clone, Default)]
struct Caller {
    has: BTreeSet<u32>,
    /// So many of the removed events were reported as gone.
    reported: usize,
}

struct World {
    /// The desk's events in the stream.
    stream: VecDeque<(u64, u32)>,
    last: u64,
    epochs: Vec<Position>,
    /// Events that the stream has dropped, in order.
    removed: Vec<u32>,
    bodies: u32,
    is_connected: bool,
    connections_to_learn: u32,
    /// Live events on their way, each with the number before it.
    live: VecDeque<(u64, u64, u32)>,
    /// A live event of this connection has gone lost, so that only the leader's state can tell the desk of it.
    is_lossy: bool,
    question: Option<Position>,
    answer: Option<(Batch, usize)>,
    feed: Feed,
    fed: mpsc::Receiver<Fed>,
    /// What each gap that was fed reports.
    gaps: VecDeque<usize>,
    caller: Caller,
    /// What the caller had when it stored its position.
    stored: (Position, Caller),
}

fn stored_event(seq: u64, body: u32) -> StoredEvent {
    StoredEvent { seq, received: 0, body: body.to_string(), ..StoredEvent::default() }
}

fn fed_event(event: StoredEvent) -> FedEvent {
    FedEvent { seq: event.seq, age: None, received: 0, body: event.body, backlog: true, oversize: false }
}

impl World {
    fn new() -> Self {
        let start = Position { epoch: 1, seq: 0 };
        let (tell, fed) = mpsc::channel(ROOM);
        Self {
            stream: VecDeque::new(),
            last: 0,
            epochs: vec![start],
            removed: Vec::new(),
            bodies: 0,
            is_connected: false,
            connections_to_learn: 0,
            live: VecDeque::new(),
            is_lossy: false,
            question: None,
            answer: None,
            feed: Feed::new(start, tell),
            fed,
            gaps: VecDeque::new(),
            caller: Caller::default(),
            stored: (start, Caller::default()),
        }
    }

    fn epoch(&self) -> u64 {
        self.epochs.last().unwrap().epoch
    }

    fn store(&mut self, body: u32) {
        self.last += 1 + u64::from(body % 3);
        let before = self.stream.back().map_or(0, |(seq, _)| *seq);
        self.stream.push_back((self.last, body));
        if self.stream.len() > KEPT {
            self.removed.extend(self.stream.pop_front().map(|(_, body)| body));
        }
        match self.is_connected {
            true if self.live.len() < CLIENT => self.live.push_back((self.last, before, body)),
            true => self.is_lossy = true,
            false => {}
        }
    }

    /// As the gateway answers; see `Hub::since`.
    fn since(&self, from: Position) -> Batch {
        let later = self.epochs.iter().filter(|epoch| epoch.epoch > from.epoch);
        let after = later.map(|epoch| epoch.seq).fold(from.seq, u64::min);
        let kept: Vec<_> = self.stream.iter().filter(|(seq, _)| *seq > after).collect();
        let events: Vec<_> = kept.iter().take(BATCH).map(|(seq, body)| stored_event(*seq, *body)).collect();
        let through = Position { epoch: self.epoch(), seq: events.last().map_or(after, |event| event.seq) };
        let is_there = self.stream.iter().any(|(seq, _)| *seq == after);
        Batch { through, more: kept.len() > events.len(), events, gap: !is_there && 2 * kept.len() >= KEPT }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Store(count) => {
                for _ in 0..count {
                    self.bodies += 1;
                    self.store(self.bodies);
                }
            }
            Step::Lose => self.is_connected = false,
            Step::Connect if self.is_connected => {}
            Step::Connect => {
                (self.is_connected, self.is_lossy) = (true, false);
                self.connections_to_learn += 1;
            }
            Step::Learn if self.connections_to_learn > 0 => {
                self.connections_to_learn -= 1;
                (self.question, self.answer) = (None, None);
                self.feed.connected();
            }
            Step::LoseTail(count) => {
                self.is_connected = false;
                let lost = self.stream.split_off(self.stream.len().saturating_sub(usize::from(count)));
                self.last = self.stream.back().map_or(0, |(seq, _)| *seq);
                self.epochs.push(Position { epoch: self.epoch() + 1, seq: self.last });
                lost.into_iter().for_each(|(_, body)| self.store(body));
            }
            Step::Hear => {
                if let Some((seq, before, body)) = self.live.pop_front() {
                    self.feed.heard(fed_event(stored_event(seq, body)), before);
                }
            }
            Step::Drop => self.is_lossy |= self.live.pop_front().is_some(),
            Step::Tell => {
                self.feed.last_is(Position { epoch: self.epoch(), seq: self.stream.back().map_or(0, |(seq, _)| *seq) });
            }
            Step::Ask if self.question.is_none() && self.answer.is_none() && self.feed.must_ask() => {
                self.feed.asked();
                self.question = Some(self.feed.position());
            }
            Step::Serve => {
                if let Some(from) = self.question.take() {
                    self.answer = Some((self.since(from), self.removed.len()));
                }
            }
            Step::Answer => {
                if let Some((batch, removed)) = self.answer.take() {
                    // What came before it.
                    while !self.live.is_empty() {
                        self.step(Step::Hear);
                    }
                    self.gaps.extend(batch.gap.then_some(removed));
                    self.feed.answered(batch, fed_event);
                }
            }
            Step::Fail => {
                if self.question.take().is_some() || self.answer.take().is_some() {
                    self.feed.check();
                }
            }
            Step::Exchange => [Step::Learn, Step::Ask, Step::Serve, Step::Answer].into_iter().for_each(|step| self.step(step)),
            Step::Take(count) => {
                for _ in 0..count {
                    self.take();
                }
            }
            Step::Restart => {
                let (position, caller) = self.stored.clone();
                let (tell, fed) = mpsc::channel(ROOM);
                (self.feed, self.fed, self.caller) = (Feed::new(position, tell), fed, caller);
                (self.question, self.answer, self.is_connected, self.connections_to_learn) = (None, None, false, 0);
                (self.live, self.gaps) = (VecDeque::new(), VecDeque::new());
            }
            Step::Learn | Step::Ask => {}
        }
    }

    /// The caller takes one; whether there was one.
    fn take(&mut self) -> bool {
        let Ok(fed) = self.fed.try_recv() else { return false };
        self.feed.bring();
        match fed {
            Fed::Event(event) => drop(self.caller.has.insert(event.body.parse().unwrap())),
            Fed::Gap => self.caller.reported = self.gaps.pop_front().unwrap(),
            Fed::Position(position) => {
                if position.epoch == self.epoch() {
                    let passed = self.stream.iter().filter(|(seq, _)| *seq <= position.seq);
                    let missing: BTreeMap<_, _> = passed.filter(|(_, body)| !self.caller.has.contains(body)).copied().collect();
                    assert!(missing.is_empty(), "{position:?} is beyond {missing:?}, which were not brought");
                }
                self.stored = (position, self.caller.clone());
            }
            Fed::Enrolled(_) => {}
        }
        true
    }

    /// All works, and the caller takes everything.
    fn settle(&mut self) {
        self.step(Step::Connect);
        let mut rounds = 0;
        while rounds < 2 || self.feed.must_ask() || self.feed.is_behind() || !self.live.is_empty() {
            rounds += 1;
            assert!(rounds < 1000, "it comes to no end");
            if self.is_lossy {
                self.step(Step::Tell);
            }
            for step in [Step::Hear, Step::Exchange] {
                self.step(step);
                while self.take() {}
            }
        }
        let missing: Vec<_> = self.stream.iter().filter(|(_, body)| !self.caller.has.contains(body)).collect();
        assert!(missing.is_empty(), "not brought: {missing:?}");
        let silent: Vec<_> = self.removed.iter().skip(self.caller.reported).filter(|body| !self.caller.has.contains(body)).collect();
        assert!(silent.is_empty(), "gone, and not reported: {silent:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]
    #[test]
    fn each_event_is_brought_or_reported_as_gone_whatever_happens(steps in steps()) {
        let mut world = World::new();
        steps.into_iter().for_each(|step| world.step(step));
        world.settle();
    }
}
