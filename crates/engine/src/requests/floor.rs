//! The requests of the supervisor's desk.

use std::time::Duration;

use ringside_domain::{Account, Extension, FloorAnswer, FloorRequest, NumberRules, Problem, ProblemCode};
use ringside_platform::floor;
use ringside_wire::Zone;
use secrecy::SecretString;

use super::Counterpart;
use crate::sign_in::failed;

impl Counterpart {
    /// Carries it out in the name of this account only. Returns also how much older than the request the answer is.
    pub async fn floor(&self, account: &Account, numbers: &NumberRules, request: FloorRequest) -> Result<(FloorAnswer, Duration), Problem> {
        match self {
            Self::Platform(platform) => {
                let answer = floor::carry_out(&platform.client.only_for(account), numbers, request).await?;
                Ok((answer, Duration::ZERO))
            }
            Self::Fleet(fleet) => fleet.floor(account, numbers, request).await,
        }
    }

    /// The password of an extension, which is kept nowhere (N21).
    pub async fn password(&self, extension: &Extension) -> Result<SecretString, Problem> {
        match self {
            Self::Platform(platform) => {
                let found = floor::password(&platform.client, extension).await.map_err(|error| failed(&error))?;
                found.ok_or_else(|| Problem::new(ProblemCode::ExtensionUnknown, extension.0.clone(), false))
            }
            Self::Fleet(fleet) => fleet.password(extension).await,
        }
    }

    /// The time zone of the platform's clock, if the counterpart decides on it.
    pub fn zone(&self) -> Option<Zone> {
        match self {
            Self::Platform(_) => None,
            Self::Fleet(fleet) => fleet.platform_zone(),
        }
    }
}
