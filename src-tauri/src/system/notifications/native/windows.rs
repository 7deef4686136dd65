//! Toasts. Windows shows them for a program that it knows by its AppUserModelID, which Ringside registers for this user, so that a copy that
//! was not installed has toasts too (T9).

use std::{collections::HashMap, fs, io, path::Path, sync::Arc};

use windows::{
    Data::Xml::Dom::XmlDocument,
    Foundation::TypedEventHandler,
    UI::Notifications::{NotificationSetting, ToastNotification, ToastNotificationManager, ToastNotifier},
    core::{HSTRING, Result},
};
use windows_registry::CURRENT_USER;
use windows_sys::{Win32::UI::Shell::SetCurrentProcessExplicitAppUserModelID, core::HRESULT};

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
    let id = HSTRING::from(APP_ID);
    // SAFETY: the text ends with a zero and lives until the call returns.
    #[allow(unsafe_code)]
    let set = unsafe { SetCurrentProcessExplicitAppUserModelID(id.as_ptr()) };
    if set < 0 { Err(io::Error::from_raw_os_error(set)) } else { Ok(()) }
}

/// Why no toast is shown, if none is.
pub async fn problem() -> Option<String> {
    let state = || -> std::result::Result<(), String> {
        CURRENT_USER.open(format!("{KEY}\\{APP_ID}")).map_err(|_| "Ringside is not registered here; it is when it starts")?;
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

/// The toasts of this run.
pub struct Notices {
    /// Distinguishes them from those of another data folder.
    group: HSTRING,
    /// Kept, since a toast that is dropped reports no click.
    shown: HashMap<i32, ToastNotification>,
    clicked: Clicked,
}

impl Notices {
    /// Removes what a run that crashed has left.
    pub fn new(group: &str, clicked: Clicked) -> Self {
        let mut made = Self { group: HSTRING::from(group), shown: HashMap::new(), clicked };
        made.clear();
        made
    }

    pub fn show(&mut self, tag: i32, call: Option<u64>, title: &str, body: &str) -> Result<()> {
        let document = XmlDocument::new()?;
        document.LoadXml(&HSTRING::from(toast(title, body)))?;
        let toast = ToastNotification::CreateToastNotification(&document)?;
        toast.SetTag(&HSTRING::from(tag.to_string()))?;
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
        self.shown.insert(tag, toast);
        Ok(())
    }

    /// Removes the toast from the screen and from the notification centre.
    pub fn remove(&mut self, tag: i32) {
        self.shown.remove(&tag);
        let tag = HSTRING::from(tag.to_string());
        let removed = ToastNotificationManager::History()
            .and_then(|history| history.RemoveGroupedTagWithId(&tag, &self.group, &HSTRING::from(APP_ID)));
        if let Err(error) = removed {
            tracing::debug!(%error, "a notification was not removed");
        }
    }

    pub fn clear(&mut self) {
        self.shown.clear();
        let removed =
            ToastNotificationManager::History().and_then(|history| history.RemoveGroupWithId(&self.group, &HSTRING::from(APP_ID)));
        if let Err(error) = removed {
            tracing::debug!(%error, "the notifications were not removed");
        }
    }
}
