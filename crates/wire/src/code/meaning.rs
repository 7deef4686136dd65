//! The codes in the domain's words.

use ringside_domain::{Ending, HungUpBy, Phone, PhoneState, ProblemCode, SeatState};

use super::Code;

impl Code {
    /// What a person is told when the platform refuses or fails with this code.
    pub fn problem(self) -> ProblemCode {
        match self {
            Self::IllegalRequest => ProblemCode::BadRequest,
            Self::ServerError => ProblemCode::ServerError,
            Self::TokenInvalid => ProblemCode::TokenTaken,
            Self::AppidUnauthorized => ProblemCode::AppidUnknown,
            Self::AppidExpired => ProblemCode::AppidExpired,
            Self::ModuleNotLicensed => ProblemCode::ModuleNotLicensed,
            Self::AddressNotAuthorized => ProblemCode::IpNotAuthorized,
            Self::ExtensionChanged | Self::ExtensionForeign | Self::ExtensionUnknown => ProblemCode::ExtensionUnknown,
            Self::ExtensionDisabled => ProblemCode::ExtensionDisabled,
            Self::NotRegistered | Self::Offline => ProblemCode::PhoneNotRegistered,
            Self::QueueError | Self::QueueUnknown => ProblemCode::QueueUnknown,
            _ => ProblemCode::Refused,
        }
    }

    /// The extension, where the code tells of one or says what its phone does.
    pub fn phone(self) -> Phone {
        match self {
            Self::ExtensionChanged | Self::ExtensionForeign | Self::ExtensionUnknown => Phone::NotFound,
            Self::ExtensionDisabled => Phone::Disabled,
            Self::NotRegistered | Self::Offline => Phone::NotRegistered,
            Self::NotInCall | Self::ExtensionEnabled | Self::Registered => Phone::Ready,
            Self::Idle | Self::Ringing | Self::OffHook | Self::Calling | Self::CalledRejected => Phone::Ready,
            Self::DidNotAnswer | Self::Waiting | Self::Receiving | Self::Answered => Phone::Ready,
            Self::Rejected | Self::Paused | Self::SignedIn => Phone::Ready,
            _ => Phone::Unknown,
        }
    }

    /// N28: both services' codes tell the same story.
    pub fn phone_state(self) -> PhoneState {
        match self {
            Self::NotInCall | Self::Idle | Self::DidNotAnswer | Self::Waiting | Self::Rejected | Self::Paused => PhoneState::Idle,
            Self::Ringing | Self::Receiving => PhoneState::Ringing,
            Self::OffHook => PhoneState::OffHook,
            Self::Calling | Self::Answered => PhoneState::Talking,
            _ => PhoneState::Unknown,
        }
    }

    /// The agent in a queue (N18).
    pub fn seat(self) -> SeatState {
        match self {
            Self::Idle | Self::Waiting => SeatState::Waiting,
            Self::Ringing | Self::Receiving => SeatState::Receiving,
            Self::Calling | Self::Answered => SeatState::Talking,
            Self::DidNotAnswer => SeatState::DidNotAnswer,
            Self::Rejected => SeatState::Rejected,
            Self::Paused => SeatState::Paused,
            other => SeatState::Other(other.number()),
        }
    }

    pub(crate) fn hung_up_by(self) -> HungUpBy {
        match self {
            Self::CallerHungUp => HungUpBy::Caller,
            Self::CalledHungUp => HungUpBy::Called,
            other => HungUpBy::Other(other.number()),
        }
    }

    pub(crate) fn ending(self) -> Ending {
        match self {
            Self::HungUp => Ending::Normal,
            Self::Cancelled => Ending::Cancelled,
            Self::Refused | Self::CalledRejected => Ending::Refused,
            Self::LineFailure => Ending::LineFailure,
            Self::NoAnswer => Ending::NoAnswer,
            Self::UserBusy => Ending::CustomerBusy,
            other => Ending::Other(other.number()),
        }
    }
}
