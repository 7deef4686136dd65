//! Queues and their agents: «Get queue list» to «extension sign out», «Get extension status interface».

use ringside_domain::{Agent, Extension, OfferedQueue, QueueName, QueueRead, QueueSettings, QueueStrategy, Seat, SeatsReading, Timestamp};
use ringside_wire::{Code, Text, moment};
use serde::Deserialize;

use crate::{Client, PlatformError, Service};

mod words;

pub use words::SeatFilter;
use words::{QueueRow, settings_fields, strategy_code};

/// An agent in a queue: a row of GetQueueSipStatus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMember {
    /// The queue.
    pub queue: QueueName,
    /// The agent's name in the telephone system.
    pub seat_name: String,
    /// The extension's state, the agent's state and the agent's figures, as the domain's types (N18, N19).
    pub seat: Seat,
    /// When the platform last gave this agent a call.
    pub assigned_at: Option<Timestamp>,
    /// Calls that the dialler did not make.
    pub other_calls: u32,
}

#[derive(Debug, Deserialize)]
struct MemberRow {
    #[serde(default)]
    queuename: Text,
    #[serde(default)]
    seatsname: Text,
    #[serde(default)]
    extnumber: Text,
    /// The extension's state.
    #[serde(default)]
    status: Text,
    /// The agent's state in the queue.
    #[serde(default)]
    state: Text,
    #[serde(default)]
    lastanswertime: Text,
    #[serde(default)]
    lastassigntime: Text,
    #[serde(default)]
    seatschangetime: Text,
    #[serde(default)]
    noanswercount: Text,
    #[serde(default)]
    callsanswered: Text,
    #[serde(default)]
    externalcallscount: Text,
    #[serde(default)]
    wrapuptime: Text,
    #[serde(default)]
    maxnoanswer: Text,
}

/// The three services that change a seat take the same three fields.
fn seat_fields<'a>(queue: &'a QueueName, agent: &'a Agent) -> [(&'static str, &'a str); 3] {
    [("queuename", &queue.0), ("extnumber", &agent.extension.0), ("crmid", &agent.agent_id)]
}

impl Client {
    /// GetQueueList («Get queue list»): all queues of the account, or one of them.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] for a queue that does not belong to the company.
    pub async fn queues(&self, queue: Option<&QueueName>) -> Result<Vec<QueueRead>, PlatformError> {
        let named = queue.map(|queue| ("queuename", queue.0.as_str()));
        let rows: Vec<QueueRow> = self.call(Service::GetQueueList, named.as_slice()).await?.list("a list of queues")?;
        Ok(rows.into_iter().map(QueueRead::from).collect())
    }

    /// GetQueueList, reduced to what an agent needs to choose queues.
    ///
    /// # Errors
    /// Like [`Client::queues`].
    pub async fn queue_list(&self) -> Result<Vec<OfferedQueue>, PlatformError> {
        Ok(self.queues(None).await?.into_iter().map(|queue| OfferedQueue { name: queue.name, remark: queue.settings.remark }).collect())
    }

    /// GetQueueSipStatus («Get extension status interface»): the agents signed in to one queue or to all queues, or one extension in all
    /// its queues.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] for a queue that does not belong to the company.
    pub async fn queue_members(
        &self,
        queue: Option<&QueueName>,
        extension: Option<&Extension>,
        filter: SeatFilter,
    ) -> Result<Vec<QueueMember>, PlatformError> {
        let fields = [
            ("queuename", queue.map_or("", |queue| &queue.0)),
            ("extnumber", extension.map_or("", |extension| &extension.0)),
            ("state", filter.code()),
        ];
        let rows: Vec<MemberRow> = self.call(Service::GetQueueSipStatus, &fields).await?.list("a list of agents")?;
        Ok(rows.into_iter().map(|row| self.member(row, queue)).collect())
    }

    /// GetQueueSipStatus: all agents signed in to one queue.
    ///
    /// # Errors
    /// Like [`Client::queue_members`].
    pub async fn queue_seats(&self, queue: &QueueName) -> Result<SeatsReading, PlatformError> {
        let members = self.queue_members(Some(queue), None, SeatFilter::All).await?;
        Ok(SeatsReading { queue: queue.clone(), seats: members.into_iter().map(|member| member.seat).collect(), others: None })
    }

    fn member(&self, row: MemberRow, asked: Option<&QueueName>) -> QueueMember {
        let time = |text: &Text| moment::parse(text.as_str(), self.zone());
        let queue =
            Some(row.queuename.owned()).filter(|name| !name.is_empty()).or_else(|| asked.map(|queue| queue.0.clone())).unwrap_or_default();
        let extension = Some(Extension(row.extnumber.said().to_owned())).filter(|extension| !extension.is_nobodys()).unwrap_or_default();
        QueueMember {
            seat_name: row.seatsname.owned(),
            assigned_at: time(&row.lastassigntime),
            other_calls: row.externalcallscount.number().unwrap_or(0),
            seat: Seat {
                extension,
                name: row.seatsname.said().to_owned(),
                phone: row.status.code().phone(),
                state: row.state.code().seat(),
                changed_at: time(&row.seatschangetime),
                last_answer_at: time(&row.lastanswertime),
                answered: row.callsanswered.number().unwrap_or(0),
                missed: row.noanswercount.number().unwrap_or(0),
                wrap_up_seconds: row.wrapuptime.number().unwrap_or(0),
                max_misses: row.maxnoanswer.number().unwrap_or(0),
            },
            queue: QueueName(queue),
        }
    }

