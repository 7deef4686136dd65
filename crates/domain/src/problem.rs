//! What went wrong, in a form for people and for programs.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The UI has a text for each code: what happened, what it means, what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ProblemCode {
    /// The address is not an http(s) URL.
    BadUrl,
    /// The name is unknown, there is no route, the connection was refused, or no answer came in time.
    Unreachable,
    /// The certificate was not accepted.
    Tls,
    /// The proxy on the way asks for a sign-in.
    ProxyRefused,
    /// The server at this address is not the platform.
    NotThePlatform,
    /// `ret` 400.
    BadRequest,
    /// `ret` 500, or HTTP 5xx.
    ServerError,
    /// `ret` 601.
    AppidUnknown,
    /// `ret` 602.
    AppidExpired,
    /// `ret` 603.
    ModuleNotLicensed,
    /// `ret` 604.
    IpNotAuthorized,
    /// The login was refused: the accesskey does not fit the appid.
    WrongAccesskey,
    /// No accesskey is kept for this account.
    AccesskeyMissing,
    /// The token ends again and again: somebody else logs in with the same account (N8).
    TokenTaken,
    /// Codes 1010 to 1012.
    ExtensionUnknown,
    /// Code 1013.
    ExtensionDisabled,
    /// Code 1014.
    PhoneNotRegistered,
    /// Codes 1210 and 1211.
    QueueUnknown,
    /// The agent's number at the platform is not known, so the seat cannot be changed; nothing was sent.
    AgentNumberMissing,
    /// The platform's rows of a queue do not say which one is the own extension's.
    SeatNotRecognised,
    /// The platform refused with a code of its own, which is in `detail`.
    Refused,
    /// The platform accepted a change, but still reports the old state.
    NotConfirmed,
    /// No answer came to a request that must not be carried out twice, so it is not sent again (A6).
    FateUnknown,
    /// The call has no recording.
    RecordingMissing,
    /// The link to the recording must not be opened (R2, R3).
    LinkUnsafe,
    /// The recording's host cannot be reached, or refuses the file.
    DownloadFailed,
    /// The file at the link is not a recording (R7).
    NotARecording,
    /// The recording is larger than the limit (R5).
    RecordingTooLarge,
    /// The archive's folder is gone or cannot be written to.
    ArchiveFolder,
    /// The archive has reached its largest size.
    ArchiveLimit,
    /// The listener's port is taken.
    PortInUse,
    /// The system reserves the port (L2).
    PortForbidden,
    /// The listener could not be bound for another reason.
    BindFailed,
    /// The listener does not run, so there is no address to test.
    NoCallbackAddress,
    /// The test callback did not arrive through the public address.
    CallbackNotArrived,
    /// No keyring on this system (K1, K2, K5).
    KeyringMissing,
    /// The keyring is locked, or its dialog was dismissed (K3).
    KeyringLocked,
    /// The keyring did not answer in time (K4).
    KeyringTimeout,
    /// The keyring did not keep the secret (K6, K7).
    KeyringFailed,
    /// The data folder or its database cannot be written (S3).
    StoreReadOnly,
    /// The disk is full (S1).
    StoreFull,
    /// The database was damaged; it was set aside, and a new one was made (S4).
    StoreDamaged,
    /// The database was made by a newer Ringside (S10).
    StoreNewer,
    /// Another program has locked the database (S7), or holds its file (S15).
    StoreBusy,
    /// Any other failure of the database.
    StoreFailed,
    /// The databases could not be copied before this version used them for the first time.
    BackupFailed,
    /// A copy of the databases took the place of those that a newer Ringside had written; `detail` names the file that keeps them.
    BackupUsed,
    /// The update server cannot be reached, or does not answer as one.
    UpdateServer,
    /// An update has no right signature, or is of another version than the server says, or for another system or processor. It was not installed.
    UpdateRefused,
    /// An update could not be installed; the version before it runs on.
    UpdateFailed,
    /// There is no update to be installed now: none is ready, or it would interrupt a call or an upload.
    NoUpdateNow,
    /// Stored data could not be read; it was set aside, and the rest is used. `detail` says which data, and where it is.
    SetAside,
    /// Only the administrator can change this setting; its key is in `detail`.
    SettingLocked,
    /// The machine's file of settings is not used: not only administrators could have written it.
    PolicyRefused,
    /// The customer is on the do-not-call list of this desk; nothing was sent.
    DoNotCall,
    /// The supervisor's desk is switched off (`supervisor.enabled`).
    SupervisorOff,
    /// Campaigns are open whose hours or limits are kept only while Ringside runs, its desk is on and their account is signed in; a second request
    /// to end that is granted.
    CampaignsNeedRingside,
    /// The company's gateway cannot be reached, or none of the company's gateways carries out requests at present.
    GatewayUnreachable,
    /// The company's gateway had no time for the request; nothing was sent to the platform.
    GatewayBusy,
    /// The company's gateway does not do this for this desk: its role does not permit it, no desk may ask it, or it is too large.
    GatewayRefuses,
    /// This desk is not enrolled at the company's gateway: a one-time code is needed.
    NotEnrolled,
    /// The gateway does not know the one-time code, or it was used by another computer, or is too old.
    EnrolmentRefused,
    /// The administrator revoked this desk.
    DeskRevoked,
    /// No notification daemon, or no permission.
    NotificationsMissing,
    /// No tray on this desktop (T1, T2).
    TrayMissing,
    /// Ringside crashed again and again, and now runs without the parts that may be the cause (T21).
    SafeModeCrashes,
    /// The window stayed blank in the last run, so Ringside now runs without the parts that may be the cause (T12).
    SafeModeBlank,
    /// No sound device, or it does not work.
    SoundMissing,
    /// A recording that is damaged.
    RecordingUnreadable,
    /// There is no decoder for this kind of recording; `detail` names the kind.
    RecordingKind,
    /// A recording without a sound in it.
    RecordingEmpty,
    /// The recording's file is gone (R12).
    RecordingGone,
    /// A part of Ringside failed during the request.
    PartFailed,
    /// The session failed and was started again; the state was read anew.
    CoreRestarted,
    /// The session failed again: none of the state that is shown is known.
    CoreFailed,
}

