//! The life of a token (N8): calls share one login; a token is renewed before it expires, and once if it becomes invalid early.

use std::time::Duration;

use ringside_domain::{Account, Backoff, Timestamp};
use secrecy::SecretString;

use crate::{PlatformError, Retry};

/// The platform ends a token 12 hours after its login; Ringside renews it half an hour earlier.
const LIFE: Duration = Duration::from_secs(11 * 3600 + 1800);
/// If a token becomes invalid sooner than this, another login has ended it.
const EARLY: Duration = Duration::from_secs(3600);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// The pauses between logins that the platform refuses, or that do not help.
const PAUSES: Backoff = Backoff::new(Duration::from_secs(5), LONGEST_PAUSE);
/// After so many logins with a refused accesskey a person must sign in again (A3): more could lock the account.
const MOST_REFUSALS: u32 = 3;

/// A token and the time of its login, to be kept in the vault.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token; every service except Login needs it.
    pub secret: SecretString,
    /// The time at which its login was answered, by this computer's clock.
    pub obtained_at: Timestamp,
}

impl Token {
    /// A token from the future (the clock was set back) counts as valid, so it is tried (A5).
    pub(crate) fn is_old(&self, now: Timestamp) -> bool {
        now.since(self.obtained_at) >= LIFE
    }
}

/// The company, as the login's answer names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignedIn {
    /// The company's name, for display.
    pub company_name: String,
    /// Its code at the platform; callbacks contain it too.
    pub company_code: String,
}

/// The account that is signed in, its token, and the failures of earlier tokens and logins.
#[derive(Debug, Default)]
pub(crate) struct Login {
    pub account: Option<(Account, SecretString)>,
    pub token: Option<Token>,
    /// As the last login named it.
    pub company: SignedIn,
    /// The vault has not got this token yet.
    pub is_new: bool,
    /// Grows with each login. A caller that failed with an older token then knows that a newer one exists.
    pub generation: u64,
    early_deaths: u32,
    not_before: Option<Timestamp>,
    refusals: Option<Refusals>,
    /// Set while logins do not end code 1010.
    changes: Option<Changes>,
}

/// Logins after code 1010 that were answered with 1010 again.
#[derive(Debug)]
struct Changes {
    backoff: Backoff,
    not_before: Timestamp,
}

/// Consecutive logins that the platform refused and that a repetition would not help.
#[derive(Debug)]
struct Refusals {
    backoff: Backoff,
    last: PlatformError,
    not_before: Timestamp,
}

impl Login {
    pub fn renewed(&mut self, token: Token, company: SignedIn) {
        self.token = Some(token);
        self.company = company;
        self.is_new = true;
        self.generation += 1;
        self.refusals = None;
    }

    /// A login failed.
    pub fn refused(&mut self, error: &PlatformError, now: Timestamp) {
        if error.retry() != Retry::Never {
            return;
        }
        let mut backoff = self.refusals.as_ref().map_or(PAUSES, |refusals| refusals.backoff);
        let pause = backoff.failed(None, 1.0);
        self.refusals = Some(Refusals { backoff, last: error.clone(), not_before: now.plus(pause) });
    }

    /// The last refusal, if another login would only be refused again (A3).
    pub fn barred(&self, now: Timestamp) -> Option<PlatformError> {
        let refusals = self.refusals.as_ref()?;
        let for_good = matches!(refusals.last, PlatformError::LoginRefused(_)) && refusals.backoff.failures() >= MOST_REFUSALS;
        (for_good || due(refusals.not_before, now).is_some()).then(|| refusals.last.clone())
    }

    /// The token was refused. If it had lived long enough, the earlier early deaths no longer count.
    pub fn died(&mut self, now: Timestamp, jitter: f64) {
        let Some(token) = self.token.take() else { return };
        if now.since(token.obtained_at) >= EARLY {
            self.early_deaths = 0;
            self.not_before = None;
            return;
        }
        self.early_deaths += 1;
        // The first early death may have any cause, and a login remedies it. From the second on, other logins end our tokens.
        if self.early_deaths >= 2 {
            self.not_before = Some(now.plus(PAUSES.after(self.early_deaths - 2).failed(None, jitter)));
        }
    }

