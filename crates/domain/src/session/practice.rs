//! Practice with the embedded platform: an exercise, and its result.

use super::Session;
use crate::{Exercise, Label, Now, PracticeView, StateTime, Timestamp};

#[derive(Debug)]
pub(super) struct Practice {
    exercise: Exercise,
    began: Timestamp,
    ended: Option<Timestamp>,
    answered: u32,
    missed: u32,
    /// The time in each state, without the present one.
    states: Vec<StateTime>,
    /// The present state, and since when it holds within the exercise.
    current: (Label, Timestamp),
}

impl Practice {
    fn new(exercise: Exercise, label: Label, now: Now) -> Self {
        Self { exercise, began: now.wall, ended: None, answered: 0, missed: 0, states: Vec::new(), current: (label, now.wall) }
    }

    pub fn call_ended(&mut self, answered: bool) {
        if self.ended.is_none() {
            *if answered { &mut self.answered } else { &mut self.missed } += 1;
        }
    }

    pub fn label_changed(&mut self, label: Label, now: Now) {
        if self.ended.is_none() {
            self.close_state(now);
            self.current = (label, now.wall);
        }
    }

    fn end(&mut self, now: Now) {
        if self.ended.is_none() {
            self.close_state(now);
            self.ended = Some(now.wall);
        }
    }

    fn close_state(&mut self, now: Now) {
        let (label, since) = self.current;
        let seconds = u32::try_from(now.wall.since(since).as_secs()).unwrap_or(u32::MAX);
        match self.states.iter_mut().find(|state| state.label == label) {
            Some(state) => {
                state.seconds = state.seconds.saturating_add(seconds);
                state.times += 1;
            }
            None => self.states.push(StateTime { label, seconds, times: 1 }),
        }
    }

    pub fn view(&self) -> PracticeView {
        PracticeView {
            exercise: self.exercise,
            began_at: self.began,
            ended_at: self.ended,
            answered: self.answered,
            missed: self.missed,
            states: self.states.clone(),
        }
    }
}

impl Session {
    /// Begins an exercise, or ends the present one; its result stands until the next one begins. Only the demo has exercises.
    pub(super) fn practise(&mut self, exercise: Option<Exercise>, now: Now) {
        match (exercise, &mut self.practice) {
            _ if !self.demo => {}
            (Some(exercise), _) => self.practice = Some(Practice::new(exercise, self.label.0, now)),
            (None, Some(practice)) if practice.ended.is_none() => practice.end(now),
            (None, _) => self.practice = None,
        }
    }
}
