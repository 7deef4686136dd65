//! Predictive tasks and their four services (sections «Create a pre-test outbound task» to «Set … task status»).

use std::collections::VecDeque;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::{Custom, Pool, RingSpec};
use crate::codes;
use crate::envelope::{Answer, Refusal};
use crate::form::Form;
use crate::world::{Due, World};

/// Numbers that one request may bring (N16).
const MOST_NUMBERS: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// 1026
    Open,
    /// 1027
    Paused,
    /// 1028
    Over,
}

#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) pool: Pool,
    /// Customers dialled for each idle agent.
    pub(crate) scale: u32,
    pub(crate) display_numbers: Vec<String>,
    pub(crate) numbers: VecDeque<Number>,
    pub(crate) progress: Progress,
}

#[derive(Clone, Debug)]
pub(crate) struct Number {
    pub(crate) phone: String,
    /// The number is not dialled before; the documentation contradicts itself here (N16).
    pub(crate) not_before: Timestamp,
    pub(crate) custom: Custom,
}

impl Task {
    pub(crate) fn runs(&self) -> bool {
        self.progress == Progress::Open && !self.numbers.is_empty()
    }
}

impl World {
    /// TaskCreat. The task is open from the start.
    pub(crate) fn task_creat(&mut self, form: &Form, now: Timestamp) -> Result<Answer, Refusal> {
        let kind = form.required_number("assigntype", 1..=3)?;
        let agent = form.required("assignagent")?.to_owned();
        let (numbers, invalid) = numbers(form, now)?;
        let scale = scale(form.required("taskscale")?)?;
        form.present("disnumber")?;
        let display_numbers = form.list("disnumber").into_iter().map(str::to_owned).collect();
        let objection = match kind {
            1 => self.objection(&agent),
            2 => (!self.queues.contains_key(&agent)).then_some(codes::ILLEGAL_QUEUE),
            _ => {
                let known = self.groups.iter().any(|group| group.name == agent);
                (!known).then_some(codes::ABNORMAL)
            }
        };
        if let Some(code) = objection {
            return Ok(Answer::Failed(code));
        }
        let pool = match kind {
            1 => Pool::Extension(agent),
            2 => Pool::Queue(agent),
            _ => Pool::Group(agent),
        };
        let id = self.task_id(now);
        self.await_numbers(&numbers);
        self.count_given(&numbers);
        self.tasks.insert(
            id.clone(),
            Task {
                name: form.optional("taskname").to_owned(),
                pool,
                scale,
                display_numbers,
                numbers: numbers.into(),
                progress: Progress::Open,
            },
        );
        Ok(Answer::Result(json!({ "taskid": id, "invaliddata": invalid })))
    }

    /// As `20200212163504393460`: the platform's local time to the microsecond; if that id is taken, the next free one.
    fn task_id(&self, now: Timestamp) -> String {
        let stamp = now.to_zoned(self.zone.clone()).strftime("%Y%m%d%H%M%S").to_string();
        let first = u64::from(now.subsec_nanosecond().unsigned_abs() / 1000);
        (first..).map(|micros| format!("{stamp}{micros:06}")).find(|id| !self.tasks.contains_key(id)).unwrap_or(stamp)
    }

    fn count_given(&mut self, numbers: &[Number]) {
        for number in numbers {
            *self.given.entry(number.phone.clone()).or_default() += 1;
        }
    }

    /// Schedules a round of the dialler for the time of each number.
    fn await_numbers(&mut self, numbers: &[Number]) {
        let mut times: Vec<Timestamp> = numbers.iter().map(|number| number.not_before).collect();
        times.sort();
        times.dedup();
        for at in times {
            self.schedule_at(at, Due::Dial);
        }
    }

    /// TaskAdd; code 1024 if there is no such task, 1028 if it is over.
    pub(crate) fn task_add(&mut self, form: &Form, now: Timestamp) -> Result<Answer, Refusal> {
        let id = form.required("taskid")?;
        let (numbers, invalid) = numbers(form, now)?;
        self.await_numbers(&numbers);
        let Some(task) = self.tasks.get_mut(id) else {
            return Ok(Answer::Failed(codes::NO_TASK));
        };
        if task.progress == Progress::Over {
            return Ok(Answer::Failed(codes::TASK_OVER));
        }
        let success = numbers.len();
        let given = numbers.clone();
        task.numbers.extend(numbers);
        self.count_given(&given);
        Ok(Answer::Result(json!({ "success": success, "invaliddata": invalid })))
    }

