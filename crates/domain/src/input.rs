//! The inputs of the session: everything that enters the mailbox.

use secrecy::SecretString;
use serde::Deserialize;
use ts_rs::TS;

use crate::{
    Account, Agent, ArchiveLook, Call, CallId, CallRecord, ClockReading, Delivery, EndedTransfer, Enrolment, Exercise, ExportFormat,
    ExportView, Filter, Flaw, GatewayState, LogRow, NoteEdit, Occasion, OfferedQueue, PhoneReading, Priority, Problem, QueueName, Removal,
    RequestId, SeatsReading, SetBy, SettingChange, ShortcutsView, Span, Timestamp, Transfer, TurnId, Verification, Wish,
};

/// One input.
#[derive(Debug)]
pub enum Input {
    /// A person's request.
    Intent(Intent),
    /// The body of a callback.
    Delivery(Delivery),
    /// A request of ours succeeded or failed.
    Answered {
        id: RequestId,
        outcome: Result<Outcome, Problem>,
    },
    /// An answer contained the time of the platform's clock.
    Clock(ClockReading),
    /// A record with a value that could not be read.
    Unread(Flaw),
    /// Calls or notes in the store changed.
    LogChanged,
    /// The number of calls to do.
    ToDo(Result<u64, Problem>),
    /// The fetched spans of this scope, in order and without overlaps.
    Fetched {
        scope: String,
        spans: Result<Vec<Span>, Problem>,
    },
    /// The calls in the store that these records may belong to.
    Recalled {
        records: Vec<CallRecord>,
        known: Result<Vec<Call>, Problem>,
    },
    /// The last earlier call with this call's number.
    Contact {
        call: CallId,
        last: Option<Box<LogRow>>,
    },
    /// A call that was looked up.
    Found {
        call: CallId,
        row: Box<Result<Option<LogRow>, Problem>>,
    },
    /// The name or the address of a call's recording; None: it has none.
    Recording {
        call: CallId,
        found: Result<Option<FoundRecording>, Problem>,
    },
    /// The progress of the export.
    Exporting {
        id: u64,
        view: ExportView,
    },
    /// The progress of the transfer of a call's recording.
    Transferring(Transfer),
    Transferred(EndedTransfer),
    /// The state of the archive on disk.
    ArchiveSeen(Result<ArchiveLook, Problem>),
    /// The progress of the check of the kept recordings.
    Verifying {
        id: u64,
        view: Verification,
    },
    /// The result of removing outdated calls and recordings.
    Removed(Removal),
    /// A report of the shell or the engine about this computer.
    Report(ShellReport),
    /// The supervisor's desk wants to send a request; `Effect::GiveTurn` tells that it may. Failures of the same kind pause it.
    TurnWanted {
        id: TurnId,
        kind: String,
        priority: Priority,
    },
    /// The turn is not needed any more, or was given and will not be used.
    TurnDropped {
        id: TurnId,
    },
    /// The request that was sent with this turn succeeded or failed; `more`: so many requests more were sent for it.
    TurnEnded {
        id: TurnId,
        outcome: Result<(), Problem>,
        more: usize,
    },
    /// The deadline of `Session::next_deadline` has come.
    Tick,
}

/// The requests that a person can make.
#[derive(Debug, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Intent {
    /// Sign in to the platform; without an accesskey the one in the keyring is used.
    SignIn {
        account: Account,
        agent: Agent,
        #[ts(type = "string | null")]
        accesskey: Option<SecretString>,
    },
    /// Leave all queues, end the token and forget the accesskey.
    SignOut,
    /// Enrol this desk at the company's gateway with a one-time code.
    Enrol {
        #[ts(type = "string")]
        code: SecretString,
    },
    /// Repeat failed requests at once, without waiting for their next attempt.
    Retry,
    JoinQueue {
        queue: QueueName,
    },
    LeaveQueue {
        queue: QueueName,
    },
    Wish {
        wish: Wish,
        /// Never read from a window's message.
        #[serde(skip)]
        #[ts(skip)]
        by: SetBy,
    },
    /// Ask the platform for a link to the recording of a call.
    FetchLink {
        call: CallId,
    },
    /// Fetch the missing recordings of the archive at once, also those that failed; false stops fetching until the next start.
    FetchRecordings {
        on: bool,
    },
    /// Check every kept recording; false stops the check, or dismisses its result.
    VerifyRecordings {
        on: bool,
    },
    /// Stop fetching the recording of a call.
    StopTransfer {
        call: CallId,
    },
    /// Dismiss a notice.
    Dismiss {
        #[ts(type = "number")]
        notice: u64,
    },
    /// Hide a ring card; the call goes on.
    HideCard {
        call: CallId,
    },
    /// Stop the sound of this call; its card stays.
    Silence {
        call: CallId,
    },
    /// The ring window has drawn this call's card; only that window says so.
    #[serde(skip)]
    #[ts(skip)]
    CardPainted {
        call: CallId,
    },
    /// Send a test ring through the public callback address.
    TestCallback,
    /// Change one setting and no other.
    ChangeSettings {
        change: SettingChange,
    },
    /// Change the note of a call.
    EditNote {
        call: CallId,
        edit: NoteEdit,
    },
    /// Open the CRM page of a call's customer.
    OpenCrm {
        call: CallId,
    },
    /// End the after-call work, unless a required entry is missing.
    FinishWrapUp,
    /// Let the after-call work go on until the agent finishes it.
    ExtendWrapUp,
    /// Fetch the calls that the log lacks, at once and as far back as the platform keeps them; false stops that until a person resumes it.
    FetchLog {
        on: bool,
    },
    /// Have the platform call this call's customer and then the own phone; only while that is offered.
    CallBack {
        call: CallId,
    },
    /// End the call back, or dismiss its result.
    EndCallBack,
    /// Write the calls of this filter to a file.
    ExportLog {
        filter: Filter,
        format: ExportFormat,
    },
    /// Stop the export under way, or dismiss the result of the last one.
    EndExport,
    /// Begin an exercise in the demo; None ends the present one, or dismisses its summary.
    Practise {
        exercise: Option<Exercise>,
    },
}

