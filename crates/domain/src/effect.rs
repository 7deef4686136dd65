//! What the session asks the engine to do.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    Account, Agent, ArchiveOrder, Call, CallBackOrder, CallId, CallRecord, Debt, Edit, ExportFormat, Extension, Filter, Identity,
    LedgerEntry, OnBreak, OwnAgent, Owner, Place, QueueName, RecordingFate, Removal, Set, SettingChange, Settings, Span, Timestamp, Wish,
};

/// Every effect is carried out; none is skipped or merged.
#[derive(Debug)]
pub enum Effect {
    /// Send a request to the platform; the outcome comes back as `Input::Answered` with this id.
    Ask {
        id: RequestId,
        request: Request,
    },
    /// Store a callback; its acknowledgement waits for the commit.
    Append {
        payload: String,
        received_at: Timestamp,
    },
    /// Store the hash of a callback for another extension, so that duplicates are recognised, and the callback itself only if the
    /// administrator wants it; its acknowledgement waits for the commit.
    AppendForeign {
        payload: String,
        received_at: Timestamp,
    },
    /// Store a body that could not be read; their number is limited.
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
    /// Mark all records of this span as fetched, in the same commit as the calls saved beside it. `Input::Fetched` then tells all fetched
    /// spans.
    SaveFetched {
        scope: String,
        span: Span,
    },
    /// Read the fetched spans of this scope; the answer is `Input::Fetched`.
    ReadFetched {
        scope: String,
    },
    /// Find the calls that these records may belong to; the answer is `Input::Recalled`.
    Recall {
        records: Vec<CallRecord>,
    },
    /// Count the calls to do; the answer is `Input::ToDo`.
    CountToDo,
    /// Find the last call with this number that began before; the answer is `Input::Contact`.
    FindContact {
        call: CallId,
        number: String,
        before: Timestamp,
    },
    /// Find a call, however old; the answer is `Input::Found`.
    FindCall {
        call: CallId,
    },
    /// Find the name or the address of the recording of a call that is not in memory; the answer is `Input::Recording`.
    FindRecording {
        call: CallId,
    },
    /// Write these calls to a file; `Input::Exporting` tells the progress.
    Export {
        id: u64,
        filter: Box<Filter>,
        format: ExportFormat,
    },
    StopExport,
    /// Store the address of a recording without a name. It gives access to the recording, so it is never shown or logged.
    KeepRecordingUrl {
        call: CallId,
        url: String,
    },
    /// Store the result for a call's recording in the archive's manifest.
    SaveRecording {
        call: CallId,
        fate: RecordingFate,
    },
    /// Read the state of the archive, and the wanted recordings of calls that began since; the answer is `Input::ArchiveSeen`. None: of all
    /// extensions.
    LookAtArchive {
        extension: Option<Extension>,
        order: ArchiveOrder,
        since: Timestamp,
    },
    /// Fetch the recording of this call into the archive; `Input::Transferred` tells the end.
    FetchRecording {
        call: CallId,
    },
    /// Stop the transfer of a call's recording; `Input::Transferred` tells the end.
    StopTransfer {
        call: CallId,
        /// Do not stop it if a person waits for it.
        unless_awaited: bool,
    },
    /// Check every kept file; `Input::Verifying` tells the progress.
    VerifyArchive {
        id: u64,
    },
    StopVerification,
    /// Remove the calls, and the recordings of calls, that began before these times; the answer is `Input::Removed`.
    RemoveOld {
        calls: Option<Timestamp>,
        recordings: Option<Timestamp>,
    },
    /// Open a page with the system's program for it; `ShellReport::Crm` tells the result.
    OpenCrm {
        url: String,
    },
    /// Store the state that a restart needs.
    SaveState(Box<SavedState>),
    /// The supervisor's desk may send the request that wanted this turn; `Input::TurnEnded` tells its outcome.
    GiveTurn {
        id: TurnId,
    },
    /// The session begins anew and knows none of the turns that were wanted: the supervisor's desk must ask for them again.
    TurnsLost,
}

/// Identifies a turn that the supervisor's desk wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TurnId(pub u64);

