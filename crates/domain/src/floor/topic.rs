//! What the supervisor's pages watch. A page names the topics that it shows; only these are read from the platform and sent to it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    Campaign, CampaignCounts, CampaignId, CampaignPart, ChangeProgress, ElsewhereView, EndingSeen, ExtensionDetail, FloorExtension,
    FloorGroup, FloorQueue, IdleCause, Language, NumberFate, Problem, QueueName, SheetCheck, SheetError, Theme, Timestamp, Unread,
};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Topic {
    /// The state of the desk itself.
    Desk,
    Campaigns,
    /// One campaign with its parts.
    Campaign {
        campaign: CampaignId,
    },
    /// Campaigns made elsewhere.
    Elsewhere,
    Queues,
    Groups,
    Extensions,
    /// The queues of a wallboard; none: all.
    Wallboard {
        queues: Vec<QueueName>,
    },
    /// The reading and checking of a file.
    Import {
        import: u64,
    },
}

/// The newest view of a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "view", rename_all = "camelCase")]
pub enum TopicView {
    Desk(DeskView),
    Campaigns(Vec<CampaignView>),
    Campaign(Option<Box<CampaignDetail>>),
    Elsewhere(ElsewhereView),
    Queues(QueuesView),
    Groups(GroupsView),
    Extensions(ExtensionsView),
    Wallboard(WallboardView),
    Import(ImportView),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TopicEvent {
    pub topic: Topic,
    pub view: TopicView,
}

/// Whether the desk can work.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeskView {
    /// The account is signed in; else nothing is read or sent.
    pub signed_in: bool,
    /// The company's name.
    pub company: String,
    /// Why the last request failed, while none succeeded since.
    pub problem: Option<Problem>,
    /// Services that the account is not licensed for (603), by the name of the view's subject.
    pub unlicensed: Vec<String>,
    /// When the platform last answered.
    pub answered_at: Option<Timestamp>,
    /// The calls of the dialler are known up to this time.
    pub dialled_until: Option<Timestamp>,
    /// The results of changes that are shown nowhere else, such as making or deleting a queue, newest first.
    pub notices: Vec<FloorNotice>,
    /// The team breaks that run; each view shows them.
    pub breaks: Vec<TeamBreakView>,
}

/// The result of something that a person did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FloorNotice {
    pub id: u64,
    pub at: Timestamp,
    pub act: FloorAct,
    /// The queue, group or campaign that it concerns.
    pub subject: String,
    pub progress: ChangeProgress,
    /// How many numbers of a removal are in the campaign. Those that were called already stay in it.
    pub found: u32,
    /// How many of them are not in the campaign.
    pub missing: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum FloorAct {
    Start,
    AddNumbers,
    AddQueue,
    EditQueue,
    DeleteQueue,
    AddGroup,
    Pause,
    Resume,
    End,
    RemoveNumbers,
    TeamBreak,
    /// A change of an agent who has no row in the queue.
    SeatBusy,
    SeatAvailable,
    SeatSignIn,
    SeatSignOut,
    /// A change of an extension that has no row in the group.
    MemberAdd,
    MemberIdle,
    MemberBusy,
    MemberRemove,
}

/// A row of the list of campaigns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CampaignView {
    pub campaign: Campaign,
    pub counts: CampaignCounts,
    pub stage: CampaignStage,
    /// A request about it is under way.
    pub busy: bool,
}

