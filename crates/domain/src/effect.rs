//! What the session wants done.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    Account, Agent, ArchiveOrder, Call, CallBackOrder, CallId, CallRecord, Debt, Edit, ExportFormat, Extension, Filter, LedgerEntry,
    OnBreak, Owner, Place, QueueName, RecordingFate, Removal, Set, Settings, Span, Timestamp, Wish,
};

/// Facts go through effects, losslessly.
#[derive(Debug)]
pub enum Effect {
    /// Ask the platform; the outcome comes back as `Input::Answered` with this id.
    Ask {
        id: RequestId,
        request: Request,
    },
    /// Keep a callback; its acknowledgement waits for the commit.
    Append {
        payload: String,
    },
    /// Keep what tells duplicates of a callback for another extension, and the callback itself only where the administrator wants
    /// that; its acknowledgement waits for the commit.
    AppendForeign {
        payload: String,
    },
    /// Keep what could not be read, within bounds.
    KeepMalformed {
        body: Vec<u8>,
        reason: String,
    },
    SaveCall(Box<Call>),
    /// Append to the ledger; `number` counts the entries of this run.
    Enter {
        number: u64,
        entry: LedgerEntry,
    },
    SaveNote {
        call: CallId,
        edit: Edit,
    },
    /// All records of this span were fetched; kept with the calls that are saved beside it, or not at all. What is fetched then comes
    /// as `Input::Fetched`.
    SaveFetched {
        scope: String,
        span: Span,
    },
    /// Say what is fetched for this scope, by `Input::Fetched`.
    ReadFetched {
        scope: String,
    },
    /// Find the calls that these records may be of; they come as `Input::Recalled`.
    Recall {
        records: Vec<CallRecord>,
    },
    /// Count the calls that are to do; the number comes as `Input::ToDo`.
    CountToDo,
    /// Find the last call with this number that began before; it comes as `Input::Contact`.
    FindContact {
        call: CallId,
        number: String,
        before: Timestamp,
    },
    /// Find a call that may be of long ago; it comes as `Input::Found`.
    FindCall {
        call: CallId,
    },
    /// Find the name of the recording of a call that is not at hand, or the address of one without a name; it comes as
    /// `Input::Recording`.
    FindRecording {
        call: CallId,
    },
    /// Write these calls to a file, and say by `Input::Exporting` how far it has come.
    Export {
        id: u64,
        filter: Box<Filter>,
        format: ExportFormat,
    },
    StopExport,
    /// Keep where a recording without a name can be had: a key to it, which is shown and logged nowhere.
    KeepRecordingUrl {
        call: CallId,
        url: String,
    },
    /// Keep in the archive's manifest what came of a call's recording.
    SaveRecording {
        call: CallId,
        fate: RecordingFate,
    },
    /// Say by `Input::ArchiveSeen` what is kept, and what is wanted of calls since; None: of all extensions.
    LookAtArchive {
        extension: Option<Extension>,
        order: ArchiveOrder,
        since: Timestamp,
    },
    /// Fetch the recording of this call into the archive; it comes to its end as `Input::Transferred`.
    FetchRecording {
        call: CallId,
    },
    /// Stop the transfer of a call's recording; it comes to its end as `Input::Transferred`.
    StopTransfer {
        call: CallId,
        /// Not where a person waits for it.
        unless_awaited: bool,
    },
    /// Check every file that is kept, and say by `Input::Verifying` how far that has come.
    VerifyArchive {
        id: u64,
    },
    StopVerification,
    /// Remove calls, and recordings, of calls that began before; said by `Input::Removed`.
    RemoveOld {
        calls: Option<Timestamp>,
        recordings: Option<Timestamp>,
    },
    /// Open a page with the system's program for it; what came of it is said by `ShellReport::Crm`.
    OpenCrm {
        url: String,
    },
    /// Keep what a restart needs.
    SaveState(Box<SavedState>),
}

