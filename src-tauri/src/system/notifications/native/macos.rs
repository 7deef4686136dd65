//! The notification centre. macOS shows notifications only for a program in a bundle that the user has permitted to (T10).

use std::{
    io,
    path::Path,
    ptr::NonNull,
    sync::{
        Mutex,
        atomic::{AtomicIsize, Ordering},
    },
    time::Duration,
};

use block2::{DynBlock, RcBlock};
use futures_util::{FutureExt, future::BoxFuture};
use objc2::{
    AnyThread, DefinedClass, define_class, msg_send,
    rc::Retained,
    runtime::{Bool, NSObject, NSObjectProtocol, ProtocolObject},
};
use objc2_foundation::{NSArray, NSBundle, NSError, NSString};
use objc2_user_notifications::{
    UNAuthorizationOptions, UNAuthorizationStatus, UNMutableNotificationContent, UNNotification, UNNotificationDefaultActionIdentifier,
    UNNotificationPresentationOptions, UNNotificationRequest, UNNotificationResponse, UNNotificationSettings, UNUserNotificationCenter,
    UNUserNotificationCenterDelegate,
};
use tokio::{sync::oneshot, time::sleep};

use super::Clicked;
use crate::life::locked;

/// The time for macOS to say what the user permits.
const PATIENCE: Duration = Duration::from_secs(1);

/// What macOS said last: a value of `UNAuthorizationStatus`.
static STATUS: AtomicIsize = AtomicIsize::new(UNAuthorizationStatus::NotDetermined.0);

/// The centre. None: this program is in no bundle; asking for the centre would end it.
fn centre() -> Option<Retained<UNUserNotificationCenter>> {
    NSBundle::mainBundle().bundleIdentifier()?;
    Some(UNUserNotificationCenter::currentNotificationCenter())
}

/// Asks the user for the permission, at the first start.
#[allow(clippy::unnecessary_wraps)] // same signature as on Windows
pub fn register(_folder: &Path) -> io::Result<()> {
    if let Some(centre) = centre() {
        let answered = RcBlock::new(|permitted: Bool, error: *mut NSError| {
            // SAFETY: macOS passes an error that lives until this returns, or null.
            #[allow(unsafe_code)]
            let error = unsafe { error.as_ref() }.map(NSError::localizedDescription);
            tracing::info!(permitted = permitted.as_bool(), ?error, "notifications");
        });
        centre.requestAuthorizationWithOptions_completionHandler(UNAuthorizationOptions::Alert, &answered);
    }
    Ok(())
}

/// Why no notification is shown, if none is.
pub async fn problem() -> Option<String> {
    if !ask() {
        return Some("Ringside was not started from its bundle, Ringside.app".to_owned());
    }
    sleep(PATIENCE).await;
    let is_denied = STATUS.load(Ordering::Relaxed) == UNAuthorizationStatus::Denied.0;
    is_denied.then(|| "they are not permitted in the system's settings, under Notifications".to_owned())
}

/// Asks macOS what the user permits. False: there is no centre.
fn ask() -> bool {
    let Some(centre) = centre() else { return false };
    let told = RcBlock::new(|settings: NonNull<UNNotificationSettings>| {
        // SAFETY: macOS passes settings that live until this returns.
        #[allow(unsafe_code)]
        let settings = unsafe { settings.as_ref() };
        STATUS.store(settings.authorizationStatus().0, Ordering::Relaxed);
    });
    centre.getNotificationSettingsWithCompletionHandler(&told);
    true
}

