//! How a test drives the world.

use std::{collections::BTreeSet, time::Duration};

use ringside_domain::*;
use ringside_floor::{Errand, Input};

use crate::world::*;

impl World {
    /// Stages an import and makes a campaign of it.
    pub fn start_with(&mut self, import: u64, phones: Vec<String>, plan: CampaignPlan) {
        self.store.imports.insert(import, phones);
        self.intent(FloorIntent::Start { import, plan });
    }

    pub fn start(&mut self, phones: Vec<String>) {
        self.start_with(1, phones, plan());
    }

    pub fn turn(&mut self, index: usize) {
        let (id, _) = self.wanted.remove(index);
        self.turned.insert(id);
        self.apply(Input::Turn(id));
    }

    pub fn commit(&mut self, index: usize) {
        let (id, changes) = self.storing.remove(index);
        let outcome = if self.store_fails { Err(Problem::new(ProblemCode::StoreFull, "", true)) } else { Ok(self.store.apply(&changes)) };
        self.apply(Input::Stored { id, outcome });
    }

    /// The platform carries out a request; the floor has no answer yet.
    pub fn carry_out(&mut self, index: usize) {
        let asked = &mut self.asked[index];
        if asked.done.is_none() {
            asked.done = Some(match &asked.errand {
                Errand::Plain(FloorRequest::SetTask { .. }) if self.refuse_sets => Err(refused(1003)),
                Errand::Plain(request) => self.platform.carry_out(request),
                Errand::SendPart { task_id, .. } => self.platform.send(task_id.clone(), &asked.phones),
            });
        }
    }

    /// The floor gets this answer.
    pub fn reply(&mut self, index: usize, outcome: Result<FloorAnswer, Problem>) {
        let asked = self.asked.remove(index);
        match (&asked.errand, &outcome) {
            // After a minute the floor counts the request as lost.
            (Errand::Plain(FloorRequest::SetSeat { seat, .. }), _) if self.now.mono < asked.at + 60 * SECOND => {
                self.ordered.insert(seat.extension.clone(), self.now.mono);
            }
            (Errand::Plain(FloorRequest::ReadSeats { .. }), Ok(_)) => self.agents_asked = self.agents_asked.max(asked.at),
            (Errand::Plain(FloorRequest::SetTask { task_id, state }), Ok(_)) => {
                // The end is final.
                let said = self.said.entry(task_id.clone()).or_insert(*state);
                *said = if *said == Running::Over { Running::Over } else { *state };
            }
            (Errand::SendPart { task_id: None, .. }, Ok(FloorAnswer::Sent { task_id: Some(task_id), .. })) => {
                self.said.insert(task_id.clone(), Running::Open);
            }
            (
                Errand::Plain(FloorRequest::SetTask { task_id, .. } | FloorRequest::RemoveNumbers { task_id, .. })
                | Errand::SendPart { task_id: Some(task_id), .. },
                Err(problem),
            ) if matches!(problem.number, Some(1024 | 1028)) => drop(self.said.insert(task_id.clone(), Running::Over)),
            _ => {}
        }
        self.apply(Input::Answered { id: asked.id, outcome: Box::new(outcome) });
    }

    /// The platform carries out the request and answers.
    pub fn answer(&mut self, index: usize) {
        self.carry_out(index);
        let done = self.asked[index].done.clone().unwrap();
        self.reply(index, done);
    }

    pub fn finish_task(&mut self, task_id: &str) {
        self.platform.tasks.get_mut(task_id).unwrap().state = Running::Over;
        self.said.insert(task_id.into(), Running::Over);
        self.apply(Input::TaskFinished { task_id: task_id.into() });
    }

    /// The index of the first request that has no answer and is of this kind.
    pub fn find(&self, is: impl Fn(&Errand) -> bool) -> usize {
        self.asked.iter().position(|asked| is(&asked.errand)).unwrap_or_else(|| panic!("not asked; asked is {:?}", self.asked))
    }

    pub fn commit_all(&mut self) {
        while !self.storing.is_empty() {
            self.commit(0);
        }
    }

    /// Each transaction that waits now is committed, or fails, once.
    pub fn commit_once(&mut self) {
        for _ in 0..self.storing.len() {
            self.commit(0);
        }
    }

    pub fn give_turns(&mut self) {
        while !self.wanted.is_empty() {
            self.turn(0);
        }
    }

    /// Turns and commits, until requests wait for their answers.
    pub fn run_to_requests(&mut self) {
        while !(self.storing.is_empty() && self.wanted.is_empty() && self.finds.is_empty()) {
            self.commit_all();
            self.take_found();
            self.give_turns();
        }
    }

    /// Everything that can go on without time goes on.
    pub fn settle(&mut self) {
        for _ in 0..10_000 {
            self.run_to_requests();
            self.take_counts();
            if self.asked.is_empty() {
                return;
            }
            self.answer(0);
        }
        panic!("it goes on for ever");
    }

    /// The store finds the numbers that the floor waits for, or fails.
    pub fn take_found(&mut self) {
        for (campaign, sought) in std::mem::take(&mut self.finds) {
            let outcome = if self.store_fails { Err(unknown()) } else { Ok(self.store.find(campaign, &sought)) };
            self.apply(Input::NumbersFound { campaign, outcome });
        }
    }

    pub fn take_counts(&mut self) {
        let counted: BTreeSet<CampaignId> = self.counted.drain(..).collect();
        if !counted.is_empty() {
            let counts = counted.into_iter().map(|id| (id, self.store.counts(id))).collect();
            self.apply(Input::Counted(counts));
        }
    }

    /// Time passes; at each deadline the floor is called, and everything that can go on goes on.
    pub fn pass(&mut self, span: Duration) {
        self.settle();
        let end = self.now.mono + span;
        let mut ticks = 0u64;
        while let Some(at) = self.floor.next_deadline().filter(|at| *at <= end) {
            self.pass_time(at.saturating_sub(self.now.mono));
            self.apply(Input::Tick);
            self.settle();
            ticks += 1;
            assert!(ticks < 50 + span.as_secs() * 20, "the floor is called all the time");
        }
        self.pass_time(end.saturating_sub(self.now.mono));
    }
}
