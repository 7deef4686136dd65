use std::path::Path;

use ringside_domain::StoredCampaign;

use crate::StoreError;

#[derive(Clone, Debug)]
pub struct FloorStore;

impl FloorStore {
    pub fn open(_path: &Path) -> Result<Self, StoreError> {
        Ok(Self)
    }

    pub fn campaigns(&self) -> Result<Vec<StoredCampaign>, StoreError> {
        Ok(Vec::new())
    }
}
