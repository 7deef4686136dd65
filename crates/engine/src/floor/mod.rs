use std::{path::PathBuf, sync::Arc};

use ringside_domain::{
    CampaignId, CheckRules, Dialled, DoNotCall, Extension, FloorEntry, FloorIntent, NumberFilter, NumberRow, NumberRules, Problem,
    ProblemCode, ServiceExchange, SheetError, SheetLayout, SheetPreview, Timestamp, Topic, TopicEvent,
};
use ringside_platform::Client;
use ringside_store::FloorStore;
use ringside_wire::Zone;
use secrecy::SecretString;
use tokio::sync::mpsc;

use crate::{Clock, Handle, StartError};

pub struct FloorParts {
    pub store: FloorStore,
    pub imports: PathBuf,
    pub client: Client,
    pub clock: Arc<dyn Clock>,
    pub session: Handle,
    pub numbers: NumberRules,
    pub zone: Zone,
    pub person: String,
    pub seed: u64,
}

#[derive(Clone, Debug)]
pub struct FloorHandle {
    events: mpsc::Sender<TopicEvent>,
}

pub fn start_floor(parts: FloorParts) -> Result<(FloorHandle, mpsc::Receiver<TopicEvent>), StartError> {
    drop(parts);
    let (events, receiver) = mpsc::channel(16);
    Ok((FloorHandle { events }, receiver))
}

fn nothing<T>() -> Result<T, Problem> {
    Err(Problem::new(ProblemCode::PartFailed, "not built yet", false))
}

impl FloorHandle {
    pub async fn stop(&self) {}
    pub fn watch_topics(&self, _topics: Vec<Topic>) {
        let _ = &self.events;
    }
    pub fn floor_intent(&self, _intent: FloorIntent) {}
    pub async fn import_begin(&self, _name: String, _bytes: u64) -> Result<u64, Problem> {
        nothing()
    }
    pub async fn import_piece(&self, _id: u64, _piece: String) -> Result<(), Problem> {
        nothing()
    }
    pub async fn import_preview(&self, _id: u64, _layout: Option<SheetLayout>) -> Result<Result<SheetPreview, SheetError>, Problem> {
        nothing()
    }
    pub async fn import_check(&self, _id: u64, _layout: SheetLayout, _rules: CheckRules) -> Result<(), Problem> {
        nothing()
    }
    pub async fn import_drop(&self, _id: u64) -> Result<(), Problem> {
        nothing()
    }
    pub async fn import_save_refused(&self, _id: u64, _folder: PathBuf) -> Result<PathBuf, Problem> {
        nothing()
    }
    pub async fn campaign_numbers(
        &self,
        _campaign: CampaignId,
        _filter: NumberFilter,
        _skip: u64,
        _limit: usize,
    ) -> Result<Vec<NumberRow>, Problem> {
        nothing()
    }
    pub async fn campaign_number_count(&self, _campaign: CampaignId, _filter: NumberFilter) -> Result<u64, Problem> {
        nothing()
    }
    pub async fn do_not_call_page(&self, _text: String, _skip: u64, _limit: usize) -> Result<Vec<DoNotCall>, Problem> {
        nothing()
    }
    pub async fn do_not_call_count(&self, _text: String) -> Result<u64, Problem> {
        nothing()
    }
    pub async fn do_not_call_import(&self, _text: String, _reason: String) -> Result<(u32, u32), Problem> {
        nothing()
    }
    pub async fn do_not_call_export(&self, _folder: PathBuf) -> Result<PathBuf, Problem> {
        nothing()
    }
    pub async fn do_not_call(&self, _phone: String, _reason: String) -> Result<(), Problem> {
        nothing()
    }
    pub async fn abandoned_customers(&self, _since: Timestamp) -> Result<Vec<Dialled>, Problem> {
        nothing()
    }
    pub async fn floor_ledger(&self, _skip: u64, _limit: usize) -> Result<Vec<FloorEntry>, Problem> {
        nothing()
    }
    pub async fn password(&self, _extension: Extension) -> Result<SecretString, Problem> {
        nothing()
    }
    pub async fn call_service(&self, _service: String, _fields: Vec<(String, String)>) -> Result<ServiceExchange, Problem> {
        nothing()
    }
}
