//! The present break: when it began and how near its limit is. It is kept over a restart, as long as the platform says busy.

use std::{collections::HashSet, time::Duration};

use super::Session;
use crate::{BreakReason, BreakStage, BreakView, Effect, Label, Now, OnBreak, Timestamp};

/// The end of a break is announced this long before its limit; in a short break, after half of it.
const SOON: Duration = Duration::from_secs(120);
const REASONS_SHOWN: usize = 12;

pub(super) fn shown(reasons: Vec<BreakReason>) -> Vec<BreakReason> {
    let mut names = HashSet::new();
    reasons.into_iter().filter(|reason| names.insert(reason.name.clone())).take(REASONS_SHOWN).collect()
}

impl Session {
    /// The break's limit, and when the limit is announced.
    fn break_limit(&self, on_break: &OnBreak) -> Option<(Timestamp, Timestamp)> {
        let reason = self.breaks.iter().find(|reason| reason.name == on_break.reason)?;
        let limit = reason.limit()?;
        Some((on_break.began_at.plus(limit), on_break.began_at.plus(limit - SOON.min(limit / 2))))
    }

    pub(super) fn break_view(&self, label: Label, now: Now) -> Option<BreakView> {
        let on_break = self.saved.on_break.as_ref().filter(|_| label == Label::Break)?;
        let limit = self.break_limit(on_break);
        let stage = match limit {
            Some((limit, _)) if now.wall >= limit => BreakStage::Over,
            Some((_, soon)) if now.wall >= soon => BreakStage::EndsSoon,
            _ => BreakStage::Running,
        };
        Some(BreakView { began_at: on_break.began_at, limit_at: limit.map(|(limit, _)| limit), stage })
    }

    pub(super) fn break_deadline(&self) -> Option<Duration> {
        let now = self.last_now;
        let (limit, soon) = self.break_limit(self.saved.on_break.as_ref()?)?;
        [soon, limit].into_iter().find(|at| *at > now.wall).map(|at| now.mono + at.since(now.wall))
    }

    /// A break begins when the platform confirms it, and goes on during a call or while the state is unconfirmed.
    pub(super) fn settle_break(&mut self, now: Now, out: &mut Vec<Effect>) {
        let before = self.saved.on_break.take();
        let reason = self.wish.held_reason();
        let same = before.clone().filter(|on_break| reason.as_ref() == Some(&on_break.reason));
        self.saved.on_break = match (self.label(now), reason) {
            (Label::Break, Some(reason)) => same.or(Some(OnBreak { reason, began_at: now.wall })),
            (Label::Available | Label::Busy, _) => None,
            _ => same,
        };
        if self.saved.on_break != before {
            self.save(out);
        }
    }
}