/// Joins an outcome to its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A request to the platform.
#[derive(Debug)]
pub enum Request {
    /// Log in; a given accesskey is kept in the vault unless the platform refuses it, None takes the kept one.
    SignIn {
        account: Account,
        accesskey: Option<SecretString>,
    },
    /// Logout: end the token of this account, where there is one.
    EndToken {
        account: Account,
    },
    /// Take accesskey and token of this account out of the vault.
    ForgetSecrets {
        account: Account,
    },
    /// Put it where the next sign-in finds it.
    KeepAccesskey {
        account: Account,
        accesskey: SecretString,
    },
    ListQueues,
    JoinQueue {
        queue: QueueName,
        agent: Agent,
    },
    /// With whatever is kept of this account, whoever is signed in.
    LeaveQueue {
        account: Account,
        queue: QueueName,
        agent: Agent,
    },
    /// SetSeatsStatus for one queue (N14).
    SetSeat {
        queue: QueueName,
        agent: Agent,
        busy: bool,
    },
    /// GetSipCallStatus of the own extension.
    ReadPhone {
        extension: Extension,
    },
    /// GetQueueSipStatus of one queue, all agents.
    ReadSeats {
        queue: QueueName,
    },
    /// GetBill for the own extension, calls begun within the window; at most the newest 1000.
    ReadRecords {
        extension: Extension,
        from: Timestamp,
        to: Timestamp,
    },
    /// GetRecodeFile.
    FetchLink {
        file: String,
    },
    /// TaskCreat with one number (N16), once and for all (A6).
    CallBack(CallBackOrder),
    /// TaskSet, likewise.
    EndTask {
        account: Account,
        task_id: String,
    },
    /// Post a ring to our own public address.
    PostTestRing(TestRing),
}

/// A ring of our own making, which is told from the platform's by its uuid.
#[derive(Debug)]
pub struct TestRing {
    pub url: SecretString,
    pub uuid: String,
    pub extension: Extension,
}

/// What survives a restart, apart from the calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedState {
    pub account: Option<Account>,
    pub agent: Option<Agent>,
    /// When this agent signed in here, not having been the last one to work here.
    pub agent_since: Option<Timestamp>,
    /// Who worked here before and when, the last of them first.
    pub shifts: Vec<Shift>,
    /// What those who worked here before find again, the last of them first.
    pub absent: Vec<Absent>,
    /// Ended by a sign-out: no sign-in of itself at the next start.
    pub signed_out: bool,
    pub wish: Option<Wish>,
    pub set: Option<Set>,
    pub on_break: Option<OnBreak>,
    /// The call whose after-call work goes on.
    pub wrap_up: Option<CallId>,
    pub settings: Settings,
    /// The fetch of past calls was stopped by a person.
    pub fetch_stopped: bool,
    /// Whom the platform was asked to call, while that is open or its fate unknown.
    pub call_back: Option<CallBackOrder>,
    /// The queues that an extension was to join, of which the platform has not said what became: it may be in them.
    pub joining: Vec<(Extension, QueueName)>,
    /// What was removed last because it was older than set.
    pub removal: Option<Removal>,
    /// Queues that the platform may have this agent in.
    pub entered: Vec<QueueName>,
    /// What the platform or the keyring is not known to have done; each names its account and agent.
    pub owed: Vec<Debt>,
    /// Account and extension whose sign-out was asked for last, while some of it is owed.
    pub signing_out: Option<(Account, Extension)>,
    pub other_code: Option<OtherCode>,
}

/// A company's second code, which the platform uses in callbacks only; the phone showed that its calls are this desk's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtherCode {
    pub appid: String,
    /// The code that the sign-in said.
    pub own: String,
    pub other: String,
}

/// A span of one agent's work at this desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    pub owner: Owner,
    pub since: Timestamp,
    pub until: Timestamp,
}

/// What an agent who comes back finds as they left it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Absent {
    pub owner: Owner,
    pub queues: Vec<QueueName>,
    pub settings: Settings,
}

impl SavedState {
    /// Whose desk it is: who is signed in; nobody's after a sign-out.
    pub fn owner(&self, place: &Place) -> Owner {
        if self.signed_out {
            return Owner::default();
        }
        let (account, agent) = (self.account.clone().unwrap_or_default(), self.agent.clone().unwrap_or_default());
        Owner::of(&account, &agent, place.is_hot_desk())
    }
}
