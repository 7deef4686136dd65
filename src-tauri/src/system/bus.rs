//! The session bus: which names have an owner.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::timeout;
use zbus::{Connection, fdo::DBusProxy, names::BusName};

/// A bus that does not answer must not delay anything (T4).
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Calls `tell` with whether `name` has an owner, now and after each change, until the bus connection ends.
pub async fn watch_name<F: Future<Output = ()>>(name: &'static str, mut tell: impl FnMut(bool) -> F) -> zbus::Result<()> {
    let bus = connect().await?;
    let proxy = DBusProxy::new(&bus).await?;
    let name = BusName::try_from(name)?;
    let mut changes = proxy.receive_name_owner_changed_with_args(&[(0, name.as_str())]).await?;
    let mut owned = answer(proxy.name_has_owner(name)).await?;
    tell(owned).await;
    while let Some(change) = changes.next().await {
        let now = change.args()?.new_owner().is_some();
        // A new owner that replaces the old one without a gap is also reported.
        if now || now != owned {
            owned = now;
            tell(owned).await;
        }
    }
    Err(zbus::Error::Failure("the bus went away".to_owned()))
}

/// Whether `name` has an owner now.
pub async fn has_owner(name: &'static str) -> zbus::Result<bool> {
    let proxy = DBusProxy::new(&connect().await?).await?;
    answer(proxy.name_has_owner(BusName::try_from(name)?)).await
}

pub async fn connect() -> zbus::Result<Connection> {
    timeout(PATIENCE, Connection::session()).await.unwrap_or_else(|_| Err(late()))
}

/// The answer of a call, or an error after a second.
pub async fn answer<T>(call: impl Future<Output = zbus::fdo::Result<T>>) -> zbus::Result<T> {
    timeout(PATIENCE, call).await.map_err(|_| late())?.map_err(Into::into)
}

fn late() -> zbus::Error {
    zbus::Error::Failure("no answer within a second".to_owned())
}
