//! The requests of the supervisor's desk, and their answers as plain data.

mod convert;

use std::collections::HashMap;

use ringside_domain::{
    Agent, CampaignPlan, Customer, Extension, ExtensionDetail, FloorAnswer, FloorExtension, FloorRequest, MemberOrder, NumberRules,
    PhoneState, Problem, ProblemCode, ReachedOtherwise, SeatId, SeatOrder, Signal,
};
use ringside_wire::Code;
use secrecy::SecretString;

use crate::{
    BillQuery, Client, ExtensionFilter, ExtensionInfo, GroupFilter, NewTask, PlatformError, Registration, SeatFilter, Service, TaskReport,
};
pub use convert::dialled;
use convert::{agent, member, refused_as_sent, registered};

/// Most numbers of one request (N16).
pub const MOST_NUMBERS: usize = 10_000;
/// Most bills of a page.
const BILLS: u32 = 1000;

/// The services that this request calls, in their order.
pub fn services_of(request: &FloorRequest) -> &'static [Service] {
    match request {
        FloorRequest::CreateTask { .. } => &[Service::TaskCreat],
        FloorRequest::AddNumbers { .. } => &[Service::TaskAdd],
        FloorRequest::RemoveNumbers { .. } => &[Service::TaskDelPhone],
        FloorRequest::SetTask { .. } => &[Service::TaskSet],
        FloorRequest::ReadQueues => &[Service::GetQueueList],
        FloorRequest::ReadSeats { .. } => &[Service::GetQueueSipStatus],
        FloorRequest::AddQueue { .. } => &[Service::AddQueue],
        FloorRequest::EditQueue { .. } => &[Service::EditQueue],
        FloorRequest::DeleteQueue { .. } => &[Service::DelQueue],
        FloorRequest::SetSeat { order, .. } => match order {
            SeatOrder::Busy | SeatOrder::Available => &[Service::SetSeatsStatus],
            SeatOrder::SignIn => &[Service::SipSignIn],
            SeatOrder::SignOut => &[Service::SipSignOut],
        },
        FloorRequest::ReadGroups => &[Service::GetExtgroupInfo],
        FloorRequest::ReadMembers { .. } => &[Service::GetGroupExt],
        FloorRequest::AddGroup { .. } => &[Service::AddExtgroup],
        FloorRequest::SetMember { order, .. } => match order {
            MemberOrder::Add => &[Service::AddExtnumber],
            MemberOrder::Idle | MemberOrder::Busy => &[Service::EditExtnumber],
            MemberOrder::Remove => &[Service::DelExtnumber],
        },
        FloorRequest::ReadExtensions => {
            &[Service::GetSipnumberInfo, Service::GetSipValidStatus, Service::GetSipRegisterStatus, Service::GetSipCallStatus]
        }
        FloorRequest::ReadDialled { .. } => &[Service::GetBill],
    }
}

/// Sends the request. A request that must not be repeated is sent once; [`ProblemCode::FateUnknown`] says that it may have been carried out.
/// `numbers`: how the company's numbers are written.
pub async fn carry_out(client: &Client, numbers: &NumberRules, request: FloorRequest) -> Result<FloorAnswer, Problem> {
    check_count(&request)?;
    ask(client, numbers, request).await.map_err(|error| {
        tracing::warn!(%error, "a request to the platform failed");
        Problem::from(&error)
    })
}

/// The password of an extension; None: the platform does not know the extension. A caller shows it and keeps it nowhere (N21).
pub async fn password(client: &Client, extension: &Extension) -> Result<Option<SecretString>, PlatformError> {
    let listed = client.extensions(ExtensionFilter::All, Some(extension)).await?;
    Ok(listed.into_iter().find(|info| info.extension == *extension).map(|info| info.password))
}

