//! Queues («task groups») with their settings, and the services that list, add, change and delete them.

use serde_json::{Value, json};

use crate::call::Pool;
use crate::codes;
use crate::envelope::{Answer, Refusal};
use crate::form::Form;
use crate::options::QueueSpec;
use crate::world::World;

#[derive(Clone, Debug)]
pub(crate) struct Queue {
    pub(crate) name: String,
    pub(crate) remark: String,
    pub(crate) strategy: u8,
    pub(crate) wrap_up: u64,
    pub(crate) max_no_answer: u32,
    /// The dialler may dial for the queue: AddQueue's `autocall` (N17).
    pub(crate) dials: bool,
    /// In the order of `SETTINGS`.
    pub(crate) settings: [i64; 6],
}

/// EditQueue's settings in seconds, with the documentation's defaults.
const SETTINGS: [(&str, i64); 6] =
    [("announcefreq", 30), ("ringdelay", 30), ("maxwaittime", 0), ("withnoagenttime", 0), ("noagentrejoiningtime", 5), ("discardtime", 90)];

impl From<QueueSpec> for Queue {
    fn from(spec: QueueSpec) -> Self {
        Self {
            name: spec.name,
            remark: spec.remark,
            strategy: spec.strategy,
            wrap_up: spec.wrap_up,
            max_no_answer: spec.max_no_answer,
            dials: true,
            settings: SETTINGS.map(|(_, default)| default),
        }
    }
}

impl Queue {
    /// Seconds that an agent's phone rings before the call counts as missed.
    pub(crate) fn ring_delay(&self) -> u64 {
        u64::try_from(self.settings[1]).unwrap_or(0)
    }

    /// Seconds that a customer waits for an agent at most: `discardtime`, or `maxwaittime` if that is set and shorter.
    pub(crate) fn longest_wait(&self) -> u64 {
        let [_, _, most, _, _, discard] = self.settings.map(|seconds| u64::try_from(seconds).unwrap_or(0));
        if most == 0 { discard } else { most.min(discard) }
    }
}

impl World {
    pub(crate) fn get_queue_list(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let wanted = form.optional("queuename");
        if !wanted.is_empty() && !self.queues.contains_key(wanted) {
            return Ok(Answer::Failed(codes::ILLEGAL_QUEUE));
        }
        let rows = self.queues.values();
        let rows = rows.filter(|queue| wanted.is_empty() || queue.name == wanted);
        let rows = rows.map(|queue| {
            let mut row = json!({
                "queuename": queue.name,
                "remark": queue.remark,
                "strategy": queue.strategy,
                "announce": "announce.wav",
                "autocall": self.autocall(queue),
            });
            for ((name, _), value) in SETTINGS.iter().zip(queue.settings) {
                row[*name] = json!(value);
            }
            row
        });
        Ok(Answer::Result(Value::Array(rows.collect())))
    }

    /// GetQueueList's `autocall`: the state of predictive dialling (N17).
    fn autocall(&self, queue: &Queue) -> &'static str {
        let pool = Some(Pool::Queue(queue.name.clone()));
        if !queue.dials {
            "unavailable"
        } else if self.calls.values().any(|call| call.pool == pool) {
            "busy"
        } else {
            "idle"
        }
    }

    /// AddQueue; code 1002 if the name is taken.
    pub(crate) fn add_queue(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let name = form.required("queuename")?;
        let dials = match form.required("autocall")? {
            "yes" => true,
            "no" => false,
            _ => return Err(Refusal::parameter("autocall must be yes or no")),
        };
        let remark = form.required("remark")?;
        let strategy = form.number_or("strategy", 1, 1..=8)?;
        if self.queues.contains_key(name) {
            return Ok(Answer::Failed(codes::ABNORMAL));
        }
        let mut queue = Queue::from(QueueSpec::new(name, remark));
        queue.strategy = strategy as u8;
        queue.dials = dials;
        self.queues.insert(name.to_owned(), queue);
        Ok(Answer::Done)
    }

    /// EditQueue; a setting that is not sent is reset to the documented default, as the documentation's table says.
    pub(crate) fn edit_queue(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let name = form.required("queuename")?;
        let remark = form.required("remark")?;
        let strategy = form.number_or("strategy", 1, 1..=8)?;
        let mut settings = [0; 6];
        for ((field, default), value) in SETTINGS.iter().zip(&mut settings) {
            *value = form.number_or(field, *default, 0..=86_400)?;
        }
        let Some(queue) = self.queues.get_mut(name) else {
            return Ok(Answer::Failed(codes::ILLEGAL_QUEUE));
        };
        queue.remark = remark.to_owned();
        queue.strategy = strategy as u8;
        queue.settings = settings;
        Ok(Answer::Done)
    }

    /// DelQueue; its agents are signed out.
    pub(crate) fn del_queue(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let name = form.required("queuename")?;
        if self.queues.remove(name).is_none() {
            return Ok(Answer::Failed(codes::ILLEGAL_QUEUE));
        }
        self.seats.retain(|seat| seat.queue != name);
        Ok(Answer::Done)
    }
}
