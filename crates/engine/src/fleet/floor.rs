//! The requests of the supervisor's desk, asked of the gateway.

use std::time::Duration;

use ringside_domain::{Account, Extension, FloorAnswer, FloorRequest, NumberRules, Problem, ProblemCode};
use ringside_fleet::{
    desk::AskError,
    words::{Done, ErrorCode, Operation},
};
use ringside_wire::Zone;
use secrecy::SecretString;
use tokio::time::{Instant, sleep};

use super::{
    Fleet, not_understood,
    problem::{of_ask, unreachable},
};

/// How long an answer may take. A gateway begins a request within 15 seconds or not at all, and the platform has as long for each of its
/// requests; after the death of a gateway another one says after 40 seconds that the fate of a request is unknown.
const READING: Duration = Duration::from_secs(30);
const OTHER: Duration = Duration::from_secs(55);
const NUMBERS: Duration = Duration::from_secs(80);

impl Fleet {
    pub async fn floor(&self, account: &Account, numbers: &NumberRules, request: FloorRequest) -> Result<(FloorAnswer, Duration), Problem> {
        match self.kept().map(|kept| kept.welcome) {
            Some(Some(welcome)) if welcome.appid == account.appid => {}
            Some(None) => return Err(unreachable("the company is not known yet")),
            Some(Some(_)) | None => {
                return Err(Problem::new(ProblemCode::NotEnrolled, account.appid.clone(), true).known_not_done(true));
            }
        }
        // Only this reading uses the prefixes; without them, desks that ask the same share one answer.
        let is_by_numbers = matches!(request, FloorRequest::ReadDialled { .. });
        let what = Operation::Floor { request, prefixes: if is_by_numbers { numbers.prefixes.clone() } else { Vec::new() } };
        let is_reading = what.is_reading_of_floor();
        let ttl = match &what {
            Operation::Floor { request: FloorRequest::CreateTask { .. } | FloorRequest::AddNumbers { .. }, .. } => NUMBERS,
            // Four requests to the platform.
            Operation::Floor { request: FloorRequest::ReadExtensions, .. } => OTHER,
            _ if is_reading => READING,
            _ => OTHER,
        };
        let began = Instant::now();
        match self.ask_patiently(what, ttl).await? {
            Done::Floor { answer, age_ms } => {
                let age = if is_reading { Duration::from_millis(age_ms) } else { Duration::ZERO };
                Ok((answer, age.saturating_sub(began.elapsed())))
            }
            other => Err(not_understood(&other)),
        }
    }

    pub async fn password(&self, extension: &Extension) -> Result<SecretString, Problem> {
        match self.ask_patiently(Operation::Password { extension: extension.0.clone() }, READING).await? {
            Done::Password { password } => Ok(password.0.into()),
            other => Err(not_understood(&other)),
        }
    }

    /// A desk that asks too often is told when to ask again: it does so with the same id, as long as there is time.
    async fn ask_patiently(&self, what: Operation, ttl: Duration) -> Result<Done, Problem> {
        let id = self.new_id();
        let end = Instant::now() + ttl;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let error = match self.ask_as(&id, self.agent(), what.clone(), left).await? {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            match &error {
                AskError::Refused(refusal) if refusal.code == ErrorCode::TooOften && refusal.not_done => {
                    let pause = Duration::from_millis(refusal.retry_after_ms.unwrap_or(1000));
                    if Instant::now() + pause >= end {
                        return Err(of_ask(&error));
                    }
                    sleep(pause).await;
                }
                // It may have been carried out, and nobody will ask again.
                AskError::Unreachable { not_sent: false } if what.must_not_repeat() => {
                    return Err(Problem::new(ProblemCode::FateUnknown, "the gateway does not answer", false));
                }
                _ => return Err(of_ask(&error)),
            }
        }
    }

    /// The time zone of the platform's clock, as the gateway says.
    pub fn platform_zone(&self) -> Option<Zone> {
        self.kept().and_then(|kept| kept.zone())
    }
}
