//! macOS ends a program by an event that says whether the session ends. It does not report a sleep in advance.

use objc2::{msg_send, rc::Retained};
use objc2_foundation::{NSAppleEventDescriptor, NSAppleEventManager};
use ringside_domain::Occasion;
use ringside_engine::Handle;

/// The attribute of a quit event that gives its reason; only the end of a session has one.
const REASON: u32 = u32::from_be_bytes(*b"why?");

/// Called while the event that ends this program is handled.
pub fn occasion_of_exit() -> Occasion {
    let event = NSAppleEventManager::sharedAppleEventManager().currentAppleEvent();
    // SAFETY: the method takes a code of four letters and returns an object or nothing.
    #[allow(unsafe_code)]
    let reason = event.and_then(|event| -> Option<Retained<NSAppleEventDescriptor>> {
        unsafe { msg_send![&event, attributeDescriptorForKeyword: REASON] }
    });
    if reason.is_some() { Occasion::LogOff } else { Occasion::Quit }
}

pub fn watch(_handle: &Handle, _at_log_off: impl Fn() + Send + Sync + 'static) {}
