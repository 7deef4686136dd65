//! Everything that enters the mailbox.

use secrecy::SecretString;
use serde::Deserialize;
use ts_rs::TS;

use crate::{
    Account, Agent, ArchiveLook, Call, CallId, CallRecord, ClockReading, Delivery, EndedTransfer, Exercise, ExportFormat, ExportView,
    Filter, Flaw, LogRow, NoteEdit, Occasion, OfferedQueue, PhoneReading, Problem, QueueName, Removal, RequestId, SeatsReading, SetBy,
    SettingChange, ShortcutsView, Span, Timestamp, Transfer, Verification, Wish,
};

/// One thing that happened.
#[derive(Debug)]
pub enum Input {
    /// A person asks.
    Intent(Intent),
    /// The platform called back.
    Delivery(Delivery),
    /// A request of ours came to its end.
    Answered {
        id: RequestId,
        outcome: Result<Outcome, Problem>,
    },
    /// An answer said what the platform's clock shows.
    Clock(ClockReading),
    /// A record in which something could not be read.
    Unread(Flaw),
    /// Calls or notes changed on disk.
    LogChanged,
    /// How many missed calls are to do.
    ToDo(Result<u64, Problem>),
    /// What is fetched for this scope, in order and apart.
    Fetched {
        scope: String,
        spans: Result<Vec<Span>, Problem>,
    },
    /// The calls that these records may be of, as they are on disk.
    Recalled {
        records: Vec<CallRecord>,
        known: Result<Vec<Call>, Problem>,
    },
    /// The last call with the number of this one before it.
    Contact {
        call: CallId,
        last: Option<Box<LogRow>>,
    },
    /// A call that was looked for.
    Found {
        call: CallId,
        row: Box<Result<Option<LogRow>, Problem>>,
    },
    /// What a call's recording is found by, None where it has none.
    Recording {
        call: CallId,
        found: Result<Option<FoundRecording>, Problem>,
    },
    /// How far the export has come.
    Exporting {
        id: u64,
        view: ExportView,
    },
    /// How far the transfer of a call's recording has come.
    Transferring(Transfer),
    Transferred(EndedTransfer),
    /// The archive as it is on disk.
    ArchiveSeen(Result<ArchiveLook, Problem>),
    /// How far the check of what is kept has come.
    Verifying {
        id: u64,
        view: Verification,
    },
    /// What was older than set is gone.
    Removed(Removal),
    /// A part of this computer changed its health.
    Report(ShellReport),
    /// The deadline came that `Session::next_deadline` named.
    Tick,
}

/// What a person can ask for.
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
    /// Leave all queues, end the token, forget the accesskey.
    SignOut,
    /// Try at once what waits for its next try.
    Retry,
    JoinQueue {
        queue: QueueName,
    },
    LeaveQueue {
        queue: QueueName,
    },
    Wish {
        wish: Wish,
        /// What comes from a window says nothing of it.
        #[serde(skip)]
        #[ts(skip)]
        by: SetBy,
    },
    /// Ask the platform for a link to the recording of a call.
    FetchLink {
        call: CallId,
    },
    /// Fetch what the archive lacks, and what failed at once; false stops that, until the next start.
    FetchRecordings {
        on: bool,
    },
    /// Check every recording that is kept; false stops that, or takes away what came of it.
    VerifyRecordings {
        on: bool,
    },
    /// Stop fetching the recording of a call.
    StopTransfer {
        call: CallId,
    },
    /// A notice was read.
    Dismiss {
        #[ts(type = "number")]
        notice: u64,
    },
    /// Take a ring card away; the call goes on.
    HideCard {
        call: CallId,
    },
    /// No more sound of this call; its card stays.
    Silence {
        call: CallId,
    },
    /// The ring window has drawn this call's card; only that window says so.
    #[serde(skip)]
    #[ts(skip)]
    CardPainted {
        call: CallId,
    },
    /// Send a ring through the public callback address.
    TestCallback,
    /// Change one setting; no other is touched.
    ChangeSettings {
        change: SettingChange,
    },
    /// Say something about a call.
    EditNote {
        call: CallId,
        edit: NoteEdit,
    },
    /// Open the page of a call's customer.
    OpenCrm {
        call: CallId,
    },
    /// The after-call work is done; not while something is required that lacks.
    FinishWrapUp,
    /// The after-call work goes on until it is finished.
    ExtendWrapUp,
    /// Look for calls that the log lacks, at once and as far back as the platform keeps them; false stops that until
    /// it is asked for again.
    FetchLog {
        on: bool,
    },
    /// Have the platform call this call's customer and then the own phone; only while that is offered.
    CallBack {
        call: CallId,
    },
    /// Stop calling back, or take away what came of it.
    EndCallBack,
    /// Write the calls of this filter to a file.
    ExportLog {
        filter: Filter,
        format: ExportFormat,
    },
    /// Stop the export that goes on, or take away what came of it.
    EndExport,
    /// Begin an exercise in the demo; None ends the one that goes on, or takes its summary away.
    Practise {
        exercise: Option<Exercise>,
    },
}

/// What a person can ask for on a ring card.
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

/// The answer to a request that succeeded.
#[derive(Debug)]
pub enum Outcome {
    Done,
    SignedIn {
        company: String,
        /// Its code at the platform, which callbacks carry too; empty where it is not known.
        company_code: String,
    },
    Queues(Vec<OfferedQueue>),
    /// `already`: code 1218, the extension was signed in to the queue before.
    Joined {
        already: bool,
    },
    Phone(PhoneReading),
    Seats(SeatsReading),
    Records(Vec<CallRecord>),
    Link(LinkAnswer),
    /// `accepted`: the platform took the number.
    TaskMade {
        task_id: String,
        accepted: bool,
    },
}

/// What a recording on the platform is found by.
#[derive(Debug)]
pub enum FoundRecording {
    /// Its file name: a link is to be asked for.
    Name(String),
    /// The address in the call's bill, which is as much of a key as a link.
    Address(SecretString),
}

/// A link to a recording (N13). The URL is a key to the recording, so it stays out of the webview and the logs.
#[derive(Debug)]
pub struct LinkAnswer {
    pub url: SecretString,
    pub expires_at: Timestamp,
}

/// The health of what surrounds the session.
#[derive(Debug)]
pub enum ShellReport {
    /// The listener is bound at `url`, which holds the secret; `shown` is what may be displayed.
    Listening {
        url: SecretString,
        shown: String,
        public: bool,
    },
    /// The listener is not bound; it tries again where the problem is retryable.
    NotListening(Problem),
    Vault(Option<Problem>),
    Store(Option<Problem>),
    /// What was kept was found damaged and set aside; it stands until it was read.
    SetAside(Problem),
    Notifications(Option<Problem>),
    Tray(Option<Problem>),
    Sound(Option<Problem>),
    Shortcuts(ShortcutsView),
    /// A customer's page was opened, or was not.
    Crm(Option<Problem>),
    /// Soon nobody is at the desk.
    Leaving(Occasion),
    /// The computer woke, or goes on after all.
    Awake,
}
