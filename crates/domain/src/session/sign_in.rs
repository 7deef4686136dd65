//! How far the sign-in to the platform has come.

use std::time::Duration;

use crate::{Backoff, Problem, ProblemCode, SignInView, Timestamp};

#[derive(Debug)]
pub(super) enum SignIn {
    Out,
    Pending { backoff: Backoff },
    In { company: String },
    Failed { problem: Problem, backoff: Backoff, next: Option<(Duration, Timestamp)> },
}

impl SignIn {
    pub fn view(&self) -> SignInView {
        match self {
            Self::Out => SignInView::SignedOut,
            Self::Pending { .. } => SignInView::Pending,
            Self::In { company } => SignInView::SignedIn { company: company.clone() },
            Self::Failed { problem, next, .. } => SignInView::Failed { problem: problem.clone(), next_try_at: next.map(|(_, wall)| wall) },
        }
    }

    /// Nobody is signed in, and no sign-in was begun: a locked key may have forbidden it.
    pub fn is_out(&self) -> bool {
        match self {
            Self::Out => true,
            Self::Failed { problem, .. } => problem.code == ProblemCode::SettingLocked,
            Self::Pending { .. } | Self::In { .. } => false,
        }
    }

    pub fn is_in(&self) -> bool {
        matches!(self, Self::In { .. })
    }
}
