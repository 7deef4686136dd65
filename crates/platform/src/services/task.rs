//! Predictive tasks: «Create a pre-test outbound task interface», «… number addition», «… number remove», «Set … task status».

use ringside_domain::{Customer, Running, Target, Timestamp};
use ringside_wire::{Text, items};
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;

use crate::{Client, PlatformError, Service, envelope::Answer};

/// Most numbers of one request (N16); more are sent in several requests.
const MOST: usize = 10_000;

/// A task to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTask {
    /// The agents who take its calls.
    pub target: Target,
    /// The numbers to call; TaskAdd sends those beyond 10,000.
    pub numbers: Vec<Customer>,
    /// `taskscale`: for so many idle agents …
    pub agents: u32,
    /// … the platform makes so many calls: 1 and 2 are sent as `1:2`.
    pub calls: u32,
    /// The numbers shown to customers; if empty, the platform uses any number of the company.
    pub display_numbers: Vec<String>,
    /// Its name for people.
    pub name: Option<String>,
}

/// The outcome of the numbers sent so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskReport {
    /// The task's id; None if no task was created.
    pub task_id: Option<String>,
    /// How many numbers the platform accepted.
    pub accepted: usize,
    /// The numbers that the platform refused, as it named them.
    pub refused: Vec<String>,
}

/// Some of the numbers were not accepted, or their outcome is unknown.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{error} (numbers from {next} on; {} taken, {} refused before)", so_far.accepted, so_far.refused.len())]
pub struct TaskError {
    /// The outcome of the parts before.
    pub so_far: TaskReport,
    /// Index of the first number of the part that failed; the numbers after that part were not sent.
    pub next: usize,
    /// The error. [`PlatformError::FateUnknown`]: the platform may have accepted this part.
    #[source]
    pub error: PlatformError,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    taskid: Text,
    success: Text,
    invaliddata: Value,
}

impl Client {
    /// TaskCreat («Create a pre-test outbound task interface»): creates a task, which starts at once, then adds the numbers beyond the
    /// first 10,000 with TaskAdd.
    ///
    /// # Errors
    /// The error and the outcome of the parts before. No request is repeated: people would be called twice (A6).
    pub async fn create_task(&self, task: &NewTask) -> Result<TaskReport, TaskError> {
        let (first, rest) = task.numbers.split_at(task.numbers.len().min(MOST));
        let mut report = TaskReport::default();
        let created = self.create_with(task, first).await;
        let wire = created.map_err(|error| TaskError { so_far: TaskReport::default(), next: 0, error })?;
        let task_id = wire.taskid.owned();
        report.refused = refused(wire.invaliddata);
        report.accepted = first.len().saturating_sub(report.refused.len());
        report.task_id = Some(task_id.clone());
        self.add_parts(&task_id, rest, first.len(), report).await
    }

    /// TaskAdd («… task number addition»): adds numbers to a task, 10,000 per request.
    ///
    /// # Errors
    /// Like [`Client::create_task`].
    pub async fn add_numbers(&self, task_id: &str, numbers: &[Customer]) -> Result<TaskReport, TaskError> {
        let report = TaskReport { task_id: Some(task_id.to_owned()), ..TaskReport::default() };
        self.add_parts(task_id, numbers, 0, report).await
    }

    /// taskDelPhone («… task number remove»): removes numbers that have not been called from a task, 10,000 per request (N15).
    ///
    /// # Errors
    /// Like [`Client::create_task`]; `so_far` counts the removed numbers.
    pub async fn remove_numbers(&self, task_id: &str, phones: &[String]) -> Result<(), TaskError> {
        let mut next = 0;
        for part in phones.chunks(MOST) {
            let fields = [("taskid", task_id), ("telphone", &part.join(","))];
            let so_far = || TaskReport { task_id: Some(task_id.to_owned()), accepted: next, refused: Vec::new() };
            self.call(Service::TaskDelPhone, &fields).await.map_err(|error| TaskError { so_far: so_far(), next, error })?;
            next += part.len();
        }
        Ok(())
    }

    /// TaskSet («Set the pre-test outbound task status interface»): opens, pauses or ends a task.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] for a task that does not exist or has ended.
    pub async fn set_task(&self, task_id: &str, state: Running) -> Result<(), PlatformError> {
        let state = match state {
            Running::Open => "1",
            Running::Paused => "2",
            Running::Over => "3",
        };
        self.call(Service::TaskSet, &[("taskid", task_id), ("taskstatus", state)]).await.map(drop)
    }

