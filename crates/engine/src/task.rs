//! The engine's task.

use std::sync::Arc;

use ringside_domain::Place;
use ringside_store::Store;
use ringside_vault::Vault;

use crate::{Clock, Handle};

/// What the engine is given.
pub struct Parts {
    pub store: Store,
    pub vault: Vault,
    pub clock: Arc<dyn Clock>,
    pub config: crate::config::Config,
    pub demo: bool,
    pub place: Place,
    /// Seeds the jitter of polling and back-off.
    pub seed: u64,
}