    /// taskDelPhone (N15): removes numbers that still wait; code 1020 if none of them does.
    pub(crate) fn task_del_phone(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let id = form.required("taskid")?;
        let phones = form.required_list("telphone")?;
        let Some(task) = self.tasks.get_mut(id) else {
            return Ok(Answer::Failed(codes::NO_TASK));
        };
        let before = task.numbers.len();
        task.numbers.retain(|number| !phones.contains(&number.phone.as_str()));
        if task.numbers.len() == before {
            return Ok(Answer::Failed(codes::NO_NUMBER));
        }
        let id = id.to_owned();
        self.task_progress(&id);
        Ok(Answer::Done)
    }

    /// TaskSet: 1 open, 2 pause, 3 end; a task that is over stays over.
    pub(crate) fn task_set(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let id = form.required("taskid")?;
        let status = form.required_number("taskstatus", 1..=3)?;
        let Some(task) = self.tasks.get_mut(id) else {
            return Ok(Answer::Failed(codes::NO_TASK));
        };
        match (task.progress, status) {
            (Progress::Over, 3) => {}
            (Progress::Over, _) => return Ok(Answer::Failed(codes::TASK_OVER)),
            (_, 1) => task.progress = Progress::Open,
            (_, 2) => task.progress = Progress::Paused,
            _ => {
                task.progress = Progress::Over;
                let id = id.to_owned();
                self.tell_task(&id);
            }
        }
        Ok(Answer::Done)
    }

    /// Ends the task once its numbers are used up and its last call is over.
    pub(crate) fn task_progress(&mut self, id: &str) {
        let calling = self.calls.values().any(|call| call.task.as_deref() == Some(id));
        if let Some(task) = self.tasks.get_mut(id)
            && task.progress != Progress::Over
            && task.numbers.is_empty()
            && !calling
        {
            task.progress = Progress::Over;
            self.tell_task(id);
        }
    }

    /// The next number of an open task of this pool whose time has come.
    pub(crate) fn next_of_tasks(&mut self, pool: &Pool, now: Timestamp) -> Option<RingSpec> {
        let mut tasks = self.tasks.iter_mut();
        let (id, task, at) = tasks.find_map(|(id, task)| {
            let fits = task.runs() && task.pool == *pool;
            let mut numbers = task.numbers.iter();
            let at = numbers.position(|number| fits && number.not_before <= now)?;
            Some((id, task, at))
        })?;
        let number = task.numbers.remove(at)?;
        let display_number = self.random.pick(&task.display_numbers).cloned();
        Some(RingSpec {
            customer: number.phone,
            custom: number.custom,
            queue: match pool {
                Pool::Queue(queue) => Some(queue.clone()),
                _ => None,
            },
            task: Some(id.clone()),
            display_number: display_number.unwrap_or_default(),
            ..RingSpec::default()
        })
    }

    /// How many customers are dialled for each idle agent of the pool.
    pub(crate) fn scale(&self, pool: &Pool) -> u32 {
        let mut tasks = self.tasks.values();
        let task = tasks.find(|task| task.runs() && task.pool == *pool);
        task.map_or(1, |task| task.scale)
    }
}

/// `taskscale`, «idle agents : calls», as `1:2`: how many calls for one agent, at least one.
fn scale(text: &str) -> Result<u32, Refusal> {
    let parts = text.split_once(':');
    let parts = parts.and_then(|(agents, calls)| Some((agents.trim().parse::<u32>().ok()?, calls.trim().parse::<u32>().ok()?)));
    match parts {
        Some((agents @ 1.., calls @ 1..)) => Ok(calls.div_ceil(agents).min(100)),
        _ => Err(Refusal::parameter("taskscale must be written as 1:1")),
    }
}

/// The valid numbers of `telphone`, and the invalid items.
fn numbers(form: &Form, now: Timestamp) -> Result<(Vec<Number>, Vec<Value>), Refusal> {
    let items: Vec<Value> =
        serde_json::from_str(form.required("telphone")?).map_err(|_| Refusal::parameter("telphone must be a JSON array"))?;
    if items.len() > MOST_NUMBERS {
        return Err(Refusal::parameter("telphone holds more than 10000 numbers"));
    }
    let (mut numbers, mut invalid) = (Vec::new(), Vec::new());
    for item in items {
        match number(&item, now) {
            Some(number) => numbers.push(number),
            None => invalid.push(item),
        }
    }
    Ok((numbers, invalid))
}

fn number(item: &Value, now: Timestamp) -> Option<Number> {
    let text = |name: &str| match item.get(name) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let phone = text("phone");
    let valid = (3..=20).contains(&phone.len()) && phone.bytes().all(|b| b.is_ascii_digit());
    let not_before = match text("time").as_str() {
        "" => now,
        seconds => Timestamp::from_second(seconds.parse().ok()?).ok()?,
    };
    valid.then(|| Number {
        phone,
        not_before,
        custom: Custom {
            member_id: text("memberid"),
            customer_id: text("customuuid"),
            maturity: text("chengshudu"),
            user_key: String::new(),
        },
    })
}
