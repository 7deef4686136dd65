//! Toasts. Windows shows them for a program that it knows by its AppUserModelID, which Ringside registers for this user, so that a copy that
//! was not installed has toasts too (T9).

use std::{collections::HashMap, fs, io, path::Path, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::sleep;
use windows::{
    Data::Xml::Dom::XmlDocument,
    Foundation::TypedEventHandler,
    UI::Notifications::{NotificationSetting, ToastNotification, ToastNotificationManager, ToastNotifier},
    core::{HSTRING, Result},
};
use windows_registry::CURRENT_USER;
use windows_sys::core::HRESULT;

use super::{Clicked, toast::toast};
use crate::system::APP_ID;

const KEY: &str = r"Software\Classes\AppUserModelId";
const ICON: &[u8] = include_bytes!("../../../../../icons/128x128.png");
/// Windows knows a program's switch only once the program has shown a toast.
const NOT_YET_SHOWN: HRESULT = 0x8007_0490_u32.cast_signed();

/// Tells Windows this program's name and icon. The icon is a file in `folder`.
pub fn register(folder: &Path) -> io::Result<()> {
    let icon = folder.join("icon.png");
    if !icon.exists() {
        fs::write(&icon, ICON)?;
    }
    let key = CURRENT_USER.create(format!("{KEY}\\{APP_ID}"))?;
    key.set_string("DisplayName", "Ringside")?;
    key.set_string("IconUri", icon.display().to_string())?;
    Ok(())
}

/// Whether Windows knows this program, which it does from the first start on.
pub fn is_registered() -> bool {
    CURRENT_USER.open(format!("{KEY}\\{APP_ID}")).is_ok()
}

/// Why no toast is shown, if none is.
pub async fn problem() -> Option<String> {
    let state = || -> std::result::Result<(), String> {
        if !is_registered() {
            return Err("Ringside is not registered here; it is when it starts".to_owned());
        }
        let setting = notifier().and_then(|notifier| notifier.Setting());
        match setting {
            Ok(NotificationSetting::Enabled) => Ok(()),
            Ok(NotificationSetting::DisabledForApplication) => Err("Ringside's are switched off in the settings of Windows".to_owned()),
            Ok(NotificationSetting::DisabledForUser) => Err("all are switched off in the settings of Windows".to_owned()),
            Ok(NotificationSetting::DisabledByGroupPolicy) => Err("the administrator has switched them off".to_owned()),
            Ok(other) => Err(format!("Windows shows none: {other:?}")),
            Err(error) if error.code().0 == NOT_YET_SHOWN => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    };
    // Windows may answer late.
    tokio::task::block_in_place(state).err()
}

fn notifier() -> Result<ToastNotifier> {
    ToastNotificationManager::CreateToastNotifierWithId(&HSTRING::from(APP_ID))
}

/// A toast's tag.
pub type Id = u64;

/// Windows does not report when it has a toast. By then it has.
const TAKEN: Duration = Duration::from_millis(500);

/// The toasts of this run.
pub struct Notices {
    /// Distinguishes them from those of another data folder.
    group: HSTRING,
    /// Kept, since a toast that is dropped reports no click.
    shown: HashMap<Id, ToastNotification>,
    count: Id,
    clicked: Clicked,
}

impl Notices {
    /// Removes what a run that crashed has left.
    pub(super) fn new(group: &str, clicked: Clicked) -> Self {
        let group = HSTRING::from(group);
        let removed = ToastNotificationManager::History().and_then(|history| history.RemoveGroupWithId(&group, &HSTRING::from(APP_ID)));
        if let Err(error) = removed {
            tracing::debug!(%error, "the notifications were not removed");
        }
        Self { group, shown: HashMap::new(), count: 0, clicked }
    }

    /// Returns the toast's id, and what resolves when the removal of the toast is certain.
    pub(super) fn show(&mut self, call: Option<u64>, title: &str, body: &str) -> Result<(Id, BoxFuture<'static, ()>)> {
        let document = XmlDocument::new()?;
        document.LoadXml(&HSTRING::from(toast(title, body)))?;
        let toast = ToastNotification::CreateToastNotification(&document)?;
        self.count += 1;
        let id = self.count;
        toast.SetTag(&tag(id))?;
        toast.SetGroup(&self.group)?;
        let clicked = Arc::clone(&self.clicked);
        toast.Activated(&TypedEventHandler::new(move |_, _| {
            clicked(call);
            Ok(())
        }))?;
        toast.Failed(&TypedEventHandler::new(|_, failed: windows::core::Ref<'_, windows::UI::Notifications::ToastFailedEventArgs>| {
            let reason = failed.ok().and_then(|failed| failed.ErrorCode());
            tracing::warn!(?reason, "a notification was not shown");
            Ok(())
        }))?;
        notifier()?.Show(&toast)?;
        self.shown.insert(id, toast);
        Ok((id, sleep(TAKEN).boxed()))
    }

    /// Removes the toast from the screen and from the notification centre.
    pub(super) fn remove(&mut self, id: &Id) {
        self.shown.remove(id);
        let removed = ToastNotificationManager::History()
            .and_then(|history| history.RemoveGroupedTagWithId(&tag(*id), &self.group, &HSTRING::from(APP_ID)));
        if let Err(error) = removed {
            tracing::debug!(%error, "a notification was not removed");
        }
    }
}

fn tag(id: Id) -> HSTRING {
    HSTRING::from(id.to_string())
}
