use std::path::Path;

use ringside_domain::{Span, StoredCampaign, Timestamp};

use crate::{Opened, StoreError};

#[derive(Clone, Debug)]
pub struct FloorStore;

impl FloorStore {
    pub fn open(folder: &Path, _now: Timestamp) -> Result<(Self, Opened), StoreError> {
        let file = folder.join("floor.db");
        Ok((Self, Opened { file, damaged: None, log_lost: false, on_network: false, search_rebuilt: false }))
    }

    pub fn campaigns(&self, _today: Span, _since_30_days: Timestamp) -> Result<Vec<StoredCampaign>, StoreError> {
        Ok(Vec::new())
    }
}
