//! The life of a token (N8): one login however many calls need it, renewed before it is old, healed once when it died early.

use std::time::Duration;

use ringside_domain::{Account, Timestamp};
use secrecy::SecretString;

/// The platform ends a token 12 hours after its login; ours is renewed a little before.
const LIFE: Duration = Duration::from_secs(11 * 3600 + 1800);
/// A token that dies sooner than this was ended by somebody.
const EARLY: Duration = Duration::from_secs(3600);
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// A token and when it was obtained, to be kept in the vault.
#[derive(Clone, Debug)]
pub struct Token {
    pub secret: SecretString,
    pub obtained_at: Timestamp,
}

impl Token {
    /// A clock that was set back makes a token neither young nor old: it is tried (A5).
    pub(crate) fn is_old(&self, now: Timestamp) -> bool {
        now.since(self.obtained_at) >= LIFE
    }
}

/// What a login says of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    pub company_name: String,
}

/// Who is signed in, with what, and how their tokens fared.
#[derive(Debug, Default)]
pub(crate) struct Login {
    pub account: Option<(Account, SecretString)>,
    pub token: Option<Token>,
    /// Grows with each login, so that who failed with an older token takes the newer one.
    pub generation: u64,
    early_deaths: u32,
    not_before: Option<Timestamp>,
}

impl Login {
    pub fn renewed(&mut self, token: Token) {
        self.token = Some(token);
        self.generation += 1;
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
            let pause = FIRST_PAUSE.saturating_mul(1 << (self.early_deaths - 2).min(10)).min(LONGEST_PAUSE);
            self.not_before = Some(now.plus(pause.mul_f64(0.75 + 0.5 * jitter)));
        }
    }

    /// How long no login should be tried, because another would only be taken again.
    pub fn pause(&self, now: Timestamp) -> Option<Duration> {
        // A clock that was set back must not make the pause longer than it can be.
        let pause = self.not_before?.since(now);
        (pause > Duration::ZERO && pause <= LONGEST_PAUSE * 2).then_some(pause)
    }
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
    fn n8_a_token_taken_again_and_again_makes_growing_pauses() {
        let mut login = Login::default();
        let mut now = NOW;
        let mut pauses = Vec::new();
        for _ in 0..6 {
            login.renewed(token(now));
            now = now.plus(Duration::from_secs(10));
            login.died(now, 0.5);
            pauses.push(login.pause(now).unwrap_or_default().as_secs());
        }
        assert_eq!(pauses, [0, 5, 10, 20, 40, 80]);
        login.renewed(token(now));
        login.died(now.plus(Duration::from_secs(2 * 3600)), 0.5);
        assert_eq!(login.pause(now.plus(Duration::from_secs(2 * 3600))), None);
    }
}
