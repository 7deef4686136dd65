//! A request that would end the keeping of campaigns' hours and limits is refused once, so that a person reads the reason.

use std::time::Duration;

use ringside_domain::{Account, Intent, Problem, ProblemCode, SettingChange, SignInView, Snapshot};

/// A second request of the same kind within this time is granted.
const AGAIN: Duration = Duration::from_secs(60);

/// A request after which nothing keeps campaigns' hours and limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaving {
    Quit,
    SwitchOff,
    /// The account's token ends, or another account takes its place.
    SignOut(Account),
}

impl Leaving {
    /// What this intent leaves, if anything.
    pub fn of(intent: &Intent, snapshot: &Snapshot) -> Option<Self> {
        let leaves = || (snapshot.sign_in != SignInView::SignedOut).then(|| Self::SignOut(snapshot.account.clone()));
        match intent {
            Intent::ChangeSettings { change: SettingChange::Supervisor(false) } => Some(Self::SwitchOff),
            Intent::SignOut => leaves(),
            Intent::SignIn { account, .. } if *account != snapshot.account => leaves(),
            _ => None,
        }
    }

    /// The account whose campaigns are concerned; None: all.
    pub fn account(&self) -> Option<&Account> {
        if let Self::SignOut(account) = self { Some(account) } else { None }
    }
}

/// The request that was refused last, and when.
#[derive(Debug, Default)]
pub struct LastRefused(Option<(Leaving, Duration)>);

impl LastRefused {
    /// Whether this request may be carried out now. `needed`: a campaign that it concerns needs Ringside.
    ///
    /// # Errors
    /// [`ProblemCode::CampaignsNeedRingside`] for the first such request; a second one of the same kind within a minute is granted.
    pub fn may(&mut self, leaving: Leaving, needed: bool, now: Duration) -> Result<(), Problem> {
        if !needed {
            return Ok(());
        }
        let granted = self.0.as_ref().is_some_and(|(before, at)| *before == leaving && now.saturating_sub(*at) <= AGAIN);
        self.0 = Some((leaving, now));
        if granted { Ok(()) } else { Err(Problem::new(ProblemCode::CampaignsNeedRingside, "", true)) }
    }
}

#[cfg(test)]
mod tests {
    use ringside_domain::{Agent, Now, Session, Start, Timestamp};

    use super::*;

    fn account(appid: &str) -> Account {
        Account { appid: appid.to_owned(), ..Account::default() }
    }

    fn signed_in() -> Snapshot {
        let now = Now { wall: Timestamp(0), mono: Duration::ZERO };
        let mut snapshot = Snapshot::clone(&Session::new(Start::default(), now).0.snapshot());
        snapshot.account = account("one");
        snapshot.sign_in = SignInView::SignedIn { company: String::new() };
        snapshot
    }

    #[test]
    fn what_ends_the_keeping_of_a_campaign_is_recognised() {
        let mut snapshot = signed_in();
        let sign_in = |account| Intent::SignIn { account, agent: Agent::default(), accesskey: None };
        let set = |on| Intent::ChangeSettings { change: SettingChange::Supervisor(on) };
        let out = || Some(Leaving::SignOut(account("one")));
        assert_eq!(Leaving::of(&Intent::SignOut, &snapshot), out());
        assert_eq!(Leaving::of(&sign_in(account("two")), &snapshot), out());
        assert_eq!(Leaving::of(&sign_in(account("one")), &snapshot), None, "the same account goes on");
        assert_eq!(Leaving::of(&set(false), &snapshot), Some(Leaving::SwitchOff));
        assert_eq!(Leaving::of(&set(true), &snapshot), None);
        snapshot.sign_in = SignInView::SignedOut;
        assert_eq!(Leaving::of(&sign_in(account("two")), &snapshot), None, "nothing is kept any more");
    }

    #[test]
    fn only_a_second_request_of_the_same_kind_is_granted_and_only_soon() {
        let mut last = LastRefused::default();
        let mut may = |leaving, at| last.may(leaving, true, Duration::from_secs(at)).is_ok();
        assert!(!may(Leaving::Quit, 100));
        assert!(!may(Leaving::SwitchOff, 101), "another request");
        assert!(may(Leaving::SwitchOff, 161));
        assert!(!may(Leaving::SignOut(account("one")), 162));
        assert!(!may(Leaving::SignOut(account("two")), 163), "another account");
        assert!(!may(Leaving::SignOut(account("two")), 224), "too late");
    }

    #[test]
    fn while_no_campaign_needs_ringside_everything_is_granted_and_nothing_remembered() {
        let mut last = LastRefused::default();
        assert_eq!(last.may(Leaving::Quit, false, Duration::ZERO), Ok(()));
        let refused = last.may(Leaving::Quit, true, Duration::from_secs(1)).unwrap_err();
        assert_eq!((refused.code, refused.retryable), (ProblemCode::CampaignsNeedRingside, true));
    }
}
