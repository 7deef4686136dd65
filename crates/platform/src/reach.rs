//! Checks whether the platform can be reached.

use reqwest::Url;

use crate::{Client, PlatformError, Service, Way};

impl Client {
    /// How requests to this address go.
    pub fn way(&self, to: &Url) -> Way {
        self.shared.options.proxy.way(to)
    }

    /// Asks for the queues without a token. Any answer of the platform, normally a refusal, shows that the platform can be reached.
    ///
    /// # Errors
    /// The error of the connection, or an answer that is not the platform's.
    pub async fn reach(&self, url: &str) -> Result<(), PlatformError> {
        match self.post(url, Service::GetQueueList, &[]).await {
            Ok(_) | Err(PlatformError::Refused { .. } | PlatformError::Failed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