define_class!(
    // SAFETY: the superclass has no requirements, and the class has no destructor of its own.
    #[unsafe(super(NSObject))]
    #[name = "RingsideNotices"]
    #[ivars = Clicked]
    struct Delegate;

    // SAFETY: the protocol has no requirements.
    unsafe impl NSObjectProtocol for Delegate {}

    // SAFETY: the methods have the signatures of the protocol.
    unsafe impl UNUserNotificationCenterDelegate for Delegate {
        // Without this method macOS shows no notification of the active program.
        #[unsafe(method(userNotificationCenter:willPresentNotification:withCompletionHandler:))]
        fn will_present(
            &self,
            _centre: &UNUserNotificationCenter,
            _notification: &UNNotification,
            done: &DynBlock<dyn Fn(UNNotificationPresentationOptions)>,
        ) {
            done.call((UNNotificationPresentationOptions::Banner | UNNotificationPresentationOptions::List,));
        }

        #[unsafe(method(userNotificationCenter:didReceiveNotificationResponse:withCompletionHandler:))]
        fn received(&self, _centre: &UNUserNotificationCenter, response: &UNNotificationResponse, done: &DynBlock<dyn Fn()>) {
            // SAFETY: a constant of the framework.
            #[allow(unsafe_code)]
            let click = unsafe { UNNotificationDefaultActionIdentifier };
            if &*response.actionIdentifier() == click {
                (self.ivars())(call_of(&response.notification().request().identifier().to_string()));
            }
            done.call(());
        }
    }
);

/// The name of a notification contains its call.
fn call_of(name: &str) -> Option<u64> {
    name.split_once(':').and_then(|(_, call)| call.parse().ok())
}

/// A notification's name.
pub type Id = String;

/// macOS says when it has a notification, a moment before it can be removed.
const TAKEN: Duration = Duration::from_millis(500);

/// The notifications of this run.
pub struct Notices {
    count: u64,
}

impl Notices {
    /// Removes what a run that crashed has left.
    pub(super) fn new(_group: &str, clicked: Clicked) -> Self {
        if let Some(centre) = centre() {
            let delegate = Delegate::alloc().set_ivars(clicked);
            // SAFETY: the superclass's own initialiser.
            #[allow(unsafe_code)]
            let delegate: Retained<Delegate> = unsafe { msg_send![super(delegate), init] };
            centre.setDelegate(Some(ProtocolObject::from_ref(&*delegate)));
            // The centre does not keep it; it is needed as long as the process lives.
            std::mem::forget(delegate);
            centre.removeAllDeliveredNotifications();
        }
        Self { count: 0 }
    }

    /// Returns the notification's name, and what resolves when the removal of the notification is certain.
    pub(super) fn show(&mut self, call: Option<u64>, title: &str, body: &str) -> io::Result<(Id, BoxFuture<'static, ()>)> {
        let centre = centre().ok_or_else(|| io::Error::other("this program is in no bundle"))?;
        self.count += 1;
        let name = call.map_or_else(|| self.count.to_string(), |call| format!("{}:{call}", self.count));
        let content = UNMutableNotificationContent::new();
        content.setTitle(&NSString::from_str(title));
        content.setBody(&NSString::from_str(body));
        let request = UNNotificationRequest::requestWithIdentifier_content_trigger(&NSString::from_str(&name), &content, None);
        let (tell, told) = oneshot::channel();
        let tell = Mutex::new(Some(tell));
        let answered = RcBlock::new(move |error: *mut NSError| {
            // SAFETY: macOS passes an error that lives until this returns, or null.
            #[allow(unsafe_code)]
            if let Some(error) = unsafe { error.as_ref() } {
                tracing::warn!(error = %error.localizedDescription(), "a notification was not shown");
            }
            if let Some(tell) = locked(&tell).take() {
                // The receiver is gone only at the end.
                let _ = tell.send(());
            }
        });
        centre.addNotificationRequest_withCompletionHandler(&request, Some(&answered));
        let taken = async move {
            // Without an answer too, the name can be removed.
            let _ = told.await;
            sleep(TAKEN).await;
        };
        Ok((name, taken.boxed()))
    }

    #[allow(clippy::unused_self)] // same signature as on Windows
    pub(super) fn remove(&mut self, id: &Id) {
        if let Some(centre) = centre() {
            let names = NSArray::from_retained_slice(&[NSString::from_str(id)]);
            centre.removePendingNotificationRequestsWithIdentifiers(&names);
            centre.removeDeliveredNotificationsWithIdentifiers(&names);
        }
    }
}