    async fn create_with(&self, task: &NewTask, numbers: &[Customer]) -> Result<Wire, PlatformError> {
        let (kind, target) = match &task.target {
            Target::Extension(extension) => ("1", &extension.0),
            Target::Queue(queue) => ("2", &queue.0),
            Target::Group(group) => ("3", group),
        };
        let (numbers, scale, display_numbers) =
            (json_of(numbers, self.platform_now()), format!("{}:{}", task.agents, task.calls), task.display_numbers.join(","));
        let mut fields = vec![
            ("assigntype", kind),
            ("assignagent", target),
            ("telphone", &numbers),
            ("taskscale", &scale),
            ("disnumber", &display_numbers),
        ];
        fields.extend(task.name.as_deref().map(|name| ("taskname", name)));
        self.call_for(Service::TaskCreat, &fields, created).await
    }

    async fn add_parts(
        &self,
        task_id: &str,
        numbers: &[Customer],
        mut next: usize,
        mut report: TaskReport,
    ) -> Result<TaskReport, TaskError> {
        for part in numbers.chunks(MOST) {
            let fields = [("taskid", task_id), ("telphone", &json_of(part, self.platform_now()))];
            let wire = match self.call_for(Service::TaskAdd, &fields, added).await {
                Ok(wire) => wire,
                Err(error) => return Err(TaskError { so_far: report, next, error }),
            };
            let refused = refused(wire.invaliddata);
            let counted = wire.success.number().and_then(|count| usize::try_from(count).ok());
            report.accepted += counted.unwrap_or(part.len().saturating_sub(refused.len()));
            report.refused.extend(refused);
            next += part.len();
        }
        Ok(report)
    }
}

fn created(answer: Answer) -> Result<Wire, PlatformError> {
    const WHAT: &str = "a task's id";
    let wire: Wire = answer.read(WHAT)?;
    if wire.taskid.as_str().is_empty() { Err(PlatformError::Incomplete(WHAT)) } else { Ok(wire) }
}

fn added(answer: Answer) -> Result<Wire, PlatformError> {
    const WHAT: &str = "what was added";
    let wire: Wire = answer.read(WHAT)?;
    let says_nothing = wire.success.as_str().is_empty() && wire.invaliddata.is_null();
    if says_nothing { Err(PlatformError::Incomplete(WHAT)) } else { Ok(wire) }
}

/// `telphone`: a JSON array in a form field, with plain quotes. Numbers are sent as text, so that no leading zero is lost (N16). The
/// documentation contradicts itself about the effect of the preset time, in epoch seconds; it is always sent, the present for a number without
/// one, so that a person can see what was sent.
fn json_of(numbers: &[Customer], now: Timestamp) -> String {
    let number = |number: &Customer| {
        json!({
            "phone": number.phone,
            "time": number.at.unwrap_or(now).0.div_euclid(1000),
            "userid": number.agent_id,
            "memberid": number.member_id,
            "chengshudu": number.maturity,
            "customuuid": number.customer_id,
        })
    };
    Value::Array(numbers.iter().map(number).collect()).to_string()
}

/// The documentation does not show the form of `invaliddata`. Numbers, strings and the objects that were sent are read.
fn refused(data: Value) -> Vec<String> {
    let Some(items) = items(data) else { return Vec::new() };
    let phone = |item: Value| match item {
        Value::String(phone) => phone,
        Value::Object(mut fields) => match fields.remove("phone") {
            Some(Value::String(phone)) => phone,
            Some(phone) => phone.to_string(),
            None => Value::Object(fields).to_string(),
        },
        other => other.to_string(),
    };
    items.into_iter().map(phone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n16_refused_numbers_are_read_in_any_form() {
        let data = json!(["0133", 18012345678_u64, {"phone": "0155", "time": 1}, {"phone": 166}, {"tel": 1}]);
        assert_eq!(refused(data), ["0133", "18012345678", "0155", "166", "{\"tel\":1}"]);
        assert_eq!(refused(Value::Null), [""; 0]);
        assert_eq!(refused(json!({})), [""; 0]);
    }
}
