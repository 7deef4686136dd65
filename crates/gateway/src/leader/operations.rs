//! Carries out one request of a desk: the extension is the registry's, whatever the request says.

use std::{sync::PoisonError, time::Duration};

use ringside_domain::{Agent, Customer, Extension, Problem, QueueName, Running, Target, TestRing, Timestamp};
use ringside_fleet::{
    hub::{Bucket, DeskRecord, HubError},
    words::{CallBack, DeskId, Do, Done, ErrorCode, Operation, Queue, Refusal, Until},
};
use ringside_platform::{BillQuery, Client, NewTask, PlatformError, test_ring};

use super::{Leader, bills, budget::Class, open::Outcome};
use crate::registry::{Task, task_key};

/// Most records of one answer, which must fit into a message.
const RECORDS: usize = 1000;
/// Pages that are read for one answer at most: the order of pages is not documented (N11).
const PAGES: u32 = 10;

/// How long it is known who made a task.
const TASKS_KNOWN: Duration = Duration::from_secs(30 * 86_400);
/// No desk waits longer.
const LONGEST: Duration = Duration::from_secs(15);
/// A reading is not begun later than this after it was asked for.
const READING: Duration = Duration::from_secs(60);

impl Leader {
    pub(super) async fn carry_out(&self, desk: &DeskId, record: &DeskRecord, request: Do) -> Outcome {
        let until = self.clock.mono() + self.time_left(request.until.as_ref());
        let agent = agent_of(record, request.agent);
        let extension = agent.extension.clone();
        match request.what {
            Operation::Clock => Ok(Done::Done),
            Operation::ListQueues => self.list_queues().await,
            Operation::JoinQueue { queue } => {
                let _turn = self.open.at_seat(desk, &queue).await;
                let queue = QueueName(queue);
                let joined = self.in_time(until, |client| async move { client.queue_join(&queue, &agent).await }).await;
                self.seat_changed();
                joined.map(|already| Done::Joined { already })
            }
            Operation::LeaveQueue { queue } => {
                let _turn = self.open.at_seat(desk, &queue).await;
                let left = self.leave_queue(until, QueueName(queue), agent).await;
                self.seat_changed();
                left
            }
            Operation::SetSeat { queue, busy } => {
                let _turn = self.open.at_seat(desk, &queue).await;
                let queue = QueueName(queue);
                let set = self.in_time(until, |client| async move { client.set_seat(&queue, &agent, busy).await }).await;
                self.seat_changed();
                set.map(|()| Done::Done)
            }
            Operation::CallBack(order) => {
                let made = self.in_time(until, |client| async move { call_back(&client, extension, agent.agent_id, order).await }).await;
                if let Ok(Done::TaskMade { task_id, .. }) = &made {
                    self.task_was_made(desk, task_id).await;
                }
                made
            }
            Operation::EndTask { task_id } => {
                let ended = self.in_time(until, |client| async move { client.set_task(&task_id, Running::Over).await }).await;
                ended.map(|()| Done::Done)
            }
            Operation::ReadRecords { from, to } => self.read_records(extension, Timestamp(from), Timestamp(to)).await,
            Operation::FetchLink { file } => {
                let link = self.in_time(until, |client| async move { client.recording_link(&file).await }).await?;
                let url = secrecy::ExposeSecret::expose_secret(&link.url).to_owned();
                Ok(Done::Link { url, expires_at: link.expires_at.0 })
            }
            Operation::TestRing { uuid } => {
                let ring = TestRing { url: self.callback_url.clone(), uuid, extension };
                test_ring::post(&ring).await.map(|()| Done::Done).map_err(Refusal::from)
            }
            Operation::Floor { request, prefixes } => self.floor(desk, until, request, prefixes).await,
            Operation::Password { extension } => self.password(until, Extension(extension)).await,
            Operation::Unknown => Err(Refusal::not_done(ErrorCode::NotUnderstood, "an operation of a newer desk", false)),
        }
    }