    /// A login after code 1010 did not help: the next one waits, longer each time.
    pub fn change_stays(&mut self, now: Timestamp, jitter: f64) {
        let changes = self.changes.get_or_insert(Changes { backoff: PAUSES, not_before: now });
        changes.not_before = now.plus(changes.backoff.failed(None, jitter));
    }

    /// Whether it is too early for another login after code 1010.
    pub fn awaits_change(&self, now: Timestamp) -> bool {
        self.changes.as_ref().is_some_and(|changes| due(changes.not_before, now).is_some())
    }

    /// A login after code 1010 helped.
    pub fn change_is_known(&mut self) {
        self.changes = None;
    }

    /// How long no login should be tried, because its token would be ended again.
    pub fn pause(&self, now: Timestamp) -> Option<Duration> {
        due(self.not_before?, now)
    }
}

/// The time until `not_before`. None if it is longer than any pause can be: then the clock was set back (A5).
fn due(not_before: Timestamp, now: Timestamp) -> Option<Duration> {
    let pause = not_before.since(now);
    (pause > Duration::ZERO && pause <= LONGEST_PAUSE * 2).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn token(at: Timestamp) -> Token {
        Token { secret: "t".into(), obtained_at: at }
    }

    #[test]
    fn a4_a5_the_age_of_a_token_follows_the_wall_clock() {
        assert!(!token(NOW).is_old(NOW.plus(Duration::from_secs(11 * 3600))));
        assert!(token(NOW).is_old(NOW.plus(Duration::from_secs(12 * 3600))));
        assert!(
            !token(NOW).is_old(NOW.minus(Duration::from_secs(86_400))),
            "the clock was set back: the token is tried, and no burst of logins follows"
        );
    }

    #[test]
    fn a3_a_refused_login_is_tried_three_times_with_pauses() {
        let refusal = PlatformError::LoginRefused("no".to_owned());
        let mut login = Login::default();
        let mut now = NOW;
        let mut tries = 0;
        for _ in 0..1000 {
            if login.barred(now).is_none() {
                tries += 1;
                login.refused(&refusal, now);
            }
            now = now.plus(Duration::from_secs(1));
        }
        assert_eq!((tries, login.barred(now)), (3, Some(refusal)));
        login.renewed(token(now), SignedIn::default());
        assert_eq!(login.barred(now), None);
    }

    /// The provider can remedy these refusals at any time, so logins go on.
    #[test]
    fn a3_refusals_that_the_provider_can_remedy_cause_growing_pauses() {
        let refusal = PlatformError::Refused { code: ringside_wire::Code::from_number(602), message: String::new() };
        let mut login = Login::default();
        let mut now = NOW;
        let mut pauses = Vec::new();
        for _ in 0..10 {
            login.refused(&refusal, now);
            let mut seconds = 0;
            while login.barred(now).is_some() {
                (now, seconds) = (now.plus(Duration::from_secs(1)), seconds + 1);
            }
            pauses.push(seconds);
        }
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
    }

    #[test]
    fn fs7_a_code_1010_that_remains_causes_logins_with_growing_pauses() {
        let mut login = Login::default();
        let (mut now, mut logins) = (NOW, 0);
        for _ in 0..3600 {
            if !login.awaits_change(now) {
                logins += 1;
                login.change_stays(now, 1.0);
            }
            now = now.plus(Duration::from_secs(1));
        }
        assert!((7..=14).contains(&logins), "{logins} logins in an hour");
        login.change_is_known();
        assert!(!login.awaits_change(now));
    }

    #[test]
    fn n8_tokens_that_end_early_again_and_again_cause_growing_pauses() {
        let mut login = Login::default();
        let mut now = NOW;
        let mut pauses = Vec::new();
        for _ in 0..6 {
            login.renewed(token(now), SignedIn::default());
            now = now.plus(Duration::from_secs(10));
            login.died(now, 1.0);
            pauses.push(login.pause(now).unwrap_or_default().as_secs());
        }
        assert_eq!(pauses, [0, 5, 10, 20, 40, 80]);
        login.renewed(token(now), SignedIn::default());
        login.died(now.plus(Duration::from_secs(2 * 3600)), 0.5);
        assert_eq!(login.pause(now.plus(Duration::from_secs(2 * 3600))), None);
    }
}
