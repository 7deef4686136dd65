//! The notification daemon on the session bus.

use zbus::Connection;

use crate::system::bus;

/// The daemon owns this name on the bus.
pub const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// The daemon's features; an error if there is no daemon.
pub async fn capabilities() -> zbus::Result<Vec<String>> {
    let bus: Connection = bus::connect().await?;
    let asked = async { Ok(bus.call_method(Some(NAME), PATH, Some(NAME), "GetCapabilities", &()).await?) };
    bus::answer(asked).await?.body().deserialize()
}

/// Why no notification is shown, if none is.
pub async fn problem() -> Option<String> {
    capabilities().await.err().map(|error| error.to_string())
}