    /// The task's end will be told to this desk, by whichever gateway hears of it.
    pub(super) async fn task_was_made(&self, desk: &DeskId, task_id: &str) {
        let task = Task { desk: desk.clone(), made_at: self.clock.wall().0 };
        match self.hub.write_record(Bucket::Fleet, &task_key(task_id), &task, None).await {
            // A conflict: numbers were added to a task that is known.
            Ok(_) | Err(HubError::Conflict) => {}
            Err(error) => tracing::warn!(%error, "the desk will not be told of its task's end"),
        }
    }

    /// Forgets who made tasks that have ended long ago.
    pub(super) async fn forget_tasks(&self) -> Result<(), HubError> {
        let before = self.clock.wall().minus(TASKS_KNOWN);
        let old = self.intake.registry.read().unwrap_or_else(PoisonError::into_inner).old_tasks(before);
        for key in old {
            if let Some(entry) = self.hub.raw_entry(Bucket::Fleet, &key).await? {
                self.hub.delete_entry(Bucket::Fleet, &key, entry.revision).await?;
            }
        }
        Ok(())
    }

    /// How long the desk still waits. Another gateway's clock says nothing here.
    fn time_left(&self, until: Option<&Until>) -> Duration {
        let own = until.filter(|until| until.gateway == self.gateway);
        own.map_or(LONGEST, |until| Timestamp(until.at).since(self.clock.wall()).min(LONGEST))
    }

    /// A request for which a person waits.
    async fn in_time<T, F>(&self, until: Duration, request: impl FnOnce(Client) -> F) -> Result<T, Refusal>
    where
        F: Future<Output = Result<T, PlatformError>>,
    {
        self.in_time_as(Class::Person, until, request).await
    }

    /// A request that is not begun after the desk has stopped waiting.
    pub(super) async fn in_time_as<T, F>(&self, class: Class, until: Duration, request: impl FnOnce(Client) -> F) -> Result<T, Refusal>
    where
        F: Future<Output = Result<T, PlatformError>>,
    {
        if self.platform.is_none() {
            return Err(refused(&PlatformError::NotSignedIn));
        }
        let left = until.saturating_sub(self.clock.mono());
        match tokio::time::timeout(left, self.turns.come(&self.lead, class)).await {
            Ok(true) => self.send(request).await.map_err(|error| refused(&error)),
            Ok(false) => Err(refused(&PlatformError::NotSignedIn)),
            Err(_) => Err(Refusal::not_done(ErrorCode::Busy, "its turn did not come in time", true)),
        }
    }

    async fn list_queues(&self) -> Outcome {
        let mut queues = self.queues();
        if queues.is_empty() {
            let until = self.clock.mono() + READING;
            queues = self.in_time(until, |client| async move { client.queue_list().await }).await?;
        }
        let word = |queue: ringside_domain::OfferedQueue| Queue { name: queue.name.0, remark: queue.remark };
        Ok(Done::Queues { queues: queues.into_iter().map(word).collect() })
    }

    /// If the platform refuses, a reading of the queue's seats tells whether the agent has left already.
    async fn leave_queue(&self, until: Duration, queue: QueueName, agent: Agent) -> Outcome {
        let (name, leaving) = (queue.clone(), agent.clone());
        let refusal = match self.in_time(until, |client| async move { client.queue_leave(&name, &leaving).await }).await {
            Ok(()) => return Ok(Done::Done),
            Err(refusal) => refusal,
        };
        if !matches!(refusal.code, ErrorCode::Refused | ErrorCode::ExtensionDisabled | ErrorCode::PhoneNotRegistered) {
            return Err(refusal);
        }
        let until = self.clock.mono() + READING;
        match self.in_time_as(Class::Confirming, until, |client| async move { client.queue_seats(&queue).await }).await {
            Ok(reading) if reading.seats.iter().all(|seat| seat.extension != agent.extension && !seat.extension.0.is_empty()) => {
                Ok(Done::Done)
            }
            // The agent may still be in the queue and get calls, so the leave is tried again whatever the refusal says.
            _ => Err(Refusal { retryable: true, ..refusal }),
        }
    }