/// Like [`carry_out`], with the error of the client; [`check_count`] comes before.
pub async fn ask(client: &Client, numbers: &NumberRules, request: FloorRequest) -> Result<FloorAnswer, PlatformError> {
    match request {
        FloorRequest::CreateTask { plan, numbers } => return create_task(client, plan, numbers).await,
        FloorRequest::AddNumbers { task_id, numbers } => return add_numbers(client, &task_id, numbers).await,
        FloorRequest::RemoveNumbers { task_id, phones } => client.remove_numbers(&task_id, &phones).await.map_err(|error| error.error)?,
        FloorRequest::SetTask { task_id, state } => client.set_task(&task_id, state).await?,
        FloorRequest::ReadQueues => return client.queues(None).await.map(FloorAnswer::Queues),
        FloorRequest::ReadSeats { queue } => {
            let members = client.queue_members(Some(&queue), None, SeatFilter::All).await?;
            let agents = members.into_iter().map(|member| agent(member, &queue)).collect();
            return Ok(FloorAnswer::Seats { queue, agents });
        }
        FloorRequest::AddQueue { name, remark, dials, settings } => {
            client.add_queue(&name, &remark, dials, Some(settings.strategy)).await?;
        }
        FloorRequest::EditQueue { name, settings } => client.edit_queue(&name, &settings).await?,
        FloorRequest::DeleteQueue { name } => client.delete_queue(&name).await?,
        FloorRequest::SetSeat { seat, order } => set_seat(client, seat, order).await?,
        FloorRequest::ReadGroups => {
            // A name must be sent; the documentation's example shows that it does not choose the groups (N20).
            let groups = client.groups("all", GroupFilter::All).await?;
            let code = |code: Code| Some(code.number()).filter(|number| *number != 0);
            return Ok(FloorAnswer::Groups(groups.into_iter().map(|group| (group.name, code(group.code))).collect()));
        }
        FloorRequest::ReadMembers { group } => {
            let members = client.group_members(&group, None).await?;
            return Ok(FloorAnswer::Members { group, members: members.into_iter().map(member).collect() });
        }
        FloorRequest::AddGroup { name } => client.add_group(&name, None).await?,
        FloorRequest::SetMember { group, extension, order } => match order {
            MemberOrder::Add => client.add_group_member(&group, &extension).await?,
            MemberOrder::Idle => client.set_group_member(&group, &extension, false).await?,
            MemberOrder::Busy => client.set_group_member(&group, &extension, true).await?,
            MemberOrder::Remove => client.remove_group_member(&group, &extension).await?,
        },
        FloorRequest::ReadExtensions => return extensions(client).await,
        FloorRequest::ReadDialled { from, to, page } => {
            let page = client.bill_page(&BillQuery { from, to, ..BillQuery::default() }, page, BILLS).await?;
            let rows = u32::try_from(page.rows).unwrap_or(u32::MAX);
            let signals: Vec<Signal> = page.bills.into_iter().map(|bill| Signal::Record(bill.record)).collect();
            let reached = signals.iter().filter_map(|signal| ReachedOtherwise::by(signal, numbers)).collect();
            return Ok(FloorAnswer::Dialled { total: page.total, rows, calls: signals.iter().filter_map(dialled).collect(), reached });
        }
    }
    Ok(FloorAnswer::Done)
}

async fn create_task(client: &Client, plan: CampaignPlan, numbers: Vec<Customer>) -> Result<FloorAnswer, PlatformError> {
    let task = NewTask {
        target: plan.target,
        numbers,
        agents: plan.agents,
        calls: plan.calls,
        display_numbers: plan.display_numbers,
        name: Some(plan.name).filter(|name| !name.is_empty()),
    };
    client.create_task(&task).await.map(|report| sent(report, &task.numbers)).map_err(|error| error.error)
}

async fn add_numbers(client: &Client, task_id: &str, numbers: Vec<Customer>) -> Result<FloorAnswer, PlatformError> {
    client.add_numbers(task_id, &numbers).await.map(|report| sent(report, &numbers)).map_err(|error| error.error)
}

fn sent(report: TaskReport, numbers: &[Customer]) -> FloorAnswer {
    let accepted = u32::try_from(report.accepted).unwrap_or(u32::MAX);
    FloorAnswer::Sent { task_id: report.task_id, accepted, refused: refused_as_sent(report.refused, numbers) }
}

/// One request takes 1 to 10,000 numbers; with more, the client would send several, of which only some might succeed.
pub fn check_count(request: &FloorRequest) -> Result<(), Problem> {
    let count = match request {
        FloorRequest::CreateTask { numbers, .. } | FloorRequest::AddNumbers { numbers, .. } => numbers.len(),
        FloorRequest::RemoveNumbers { phones, .. } => phones.len(),
        _ => return Ok(()),
    };
    match count {
        1..=MOST_NUMBERS => Ok(()),
        _ => Err(Problem::new(ProblemCode::BadRequest, format!("{count} numbers in one request"), false).known_not_done(true)),
    }
}

