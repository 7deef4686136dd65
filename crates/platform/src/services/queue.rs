//! The queue services an agent needs.

use ringside_domain::{Agent, Extension, OfferedQueue, QueueName, Seat, SeatsReading};
use serde::Deserialize;

use crate::{Client, Code, PlatformError, Service, moment, wire::Text};

#[derive(Debug, Deserialize)]
struct QueueRow {
    #[serde(default)]
    queuename: Text,
    #[serde(default)]
    remark: Text,
}

/// A row of GetQueueSipStatus.
#[derive(Debug, Deserialize)]
struct SeatRow {
    #[serde(default)]
    extnumber: Text,
    /// The extension.
    #[serde(default)]
    status: Text,
    /// The agent in the queue.
    #[serde(default)]
    state: Text,
    #[serde(default)]
    lastanswertime: Text,
    #[serde(default)]
    seatschangetime: Text,
    #[serde(default)]
    noanswercount: Text,
    #[serde(default)]
    callsanswered: Text,
    #[serde(default)]
    wrapuptime: Text,
    #[serde(default)]
    maxnoanswer: Text,
}

/// The three services that change a seat are told the same three things.
fn seat_fields<'a>(queue: &'a QueueName, agent: &'a Agent) -> [(&'static str, &'a str); 3] {
    [("queuename", &queue.0), ("extnumber", &agent.extension.0), ("crmid", &agent.agent_id)]
}

impl Client {
    /// GetQueueList: all queues of the account.
    pub async fn queue_list(&self) -> Result<Vec<OfferedQueue>, PlatformError> {
        let rows: Vec<QueueRow> = self.call(Service::GetQueueList, &[]).await?.list("a list of queues")?;
        Ok(rows.into_iter().map(|row| OfferedQueue { name: QueueName(row.queuename.owned()), remark: row.remark.owned() }).collect())
    }

    /// GetQueueSipStatus: all agents signed in to one queue (N18, N19).
    pub async fn queue_seats(&self, queue: &QueueName) -> Result<SeatsReading, PlatformError> {
        let fields = [("queuename", queue.0.as_str()), ("extnumber", ""), ("state", "0")];
        let rows: Vec<SeatRow> = self.call(Service::GetQueueSipStatus, &fields).await?.list("a list of agents")?;
        Ok(SeatsReading { queue: queue.clone(), seats: rows.into_iter().map(|row| self.seat(row)).collect() })
    }

    fn seat(&self, row: SeatRow) -> Seat {
        Seat {
            extension: Extension(row.extnumber.owned()),
            phone: Code(row.status.number().unwrap_or(0)).phone(),
            state: Code(row.state.number().unwrap_or(0)).seat(),
            changed_at: moment::parse(row.seatschangetime.as_str(), self.offset()),
            last_answer_at: moment::parse(row.lastanswertime.as_str(), self.offset()),
            answered: row.callsanswered.number().unwrap_or(0),
            missed: row.noanswercount.number().unwrap_or(0),
            wrap_up_seconds: row.wrapuptime.number().unwrap_or(0),
            max_misses: row.maxnoanswer.number().unwrap_or(0),
        }
    }

    /// SipSignIn. True: the extension was in the queue already (code 1218), which is fine.
    pub async fn queue_join(&self, queue: &QueueName, agent: &Agent) -> Result<bool, PlatformError> {
        match self.call(Service::SipSignIn, &seat_fields(queue, agent)).await {
            Ok(_) => Ok(false),
            Err(PlatformError::Failed { code: Code(1218), .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// SipSignOut.
    pub async fn queue_leave(&self, queue: &QueueName, agent: &Agent) -> Result<(), PlatformError> {
        self.call(Service::SipSignOut, &seat_fields(queue, agent)).await.map(drop)
    }

    /// SetSeatsStatus in one queue: 1 busy, 2 idle (N14).
    pub async fn set_seat(&self, queue: &QueueName, agent: &Agent, busy: bool) -> Result<(), PlatformError> {
        let [queue, extension, agent] = seat_fields(queue, agent);
        let fields = [("settype", if busy { "1" } else { "2" }), queue, extension, agent];
        self.call(Service::SetSeatsStatus, &fields).await.map(drop)
    }
}
