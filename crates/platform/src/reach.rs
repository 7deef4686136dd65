//! Whether the platform is there.

use crate::{Client, PlatformError, Service};

impl Client {
    /// Asks for the queues without a token: an answer of the platform's, which will be a refusal, shows that it is there.
    ///
    /// # Errors
    /// What the way has to say.
    pub async fn reach(&self, url: &str) -> Result<(), PlatformError> {
        match self.post(url, Service::GetQueueList, &[]).await {
            Ok(_) | Err(PlatformError::Refused { .. } | PlatformError::Failed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
