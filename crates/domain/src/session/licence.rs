//! Services of the platform that the account has no licence for (`ret` 603): each is reported, and the others go on.

use std::collections::BTreeSet;

use super::{Purpose, Session};
use crate::{Part, Problem, ProblemCode};

/// If so many parts are refused with no other answer between them, the account has no licence for anything.
const ALL: usize = 3;

#[derive(Debug, Default)]
pub(super) struct Licence {
    refused: BTreeSet<Part>,
    /// The parts refused since the last other answer.
    in_a_row: BTreeSet<Part>,
}

impl Licence {
    pub fn is_of_nothing(&self) -> bool {
        self.in_a_row.len() >= ALL
    }

    pub fn view(&self) -> Vec<Part> {
        self.refused.iter().copied().collect()
    }
}

impl Purpose {
    fn part(&self) -> Option<Part> {
        Some(match self {
            Self::QueueList => Part::QueueList,
            Self::Join(_) => Part::Joining,
            Self::Wish { .. } => Part::Wish,
            Self::Phone => Part::Phone,
            Self::Seats(_) => Part::Seats,
            Self::Records => Part::Records,
            Self::Link(_) => Part::Recordings,
            Self::CallBack | Self::EndTask => Part::CallingBack,
            Self::Enrol | Self::SignIn | Self::Owed(_) | Self::KeepAccesskey | Self::Archive | Self::TestRing | Self::Floor(_) => {
                return None;
            }
        })
    }
}

impl Session {
    pub(super) fn licence_answered(&mut self, purpose: &Purpose, problem: Option<&Problem>) {
        let Some(part) = purpose.part() else { return };
        if problem.is_some_and(|problem| problem.code == ProblemCode::ModuleNotLicensed) {
            self.licence.refused.insert(part);
            self.licence.in_a_row.insert(part);
        } else if problem.is_none_or(|problem| problem.number.is_some()) {
            self.licence.in_a_row.clear();
            if problem.is_none() {
                self.licence.refused.remove(&part);
            }
        }
    }
}
