//! The life of a token (N8): one login however many calls need it, renewed before it is old, healed once when it died early.

use std::time::Duration;

use ringside_domain::{Account, Backoff, Timestamp};
use secrecy::SecretString;

use crate::{PlatformError, Retry};

/// The platform ends a token 12 hours after its login; ours is renewed a little before.
const LIFE: Duration = Duration::from_secs(11 * 3600 + 1800);
/// A token that dies sooner than this was ended by somebody.
const EARLY: Duration = Duration::from_secs(3600);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// The pauses between logins that the platform refuses or that do not help.
const PAUSES: Backoff = Backoff::new(Duration::from_secs(5), LONGEST_PAUSE);
/// Logins with an accesskey that is refused, before somebody must sign in anew (A3): more could lock the account.
const MOST_REFUSALS: u32 = 3;

/// A token and when it was obtained, to be kept in the vault.
#[derive(Clone, Debug)]
pub struct Token {
    /// What every service is called with.
    pub secret: SecretString,
    /// When its login was answered, by this computer's clock.
    pub obtained_at: Timestamp,
}

impl Token {
    /// A clock that was set back makes a token neither young nor old: it is tried (A5).
    pub(crate) fn is_old(&self, now: Timestamp) -> bool {
        now.since(self.obtained_at) >= LIFE
    }
}

/// What a login says of the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignedIn {
    /// The company's name, for display.
    pub company_name: String,
    /// Its code at the platform; callbacks carry it too.
    pub company_code: String,
}

/// Who is signed in, with what, and how their tokens fared.
#[derive(Debug, Default)]
pub(crate) struct Login {
    pub account: Option<(Account, SecretString)>,
    pub token: Option<Token>,
    /// As the last login named it.
    pub company: SignedIn,
    /// The token is one that nobody has taken for the vault yet.
    pub is_new: bool,
    /// Grows with each login, so that who failed with an older token takes the newer one.
    pub generation: u64,
    early_deaths: u32,
    not_before: Option<Timestamp>,
    refusals: Option<Refusals>,
    /// Logins for code 1010 that did not help.
    changes: Option<Changes>,
}

/// Logins after code 1010 that were answered with 1010 again.
#[derive(Debug)]
struct Changes {
    backoff: Backoff,
    not_before: Timestamp,
}

/// Logins that the platform refused for good, one after the other.
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

    /// A login was not answered with a token.
    pub fn refused(&mut self, error: &PlatformError, now: Timestamp) {
        if error.retry() != Retry::Never {
            return;
        }
        let mut backoff = self.refusals.as_ref().map_or(PAUSES, |refusals| refusals.backoff);
        let pause = backoff.failed(None, 1.0);
        self.refusals = Some(Refusals { backoff, last: error.clone(), not_before: now.plus(pause) });
    }

    /// What stands in for another login that would only be refused again (A3).
    pub fn barred(&self, now: Timestamp) -> Option<PlatformError> {
        let refusals = self.refusals.as_ref()?;
        let for_good = matches!(refusals.last, PlatformError::LoginRefused(_)) && refusals.backoff.failures() >= MOST_REFUSALS;
        (for_good || due(refusals.not_before, now).is_some()).then(|| refusals.last.clone())
    }

    /// A token that lived as long as it should makes the early deaths before it an accident.
    pub fn died(&mut self, now: Timestamp, jitter: f64) {
        let Some(token) = self.token.take() else { return };
        if now.since(token.obtained_at) >= EARLY {
            self.early_deaths = 0;
            self.not_before = None;
            return;
        }
        self.early_deaths += 1;
        // The first early death may have any cause, and a login heals it; from the second on somebody takes it.
        if self.early_deaths >= 2 {
            self.not_before = Some(now.plus(PAUSES.after(self.early_deaths - 2).failed(None, jitter)));
        }
    }

    /// A login for code 1010 was of no use: the next one waits, longer each time.
    pub fn change_stays(&mut self, now: Timestamp, jitter: f64) {
        let changes = self.changes.get_or_insert(Changes { backoff: PAUSES, not_before: now });
        changes.not_before = now.plus(changes.backoff.failed(None, jitter));
    }

    /// No use in another login for code 1010 yet.
    pub fn awaits_change(&self, now: Timestamp) -> bool {
        self.changes.as_ref().is_some_and(|changes| due(changes.not_before, now).is_some())
    }

    /// A login for code 1010 helped.
    pub fn change_is_known(&mut self) {
        self.changes = None;
    }

    /// How long no login should be tried, because another would only be taken again.
    pub fn pause(&self, now: Timestamp) -> Option<Duration> {
        due(self.not_before?, now)
    }
}

/// How long until then; a clock that was set back must not make it longer than a pause can be (A5).
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
    fn a4_a5_age_is_read_from_the_wall() {
        assert!(!token(NOW).is_old(NOW.plus(Duration::from_secs(11 * 3600))));
        assert!(token(NOW).is_old(NOW.plus(Duration::from_secs(12 * 3600))));
        assert!(!token(NOW).is_old(NOW.minus(Duration::from_secs(86_400))), "set back: tried, not renewed in a storm");
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

    /// What the provider must set right may be set right at any time, so logins go on.
    #[test]
    fn a3_refusals_that_time_may_heal_make_growing_pauses() {
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
    fn fs7_a_code_1010_that_stays_makes_logins_with_growing_pauses() {
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
    fn n8_a_token_taken_again_and_again_makes_growing_pauses() {
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