    /// SipSignIn («extension check in»). Returns true if the extension was already in the queue (code 1218), which counts as success. An
    /// earlier request whose answer was lost may have joined it, so a caller that retries must remember that request.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] for a queue or an extension that cannot be used. Never [`PlatformError::FateUnknown`] but its cause, since
    /// another try does no harm.
    pub async fn queue_join(&self, queue: &QueueName, agent: &Agent) -> Result<bool, PlatformError> {
        match self.call(Service::SipSignIn, &seat_fields(queue, agent)).await {
            Ok(_) => Ok(false),
            Err(PlatformError::Failed { code: Code::SignedIn, .. }) => Ok(true),
            Err(PlatformError::FateUnknown { cause, .. }) => Err(*cause),
            Err(error) => Err(error),
        }
    }

    /// SipSignOut («extension sign out»).
    ///
    /// # Errors
    /// [`PlatformError::Failed`] if the extension is not in the queue.
    pub async fn queue_leave(&self, queue: &QueueName, agent: &Agent) -> Result<(), PlatformError> {
        self.call(Service::SipSignOut, &seat_fields(queue, agent)).await.map(drop)
    }

    /// SetSeatsStatus («Set agent idle status») for one queue: 1 busy, 2 idle (N14). The documentation's example shows the parameters of
    /// another service.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] if the extension is not in the queue.
    pub async fn set_seat(&self, queue: &QueueName, agent: &Agent, busy: bool) -> Result<(), PlatformError> {
        let [queue, extension, agent] = seat_fields(queue, agent);
        let fields = [("settype", if busy { "1" } else { "2" }), queue, extension, agent];
        self.call(Service::SetSeatsStatus, &fields).await.map(drop)
    }

    /// AddQueue («create queue»): creates a queue that the dialler uses, or does not use (`autocall`, N17). The default strategy is 1.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] if the name is taken; [`PlatformError::FateUnknown`].
    pub async fn add_queue(
        &self,
        name: &QueueName,
        remark: &str,
        dials: bool,
        strategy: Option<QueueStrategy>,
    ) -> Result<(), PlatformError> {
        let strategy = strategy.map(|strategy| strategy_code(strategy).to_string());
        let mut fields = vec![("queuename", name.0.as_str()), ("autocall", if dials { "yes" } else { "no" }), ("remark", remark)];
        fields.extend(strategy.as_deref().map(|strategy| ("strategy", strategy)));
        self.call(Service::AddQueue, &fields).await.map(drop)
    }

    /// EditQueue («edit task group»): changes a queue. Sends all settings, since the platform sets an omitted setting to its default.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] for a queue that does not belong to the company.
    pub async fn edit_queue(&self, name: &QueueName, edit: &QueueSettings) -> Result<(), PlatformError> {
        let settings = settings_fields(edit);
        let mut fields = vec![("queuename", name.0.as_str()), ("remark", edit.remark.as_str())];
        fields.extend(settings.iter().map(|(name, text)| (*name, text.as_str())));
        self.call(Service::EditQueue, &fields).await.map(drop)
    }

    /// DelQueue («delete taskgroup»).
    ///
    /// # Errors
    /// [`PlatformError::Failed`] for a queue that does not belong to the company; [`PlatformError::FateUnknown`].
    pub async fn delete_queue(&self, name: &QueueName) -> Result<(), PlatformError> {
        self.call(Service::DelQueue, &[("queuename", &name.0)]).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ClientOptions;

    #[test]
    fn fs19_a_row_without_an_extension_keeps_the_seat_name() {
        let client = Client::new(ClientOptions::default(), Arc::new(|| Timestamp(0)));
        for (extension, read) in
            [("\"7005\"", "7005"), ("\"\"", ""), ("null", ""), ("\"null\"", ""), ("\"000000\"", ""), ("0", ""), ("\"0070\"", "0070")]
        {
            let row = format!(r#"{{"extnumber":{extension},"seatsname":"7005_10_queue-1","queuename":null,"state":"1213"}}"#);
            let member = client.member(serde_json::from_str(&row).unwrap(), Some(&QueueName("queue-1".into())));
            assert_eq!((member.seat.extension.0.as_str(), member.seat.name.as_str()), (read, "7005_10_queue-1"), "{extension}");
            assert_eq!(member.queue.0, "queue-1");
        }
    }
}