impl ProblemCode {
    /// One English sentence, for the command line, the log and notifications; the window has its own texts.
    pub fn message(self) -> &'static str {
        use ProblemCode::*;
        match self {
            BadUrl => "The platform's URL must begin with http:// or https://.",
            Unreachable => "The platform cannot be reached; check the URL and the network.",
            Tls => "The platform's certificate was not accepted; check the URL and this computer's date and certificates.",
            ProxyRefused => "The proxy asks for a sign-in.",
            NotThePlatform => "Something answers at this URL, but it is not the calling platform.",
            BadRequest => "The platform did not accept the request.",
            ServerError => "The platform reports an error of its own; try again later.",
            AppidUnknown => "The platform does not know this appid.",
            AppidExpired => "The authorisation of this appid has expired.",
            ModuleNotLicensed => "The account is not licensed for this part of the platform.",
            IpNotAuthorized => "The platform does not accept this computer's address.",
            WrongAccesskey => "The platform refused the login; check appid and accesskey.",
            AccesskeyMissing => "No accesskey is kept for this account; enter it again.",
            TokenTaken => "Another program keeps logging in with the same account.",
            ExtensionUnknown => "The platform does not know this extension.",
            ExtensionDisabled => "The extension is disabled.",
            PhoneNotRegistered => "The phone is not registered.",
            QueueUnknown => "The platform does not know this queue, or cannot use it.",
            SeatNotRecognised => "The platform's answer does not say which seat in the queue is this extension's.",
            Refused => "The platform refused.",
            NotConfirmed => "The platform accepted the change but still reports the old state.",
            FateUnknown => "It is not known whether the platform did it.",
            RecordingMissing => "The platform has no recording of this call.",
            LinkUnsafe => "The platform's link to the recording leads where nothing may be fetched.",
            DownloadFailed => "The recording could not be fetched.",
            NotARecording => "What the platform gave is not a recording.",
            RecordingTooLarge => "The recording is too large.",
            ArchiveFolder => "The archive's folder is gone or cannot be written to.",
            ArchiveLimit => "The archive has reached its size limit.",
            PortInUse => "The callback port is in use by another program.",
            PortForbidden => "The system does not allow the callback port.",
            BindFailed => "The callback address cannot be listened on.",
            NoCallbackAddress => "No callback listener is running.",
            CallbackNotArrived => "The test call did not arrive through the public address.",
            KeyringMissing => "This system has no keyring.",
            KeyringLocked => "The keyring is locked.",
            KeyringTimeout => "The keyring does not answer.",
            KeyringFailed => "The keyring did not keep the secret.",
            StoreReadOnly => "The data folder cannot be written to.",
            StoreFull => "The disk is full.",
            StoreDamaged => "The database was damaged; it was set aside and a new one begun.",
            StoreNewer => "The database was made by a newer Ringside.",
            StoreBusy => "Another program holds the database.",
            StoreFailed => "The database failed.",
            BackupFailed => "The databases could not be copied before this version used them.",
            BackupUsed => "A copy of the databases is used; those of the newer Ringside were set aside.",
            UpdateServer => "The update server cannot be reached, or does not answer as one.",
            UpdateRefused => "The update is not for this computer, or its signature is not right; it was not installed.",
            UpdateFailed => "The update could not be installed; this version runs on.",
            NoUpdateNow => "No update can be installed now.",
            SetAside => "Something that was kept could not be read; it was set aside.",
            SettingLocked => "This is set by the administrator.",
            PolicyRefused => "The machine's file of settings is not used.",
            AgentNumberMissing => "The agent's number is not known, so the platform was not asked.",
            DoNotCall => "The customer is on the do-not-call list and is not called.",
            SupervisorOff => "The supervisor's desk is switched off; switch it on in the settings.",
            CampaignsNeedRingside => {
                "Campaigns go on calling at the platform, and only Ringside keeps their hours and limits; pause them first, or ask again."
            }
            GatewayUnreachable => "The company's gateway cannot be reached.",
            GatewayBusy => "The company's gateway had no time for the request; try again in a moment.",
            GatewayRefuses => "The company's gateway does not do this for this desk; ask its administrator.",
            NotEnrolled => "This computer is not enrolled at the company's gateway; enter the code from the administrator.",
            EnrolmentRefused => "The gateway does not accept this code: it is unknown, too old, or was used by another computer.",
            DeskRevoked => "The administrator revoked this computer's access to the gateway; ask for a new code.",
            NotificationsMissing => "No notification service answers.",
            TrayMissing => "This desktop shows no tray icons.",
            SafeModeCrashes => "Ringside crashed several times and runs in safe mode; quit and start it again to leave that.",
            SafeModeBlank => "The window stayed blank, so Ringside started again in safe mode; quit and start it again to leave that.",
            SoundMissing => "No sound can be played.",
            RecordingUnreadable => "The recording is damaged and cannot be played.",
            RecordingKind => "Ringside cannot play recordings of this kind; save it and open it with another program.",
            RecordingEmpty => "The recording is empty.",
            RecordingGone => "The recording's file is not there any more.",
            PartFailed => "A part of Ringside failed while it did this.",
            CoreRestarted => "Ringside failed inside and went on from what is stored.",
            CoreFailed => "Ringside failed inside and has stopped; quit and start it again.",
        }
    }
}

/// A problem for the UI: its code, the message of the other side, and whether trying again can help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    pub code: ProblemCode,
    /// The raw message of the platform or the system; may be empty. Never a secret.
    pub detail: String,
    pub retryable: bool,
    /// The platform's own code, if it gave one; the UI has texts for the documented codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub number: Option<u32>,
    /// The pause that the platform asked for (Retry-After).
    #[serde(skip)]
    #[ts(skip)]
    pub retry_after: Option<Duration>,
    /// The request was certainly not carried out: it was never sent, or refused before it reached its service.
    #[serde(skip)]
    #[ts(skip)]
    pub not_done: bool,
}

impl Problem {
    pub fn new(code: ProblemCode, detail: impl Into<String>, retryable: bool) -> Self {
        Self { code, detail: detail.into(), retryable, number: None, retry_after: None, not_done: false }
    }

    pub fn numbered(self, number: Option<u32>) -> Self {
        Self { number, ..self }
    }

    pub fn after(self, retry_after: Option<Duration>) -> Self {
        Self { retry_after, ..self }
    }

    pub fn known_not_done(self, not_done: bool) -> Self {
        Self { not_done, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.message())?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        Ok(())
    }
}
