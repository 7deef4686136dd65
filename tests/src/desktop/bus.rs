//! Tray and notifications, read over the session bus.

use std::collections::HashMap;

use zbus::{
    Connection, Proxy,
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

use super::{eventually, until};

/// The only icon in the tray.
pub struct Tray {
    item: Proxy<'static>,
    menu: Proxy<'static>,
}

/// A line of the tray's menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub id: i32,
    pub text: String,
    pub enabled: bool,
    pub checked: bool,
}

/// A node of `com.canonical.dbusmenu`: id, properties, children.
type Node = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

impl Tray {
    /// Waits until there is exactly one icon.
    pub async fn find() -> Self {
        let bus = Connection::session().await.unwrap();
        let watcher = proxy(&bus, "org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher").await;
        let address = eventually("one icon in the tray", async || {
            let items: Vec<String> = watcher.get_property("RegisteredStatusNotifierItems").await.ok()?;
            let [only] = items.as_slice() else { return None };
            Some(only.clone())
        })
        .await;
        let (name, path) = address.split_once('/').expect("a bus name and a path");
        let item = proxy(&bus, name, &format!("/{path}"), "org.kde.StatusNotifierItem").await;
        let menu: OwnedObjectPath = item.get_property("Menu").await.unwrap();
        let menu = proxy(&bus, name, menu.as_str(), "com.canonical.dbusmenu").await;
        Self { item, menu }
    }

    /// The path of the icon's picture.
    pub async fn icon(&self) -> String {
        self.item.get_property("IconName").await.unwrap()
    }

    /// All lines; those of a submenu follow the line that opens it.
    pub async fn menu(&self) -> Vec<Item> {
        let (_, root): (u32, Node) = self.menu.call("GetLayout", &(0i32, -1i32, Vec::<String>::new())).await.unwrap();
        let mut lines = Vec::new();
        walk(&root, &mut lines);
        lines
    }

    /// Waits for a line that begins with `text`.
    pub async fn line(&self, text: &str) -> Item {
        eventually(&format!("the menu says {text:?}"), async || self.menu().await.into_iter().find(|item| item.text.starts_with(text)))
            .await
    }

    /// Waits until the first line, which shows the agent's state, begins with `text`. Other lines have the same names as states.
    pub async fn state(&self, text: &str) {
        let says = async || self.menu().await.first().is_some_and(|line| line.text.starts_with(text));
        until(&format!("the tray says {text:?}"), says).await;
    }

    pub async fn click(&self, text: &str) {
        let item = self.line(text).await;
        let () = self.menu.call("Event", &(item.id, "clicked", Value::from(0i32), 0u32)).await.unwrap();
    }
}

fn walk(node: &Node, lines: &mut Vec<Item>) {
    let (id, properties, children) = node;
    let text = properties.get("label").and_then(|label| String::try_from(label.clone()).ok()).unwrap_or_default();
    let truth = |name: &str, unsaid: bool| properties.get(name).map_or(unsaid, |value| bool::try_from(value.clone()).unwrap());
    let checked = properties.get("toggle-state").is_some_and(|state| i32::try_from(state.clone()) == Ok(1));
    if !text.is_empty() {
        // An underscore marks an access key; two underscores are one character.
        let text = text.replace("__", "\u{0}").replace('_', "").replace('\u{0}', "_");
        lines.push(Item { id: *id, text, enabled: truth("enabled", true), checked });
    }
    for child in children {
        walk(&Node::try_from(child.clone()).expect("a menu's node"), lines);
    }
}

/// The notification daemon of the test desktop (dunst).
pub struct Notifications(Proxy<'static>);

impl Notifications {
    pub async fn find() -> Self {
        let bus = Connection::session().await.unwrap();
        Self(proxy(&bus, "org.freedesktop.Notifications", "/org/freedesktop/Notifications", "org.dunstproject.cmd0").await)
    }

    /// The daemon's process.
    pub async fn process(&self) -> u32 {
        let bus = zbus::fdo::DBusProxy::new(self.0.connection()).await.unwrap();
        bus.get_connection_unix_process_id(self.0.destination().to_owned()).await.unwrap()
    }

    /// The number of notifications on the screen.
    pub async fn shown(&self) -> u32 {
        self.length("displayedLength").await
    }

    /// The number of notifications that the daemon keeps back to show them later.
    pub async fn held(&self) -> u32 {
        self.length("waitingLength").await
    }

    async fn length(&self, of: &str) -> u32 {
        // The daemon signals no changes of this property, so it is not cached.
        let bus = self.0.connection();
        let properties = proxy(bus, self.0.destination().as_str(), self.0.path().as_str(), "org.freedesktop.DBus.Properties").await;
        let value: OwnedValue = properties.call("Get", &("org.dunstproject.cmd0", of)).await.unwrap();
        u32::try_from(value).unwrap()
    }

    /// Titles and bodies of closed notifications, the newest first.
    pub async fn history(&self) -> Vec<(String, String)> {
        let all: Vec<HashMap<String, OwnedValue>> = self.0.call("NotificationListHistory", &()).await.unwrap();
        let text = |one: &HashMap<String, OwnedValue>, name: &str| String::try_from(one[name].clone()).unwrap();
        all.iter().map(|one| (text(one, "summary"), text(one, "body"))).collect()
    }

    /// Clicks the newest notification.
    pub async fn click(&self) {
        let () = self.0.call("NotificationAction", &(0u32)).await.unwrap();
    }
}

async fn proxy(bus: &Connection, name: &str, path: &str, interface: &str) -> Proxy<'static> {
    let builder: zbus::proxy::Builder<'static, Proxy<'static>> = zbus::proxy::Builder::new(bus);
    builder
        .destination(name.to_owned())
        .and_then(|builder| builder.path(path.to_owned()))
        .and_then(|builder| builder.interface(interface.to_owned()))
        .unwrap()
        .cache_properties(zbus::proxy::CacheProperties::No)
        .build()
        .await
        .unwrap()
}