async fn set_seat(client: &Client, seat: SeatId, order: SeatOrder) -> Result<(), PlatformError> {
    let agent = Agent { extension: seat.extension, agent_id: seat.agent_id, queues: Vec::new() };
    match order {
        SeatOrder::Busy => client.set_seat(&seat.queue, &agent, true).await,
        SeatOrder::Available => client.set_seat(&seat.queue, &agent, false).await,
        SeatOrder::SignIn => client.queue_join(&seat.queue, &agent).await.map(drop),
        SeatOrder::SignOut => client.queue_leave(&seat.queue, &agent).await,
    }
}

/// The list of extensions, and what the platform says about those that are enabled. Their passwords are dropped here (N21).
async fn extensions(client: &Client) -> Result<FloorAnswer, PlatformError> {
    let listed = client.extensions(ExtensionFilter::All, None).await?;
    let all: Vec<Extension> = listed.iter().map(|info| info.extension.clone()).collect();
    let enabled: Vec<Extension> =
        listed.iter().filter(|info| info.code != Code::ExtensionDisabled).map(|info| info.extension.clone()).collect();
    let mut extensions: Vec<FloorExtension> = listed.into_iter().map(floor_extension).collect();
    let mut untold = Vec::new();
    if all.is_empty() {
        return Ok(FloorAnswer::Extensions { extensions, untold });
    }
    let states = known(client.enabled_states(&all).await, ExtensionDetail::Enabled, &mut untold)?;
    let (mut registrations, mut statuses) = (Vec::new(), Vec::new());
    if !enabled.is_empty() {
        registrations = known(client.registrations(&enabled).await, ExtensionDetail::Registered, &mut untold)?;
        statuses = known(client.call_statuses(&enabled).await, ExtensionDetail::Call, &mut untold)?;
    }
    let states: HashMap<_, _> = states.iter().map(|(one, code)| (one, *code)).collect();
    let registrations: HashMap<_, _> = registrations.iter().map(|one| (&one.extension, one)).collect();
    let statuses: HashMap<_, _> = statuses.iter().map(|one| (&one.extension, one)).collect();
    for extension in &mut extensions {
        extension.enabled = states.get(&extension.extension).and_then(|code| enabled_by(*code));
        if let Some(registration) = registrations.get(&extension.extension) {
            extension.registered = registered(registration.code).or(extension.registered);
            extension.phone_address = registration.phone_address.clone();
            extension.server_address = registration.server_address.clone();
        }
        if let Some(status) = statuses.get(&extension.extension) {
            extension.state = status.reading.state;
            let in_call = matches!(status.reading.state, PhoneState::Ringing | PhoneState::Talking | PhoneState::OffHook);
            let seconds = status.call_seconds.filter(|_| in_call);
            extension.call_since = seconds.map(|seconds| client.platform_now().minus(std::time::Duration::from_secs(seconds.into())));
            let sides = [status.reading.caller.clone(), status.reading.callee.clone()];
            extension.customer = sides.into_iter().flatten().find(|side| *side != extension.extension.0).filter(|_| in_call);
        }
    }
    Ok(FloorAnswer::Extensions { extensions, untold })
}

/// None: a code that is not documented here.
fn enabled_by(code: Code) -> Option<bool> {
    match code {
        Code::ExtensionEnabled => Some(true),
        Code::ExtensionDisabled => Some(false),
        _ => None,
    }
}

fn floor_extension(info: ExtensionInfo) -> FloorExtension {
    FloorExtension {
        enabled: None,
        enabled_in_list: enabled_by(info.code),
        registered: match info.registration {
            Registration::Registered => Some(true),
            Registration::NotRegistered => Some(false),
            Registration::Other(_) => None,
        },
        extension: info.extension,
        phone_address: None,
        server_address: None,
        state: PhoneState::Unknown,
        call_since: None,
        customer: None,
    }
}

/// An empty list in place of a refusal, which is noted: the platform refuses the whole request if it cannot answer for one of the
/// extensions, or if the account is not licensed for it (603). The list of extensions is shown without these details then.
fn known<T>(
    answer: Result<Vec<T>, PlatformError>,
    detail: ExtensionDetail,
    untold: &mut Vec<(ExtensionDetail, Problem)>,
) -> Result<Vec<T>, PlatformError> {
    match answer {
        Err(error @ (PlatformError::Failed { .. } | PlatformError::Refused { code: Code::ModuleNotLicensed, .. })) => {
            untold.push((detail, Problem::from(&error)));
            Ok(Vec::new())
        }
        answer => answer,
    }
}