/// Identifies a request, so that its outcome can be assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A request to the platform.
#[derive(Debug)]
pub enum Request {
    /// Enrol this desk at the company's gateway.
    Enrol {
        code: SecretString,
    },
    /// Log in. A given accesskey is kept in the vault unless the platform refuses it; None: the kept one is used. The company's gateway has
    /// the accesskey itself, and is told the agent.
    SignIn {
        account: Account,
        agent: Agent,
        accesskey: Option<SecretString>,
    },
    /// Log out: end the token of this account, if there is one.
    EndToken {
        account: Account,
    },
    /// Remove the accesskey and the token of this account from the vault.
    ForgetSecrets {
        account: Account,
    },
    /// Keep the accesskey in the vault for the next sign-in.
    KeepAccesskey {
        account: Account,
        accesskey: SecretString,
    },
    ListQueues,
    JoinQueue {
        queue: QueueName,
        agent: Agent,
    },
    /// Uses the stored accesskey or token of this account, whoever is signed in.
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
    /// GetBill for the own extension: calls that began within this time; at most the newest 1000.
    ReadRecords {
        extension: Extension,
        from: Timestamp,
        to: Timestamp,
    },
    /// GetRecodeFile.
    FetchLink {
        file: String,
    },
    /// TaskCreat with one number (N16); never sent again (A6).
    CallBack(CallBackOrder),
    /// TaskSet.
    EndTask {
        account: Account,
        task_id: String,
    },
    /// Post a ring to our own public address.
    PostTestRing(TestRing),
}

/// A ring that Ringside posts itself; its uuid distinguishes it from the platform's.
#[derive(Debug)]
pub struct TestRing {
    pub url: SecretString,
    pub uuid: String,
    pub extension: Extension,
}

/// The state that survives a restart, apart from the calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedState {
    /// 0: written by an earlier version, which stored the values in effect in place of the choices.
    pub format: u32,
    /// The account, the agent and the settings in effect: for each value what a person chose or, if nobody chose it, what is provisioned.
    #[serde(skip)]
    pub account: Option<Account>,
    #[serde(skip)]
    pub agent: Option<Agent>,
    #[serde(rename = "account")]
    pub own_account: Option<Account>,
    #[serde(rename = "agent")]
    pub own_agent: Option<OwnAgent>,
    /// What a person chose in the settings, one change for each key.
    pub choices: Vec<SettingChange>,
    /// When this agent signed in here after another agent.
    pub agent_since: Option<Timestamp>,
    /// The earlier spans of work at this desk, the last one first.
    pub shifts: Vec<Shift>,
    /// The settings of agents who worked here before, the last one first.
    pub absent: Vec<Absent>,
    /// A person signed out, so the next start does not sign in automatically.
    pub signed_out: bool,
    pub wish: Option<Wish>,
    pub set: Option<Set>,
    pub on_break: Option<OnBreak>,
    /// The call whose after-call work goes on.
    pub wrap_up: Option<CallId>,
    /// In effect. Stored for programs that read the data without the provisioning, such as `ringside archive verify` and earlier versions.
    pub settings: Settings,
    /// A person stopped the fetch of past calls.
    pub fetch_stopped: bool,
    /// The order to call back that is open, or whose outcome is unknown.
    pub call_back: Option<CallBackOrder>,
    /// Extensions and queues with a sign-in whose outcome is unknown: the extension may be in the queue.
    pub joining: Vec<(Extension, QueueName)>,
    /// The last removal of outdated calls and recordings.
    pub removal: Option<Removal>,
    /// The account and agent that signed in last and did not sign out. `entered`, an open call back and the secrets in the vault belong to them.
    /// None: nobody is signed in, or an earlier version wrote the state.
    pub signed_in_as: Option<Identity>,
    /// Queues that the platform may have this agent in.
    pub entered: Vec<QueueName>,
    /// Requests that the platform or the keyring has not confirmed; each names its account and agent.
    pub owed: Vec<Debt>,
    /// Account and extension of the last sign-out, while some of its debts are open.
    pub signing_out: Option<(Account, Extension)>,
    pub other_code: Option<OtherCode>,
}

/// The company's second code, which the platform uses only in callbacks; the phone showed that their calls are this desk's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtherCode {
    pub appid: String,
    /// The code that the sign-in returned.
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

/// The settings and queues of an absent agent, restored when the agent comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Absent {
    pub owner: Owner,
    /// None: those that are provisioned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queues: Option<Vec<QueueName>>,
    pub choices: Vec<SettingChange>,
    /// As [`SavedState::settings`].
    pub settings: Settings,
}

impl SavedState {
    /// The owner by the agent who is signed in; after a sign-out the default, which owns nothing.
    pub fn owner(&self, place: &Place) -> Owner {
        if self.signed_out {
            return Owner::default();
        }
        let (account, agent) = (self.account.clone().unwrap_or_default(), self.agent.clone().unwrap_or_default());
        Owner::of(&account, &agent, place.is_hot_desk())
    }
}