/// The intents that a ring card offers.
#[derive(Debug, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum RingIntent {
    Silence { call: CallId },
    HideCard { call: CallId },
    EditNote { call: CallId, edit: NoteEdit },
    OpenCrm { call: CallId },
    Wish { wish: Wish },
}

impl From<RingIntent> for Intent {
    fn from(intent: RingIntent) -> Self {
        match intent {
            RingIntent::Silence { call } => Self::Silence { call },
            RingIntent::HideCard { call } => Self::HideCard { call },
            RingIntent::EditNote { call, edit } => Self::EditNote { call, edit },
            RingIntent::OpenCrm { call } => Self::OpenCrm { call },
            RingIntent::Wish { wish } => Self::Wish { wish, by: SetBy::Window },
        }
    }
}

/// The answer to a successful request.
#[derive(Debug)]
pub enum Outcome {
    Done,
    SignedIn {
        company: String,
        /// The company's code at the platform, which callbacks contain, too; empty if it is not known.
        company_code: String,
    },
    Enrolled(Enrolment),
    Queues(Vec<OfferedQueue>),
    /// `already`: code 1218, the extension was signed in to the queue before.
    Joined {
        already: bool,
    },
    Phone(PhoneReading),
    Seats(SeatsReading),
    Records(Vec<CallRecord>),
    Link(LinkAnswer),
    /// `accepted`: the platform accepted the number.
    TaskMade {
        task_id: String,
        accepted: bool,
    },
}

/// How to get a recording from the platform.
#[derive(Debug)]
pub enum FoundRecording {
    /// By its file name, for which a link is requested.
    Name(String),
    /// By the address in the call's bill, which is as secret as a link.
    Address(SecretString),
}

/// A link to a recording (N13). The URL gives access to the recording, so it never reaches the webview or the logs.
#[derive(Debug)]
pub struct LinkAnswer {
    pub url: SecretString,
    pub expires_at: Timestamp,
}

/// Reports about this computer: listener, vault, store, desktop, and the user's leaving.
#[derive(Debug)]
pub enum ShellReport {
    /// The listener is bound at `url`, which contains the secret; `shown` may be displayed.
    Listening {
        url: SecretString,
        shown: String,
        public: bool,
    },
    /// The listener is not bound; it tries again if the problem is retryable.
    NotListening(Problem),
    /// Whether the company's gateway is reached.
    Gateway {
        state: GatewayState,
        problem: Option<Problem>,
    },
    /// The gateway says what this desk is.
    Enrolled(Enrolment),
    /// The gateway received a callback for any extension of the company at this time, by this computer's clock.
    CompanyCallback(Timestamp),
    /// Callbacks for this desk are gone: they were too old for the gateway to pass them on.
    CallbacksGone,
    Vault(Option<Problem>),
    Store(Option<Problem>),
    /// Damaged stored data was set aside; the notice stays until it is dismissed.
    SetAside(Problem),
    Notifications(Option<Problem>),
    Tray(Option<Problem>),
    Sound(Option<Problem>),
    Shortcuts(ShortcutsView),
    /// The page of a customer was opened, or could not be.
    Crm(Option<Problem>),
    /// The user quits or logs off, or the computer is about to sleep.
    Leaving(Occasion),
    /// The computer woke, or an announced end or sleep was cancelled.
    Awake,
}