/// The one label of a campaign's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CampaignStage {
    /// Its parts are being sent; it may call already.
    Sending,
    /// Sending was stopped, by a person, a failure or a part whose outcome is unknown.
    Stopped,
    Running,
    Pausing,
    Paused,
    Resuming,
    Ending,
    Ended,
    /// All numbers were called.
    Finished,
    /// TaskCreat was refused: there is no task.
    NotMade,
    /// It is unknown whether there is a task.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CampaignDetail {
    pub row: CampaignView,
    pub parts: Vec<CampaignPart>,
    /// For each part whose outcome is unknown: its number, and how many of its numbers the dialler has called, by bills.
    pub evidence: Vec<(u32, u32)>,
    /// Why it is not dialling; empty if nothing that is known keeps it from dialling.
    pub causes: Vec<IdleCause>,
    /// What is not known yet, and can keep it from dialling too.
    pub unread: Vec<Unread>,
    /// The most frequent endings of its last unanswered calls, by the codes in their bills.
    pub endings: Vec<EndingSeen>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct QueuesView {
    /// When the list was last read; None: not yet.
    pub read_at: Option<Timestamp>,
    pub problem: Option<Problem>,
    pub queues: Vec<FloorQueue>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GroupsView {
    pub read_at: Option<Timestamp>,
    pub problem: Option<Problem>,
    pub groups: Vec<FloorGroup>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExtensionsView {
    pub read_at: Option<Timestamp>,
    pub problem: Option<Problem>,
    pub extensions: Vec<FloorExtension>,
    /// What the last reading could not tell, and why: the account may not be licensed for it (603).
    pub untold: Vec<(ExtensionDetail, Problem)>,
}

/// A break of a whole queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TeamBreakView {
    pub queue: QueueName,
    pub step: TeamBreakStep,
    pub ends_at: Timestamp,
    /// Its agents who are set busy after the call that they are on.
    pub on_call: u32,
    /// The steps that did not work, in order.
    pub problems: Vec<Problem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum TeamBreakStep {
    /// Its campaigns are being paused.
    Pausing,
    /// Calls that ring are waited for.
    Draining,
    /// Its agents are being set busy.
    SettingBusy,
    OnBreak,
    /// Its agents are being set available.
    SettingAvailable,
    /// Its campaigns are being resumed.
    Resuming,
}

/// The wallboard: the queues' agents by state, and today's calls of the dialler.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WallboardView {
    pub queues: Vec<BoardQueue>,
    /// The agents of these queues, each once, in the strongest state that one of the queues shows: on a call, ringing, another one, busy, idle.
    pub agents: BoardAgents,
    /// Today's calls of the dialler (in the platform's time zone), all campaigns.
    pub answered: u32,
    pub reached: u32,
    pub abandoned: u32,
    /// Of the calls answered today, the longest wait in seconds until an answer. The platform does not tell how long callers wait now (N19).
    pub longest_wait_seconds: u32,
    /// Per hour of today, 0 to 23: calls, and those that reached an agent.
    pub hours: Vec<(u32, u32)>,
    /// The age of the oldest reading that is shown; None: nothing was read.
    pub read_at: Option<Timestamp>,
    pub dialled_until: Option<Timestamp>,
    /// Each of the queues is read at this interval now, in milliseconds, a tenth more or less.
    pub every_ms: u32,
    pub problem: Option<Problem>,
}

/// How many agents are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BoardAgents {
    pub idle: u32,
    pub ringing: u32,
    pub talking: u32,
    pub busy: u32,
    /// Did not answer, rejected, or an unknown state.
    pub other: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BoardQueue {
    pub name: QueueName,
    pub remark: String,
    /// Idle agents. An agent whom another queue shows ringing or on a call is counted as ringing or talking instead.
    pub idle: u32,
    pub ringing: u32,
    pub talking: u32,
    pub busy: u32,
    /// Did not answer, rejected, or an unknown state.
    pub other: u32,
    /// Of these, phones that are not registered.
    pub not_registered: u32,
    /// A team break of the queue runs, until its agents are available and its campaigns resumed.
    pub on_break: bool,
    pub read_at: Option<Timestamp>,
    pub problem: Option<Problem>,
}

/// The reading and checking of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ImportView {
    /// There is no such import.
    None,
    /// So many bytes of the file have come.
    Receiving {
        bytes: u64,
    },
    Received,
    /// So many rows were checked.
    Checking {
        rows: u32,
    },
    Checked {
        check: SheetCheck,
    },
    Failed {
        error: SheetError,
        detail: String,
    },
    /// Its rows could not be stored.
    NotStored {
        problem: Problem,
    },
}

/// Which rows of a campaign's numbers to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct NumberFilter {
    /// Digits of the number; empty: all.
    pub text: String,
    pub fate: Option<NumberFate>,
    pub part: Option<u32>,
    /// Only numbers with no call yet (Some(false)), or with a call.
    pub called: Option<bool>,
}

/// An entry in the ledger of the floor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FloorEntry {
    pub at: Timestamp,
    /// The person; empty: Ringside itself.
    pub by: String,
    /// The intent's kind, or the kind of what Ringside did by itself.
    pub what: String,
    /// The queue, group, extension or campaign that it concerns.
    pub subject: String,
    /// The result, as words for the ledger: `done`, `failed`, `unknown`; empty: a beginning.
    pub result: String,
    /// The platform's code or message; never a secret.
    pub detail: String,
}

/// The part of the agent's desk that the supervisor's page uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SupervisorPlace {
    pub language: Language,
    pub theme: Theme,
    /// The person who is signed in here: the agent's number, or the system's user.
    pub person: String,
    /// Minutes that the platform's clock is ahead of UTC at this moment.
    pub platform_utc_minutes: i32,
    /// Milliseconds that this computer's clock is ahead of the platform's; 0 until it is known.
    #[ts(type = "number")]
    pub clock_ahead_ms: i64,
    /// What the page keeps of the wallboard, as the page wrote it; empty: nothing.
    pub board: String,
}

/// A service of the platform, as a form for the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ServiceForm {
    /// As `App.Sip_Queue.GetQueueList`.
    pub name: String,
    pub does: String,
    /// The same in Chinese.
    pub chinese: String,
    /// Without `service` and `token`, which are added.
    pub required: Vec<String>,
    pub optional: Vec<String>,
    /// It changes something at the platform: the page asks first.
    pub changes: bool,
}

/// A request of the console and its answer, with secrets masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ServiceExchange {
    pub request: String,
    pub answer: String,
    /// The request as a curl command, with a placeholder for the token.
    pub curl: String,
    pub took_ms: u32,
    pub ok: bool,
}
