//! An invisible window, since Windows reports sleep and log-off only to windows. It has a thread of its own, which may block.

use std::{ptr, sync::OnceLock};

use ringside_domain::{Occasion, ShellReport};
use ringside_engine::Handle;
use windows_sys::{
    Win32::{
        Foundation::{HWND, LPARAM, LRESULT, WPARAM},
        System::LibraryLoader::GetModuleHandleW,
        UI::WindowsAndMessaging::{
            CreateWindowExW, DefWindowProcW, DispatchMessageW, GetMessageW, MSG, PBT_APMRESUMEAUTOMATIC, PBT_APMSUSPEND, RegisterClassW,
            WM_ENDSESSION, WM_POWERBROADCAST, WM_QUERYENDSESSION, WNDCLASSW,
        },
    },
    w,
};

use super::{WITHIN, take_leave};

/// What a window procedure needs, which cannot have arguments of ours.
struct Told {
    handle: Handle,
    at_log_off: Box<dyn Fn() + Send + Sync>,
}

static TOLD: OnceLock<Told> = OnceLock::new();

/// The event loop ends unasked only at the end of a session, or for an installer that wants the program closed.
pub fn occasion_of_exit() -> Occasion {
    Occasion::LogOff
}

/// `at_log_off` is called when the session ends, and blocks until the system may end this process.
pub fn watch(handle: &Handle, at_log_off: impl Fn() + Send + Sync + 'static) {
    if TOLD.set(Told { handle: handle.clone(), at_log_off: Box::new(at_log_off) }).is_err() {
        return;
    }
    let spawned = std::thread::Builder::new().name("power".to_owned()).spawn(listen);
    if let Err(error) = spawned {
        tracing::warn!(%error, "a sleep is noticed after it, not before");
    }
}

fn listen() {
    let class = w!("RingsidePower");
    // SAFETY: the class and its procedure live as long as the process, and the window as long as this thread.
    #[allow(unsafe_code)]
    unsafe {
        let module = GetModuleHandleW(ptr::null());
        let description = WNDCLASSW { lpfnWndProc: Some(heard), hInstance: module, lpszClassName: class, ..std::mem::zeroed() };
        let registered = RegisterClassW(&description) != 0;
        // Without a parent, so that it gets messages that go to all top-level windows.
        let window = CreateWindowExW(0, class, class, 0, 0, 0, 0, 0, ptr::null_mut(), ptr::null_mut(), module, ptr::null());
        if !registered || window.is_null() {
            tracing::warn!(error = %std::io::Error::last_os_error(), "a sleep is noticed after it, not before");
            return;
        }
        let mut message: MSG = std::mem::zeroed();
        while GetMessageW(&mut message, ptr::null_mut(), 0, 0) > 0 {
            DispatchMessageW(&message);
        }
    }
}

#[allow(unsafe_code)]
unsafe extern "system" fn heard(window: HWND, message: u32, word: WPARAM, long: LPARAM) -> LRESULT {
    let event = u32::try_from(word).unwrap_or(0);
    match message {
        WM_POWERBROADCAST if event == PBT_APMSUSPEND => {
            if let Some(Told { handle, .. }) = TOLD.get() {
                tauri::async_runtime::block_on(take_leave(handle, Occasion::Sleep, WITHIN));
            }
            1
        }
        WM_POWERBROADCAST if event == PBT_APMRESUMEAUTOMATIC => {
            if let Some(Told { handle, .. }) = TOLD.get() {
                handle.report(ShellReport::Awake);
            }
            1
        }
        WM_QUERYENDSESSION => 1,
        WM_ENDSESSION if event != 0 => {
            if let Some(Told { at_log_off, .. }) = TOLD.get() {
                at_log_off();
            }
            0
        }
        // SAFETY: the arguments are the ones that the system passed.
        _ => unsafe { DefWindowProcW(window, message, word, long) },
    }
}