    /// The newest records of the desk's own extension within this time.
    async fn read_records(&self, extension: Extension, from: Timestamp, to: Timestamp) -> Outcome {
        let query = BillQuery { from, to, extensions: vec![extension.clone()], ..BillQuery::default() };
        let until = self.clock.mono() + READING;
        let mut records = Vec::new();
        for number in 1..=PAGES {
            let query = query.clone();
            let page =
                self.in_time_as(Class::Past, until, |client| async move { client.bill_page(&query, number, bills::PAGE).await }).await?;
            // The platform filters by the extension; a row of another one must not reach this desk all the same.
            records.extend(page.bills.into_iter().map(|bill| bill.record).filter(|record| record.extension == extension));
            if page.rows == 0 || u64::from(number) * u64::from(bills::PAGE) >= u64::from(page.total) {
                break;
            }
        }
        records.sort_by_key(|record| std::cmp::Reverse(record.started_at));
        records.truncate(RECORDS);
        Ok(Done::Records { records: records.into_iter().map(Into::into).collect() })
    }
}

/// Who asks: the registry's extension, and its agent unless several use the desk in turn.
pub fn agent_of(record: &DeskRecord, named: Option<String>) -> Agent {
    let agent_id = if record.of.hot { named } else { record.of.agent.clone() };
    Agent { extension: Extension(record.of.extension.clone()), agent_id: agent_id.unwrap_or_default(), queues: Vec::new() }
}

/// Makes a task with one number for the desk's own extension.
async fn call_back(client: &Client, extension: Extension, agent_id: String, order: CallBack) -> Result<Done, PlatformError> {
    let number = Customer {
        phone: order.number,
        at: Some(Timestamp(order.at)),
        agent_id,
        member_id: order.member_id,
        maturity: order.maturity,
        customer_id: order.customer_id,
    };
    let task = NewTask {
        target: Target::Extension(extension),
        numbers: vec![number],
        agents: 1,
        calls: 1,
        display_numbers: Vec::new(),
        name: Some(order.task_name),
    };
    let report = client.create_task(&task).await.map_err(|error| error.error)?;
    let task_id = report.task_id.ok_or(PlatformError::Incomplete("a task's id"))?;
    Ok(Done::TaskMade { task_id, accepted: report.accepted > 0 })
}

fn refused(error: &PlatformError) -> Refusal {
    tracing::warn!(%error, "a request to the platform failed");
    match error {
        PlatformError::NotSignedIn => Refusal::not_done(ErrorCode::GatewayFailed, "the gateway has no account at the platform", true),
        error => Refusal::from(Problem::from(error)),
    }
}

#[cfg(test)]
mod tests {
    use ringside_fleet::hub::NewDesk;

    use super::*;

    #[test]
    fn a_desk_acts_for_its_own_extension_and_agent_only_and_a_hot_desk_for_whoever_sits_there() {
        let record = |hot, agent: Option<&str>| DeskRecord {
            of: NewDesk { extension: "7001".to_owned(), hot, agent: agent.map(str::to_owned), ..NewDesk::default() },
            ..DeskRecord::default()
        };
        let acts_as = |record: DeskRecord, named: Option<&str>| {
            let agent = agent_of(&record, named.map(str::to_owned));
            (agent.extension.0, agent.agent_id)
        };
        assert_eq!(acts_as(record(false, Some("10")), Some("99")), ("7001".to_owned(), "10".to_owned()));
        assert_eq!(acts_as(record(true, None), Some("99")), ("7001".to_owned(), "99".to_owned()));
        assert_eq!(acts_as(record(true, None), None), ("7001".to_owned(), String::new()));
    }
}
