//! The codes as values of the domain.

use ringside_domain::{Ending, HungUpBy, Phone, PhoneState, ProblemCode, SeatState};

use super::Code;

impl Code {
    /// The problem that is shown when the platform refuses or fails with this code.
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

    /// The phone's state, as far as the code says it.
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

    /// Whether the extension rings or talks; the codes of both status services are understood (N28).
    pub fn phone_state(self) -> PhoneState {
        match self {
            Self::NotInCall | Self::Idle | Self::DidNotAnswer | Self::Waiting | Self::Rejected | Self::Paused => PhoneState::Idle,
            Self::Ringing | Self::Receiving => PhoneState::Ringing,
            Self::OffHook => PhoneState::OffHook,
            Self::Calling | Self::Answered => PhoneState::Talking,
            _ => PhoneState::Unknown,
        }
    }

    /// The agent's state in a queue (N18).
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
