//! The native parts on Windows, in an app without a window, since that needs no web view. `scripts/wine-tests` runs these tests by Wine.

// The tests speak to Windows as its shell and other programs do.
#![allow(unsafe_code)]

use std::{
    ptr,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError, mpsc},
    time::{Duration, Instant},
};

use ringside_domain::{Farewell, Intent, Label, Leaving, SettingChange, ShortcutAction, Snapshot};
use ringside_simulator::{Fault, SeatState, Simulator};
use ringside_tests::{OWN, platform};
use tauri::menu::ContextMenu;
use windows_sys::{
    Win32::{
        Foundation::{HWND, LPARAM, WPARAM},
        UI::{
            Input::KeyboardAndMouse::{
                INPUT, INPUT_0, INPUT_KEYBOARD, KEYBDINPUT, KEYEVENTF_KEYUP, MOD_ALT, MOD_CONTROL, RegisterHotKey, SendInput,
                UnregisterHotKey, VK_CONTROL, VK_MENU,
            },
            Shell::{NIM_DELETE, NIM_MODIFY, NOTIFYICONDATAW, Shell_NotifyIconW},
            WindowsAndMessaging::{
                FindWindowExW, GetMenuItemCount, GetMenuItemID, GetWindowThreadProcessId, PBT_APMRESUMEAUTOMATIC, PBT_APMSUSPEND,
                RegisterWindowMessageW, SendMessageW, WM_COMMAND, WM_ENDSESSION, WM_POWERBROADCAST, WM_QUERYENDSESSION,
            },
        },
    },
    core::PCWSTR,
    w,
};

use super::*;

/// An app without a window, whose agent is signed in and available.
struct Fixture {
    app: AppHandle,
    desk: ringside_tests::Desk,
    simulator: Simulator,
    runtime: tokio::runtime::Handle,
    _folder: tempfile::TempDir,
}

impl Fixture {
    fn set(&self, change: SettingChange) {
        self.desk.handle.intent(Intent::ChangeSettings { change });
    }

    fn until(&self, holds: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        self.runtime.block_on(self.desk.until(holds))
    }

    fn seat(&self) -> Option<SeatState> {
        self.simulator.seat("queue-1", OWN)
    }

    /// Makes the agent available again.
    fn available(&self) {
        self.desk.handle.intent(Intent::Wish { wish: ringside_domain::Wish::Available, by: ringside_domain::SetBy::Window });
        self.until(|snapshot| snapshot.label == Label::Available);
    }
}

/// The fixture, for one test at a time.
fn fixture() -> (&'static Fixture, MutexGuard<'static, ()>) {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let fixture = FIXTURE.get_or_init(|| {
        let (tell, told) = mpsc::channel();
        // The event loop has this thread until the process ends.
        std::thread::spawn(move || {
            let runtime = Runtime::new().unwrap();
            tauri::async_runtime::set(runtime.handle().clone());
            let _context = runtime.enter();
            let folder = tempfile::tempdir().unwrap();
            let (simulator, desk) = runtime.block_on(async {
                let simulator = platform().await;
                let desk = ringside_tests::Desk::available(folder.path(), &simulator, &["queue-1"]).await;
                (simulator, desk)
            });
            let app = tauri::Builder::default().any_thread().build(context()).unwrap();
            app.manage(desk.handle.clone());
            app.manage(MainWindow::default());
            app.manage(ShortcutKeys::default());
            app.manage(TraySlot::default());
            tray::start(app.handle(), &desk.handle, "test");
            let handle = desk.handle.clone();
            let at_log_off = move || tauri::async_runtime::block_on(power::take_leave(&handle, Occasion::LogOff, power::WITHIN));
            power::watch(&desk.handle, at_log_off);
            runtime.spawn(shortcuts::run(app.handle().clone(), desk.handle.clone()));
            let fixture = Fixture { app: app.handle().clone(), desk, simulator, runtime: runtime.handle().clone(), _folder: folder };
            tell.send(fixture).unwrap();
            app.run(|_, _| {});
        });
        told.recv().unwrap()
    });
    (fixture, turn)
}

/// Waits until it holds.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + ringside_tests::PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The window of this process with this class.
fn window(class: PCWSTR) -> HWND {
    let end = Instant::now() + ringside_tests::PATIENCE;
    while Instant::now() < end {
        let mut found: HWND = ptr::null_mut();
        loop {
            // SAFETY: the class is a text with a zero at its end, and the process is written to a variable.
            found = unsafe { FindWindowExW(ptr::null_mut(), found, class, ptr::null()) };
            let mut process = 0;
            // SAFETY: as above.
            unsafe { GetWindowThreadProcessId(found, &raw mut process) };
            match found.is_null() {
                true => break,
                false if process == std::process::id() => return found,
                false => {}
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("no such window");
}

/// Sends a message and waits for its answer.
fn send(window: HWND, message: u32, word: usize, long: isize) -> isize {
    // SAFETY: the messages of these tests contain no pointers.
    unsafe { SendMessageW(window, message, word as WPARAM, long as LPARAM) }
}

/// The tray's window, and the number of its icon.
fn icon() -> (HWND, u32) {
    let window = window(w!("tray_icon_app"));
    let number = || (0..50).find(|id| is_in_tray(window, *id));
    eventually("the icon is in the tray", || number().is_some());
    (window, number().unwrap())
}

fn notify(message: u32, window: HWND, id: u32) -> bool {
    let size = u32::try_from(size_of::<NOTIFYICONDATAW>()).unwrap();
    let icon = NOTIFYICONDATAW { cbSize: size, hWnd: window, uID: id, ..Default::default() };
    // SAFETY: the structure has its own size, and names no picture.
    unsafe { Shell_NotifyIconW(message, &raw const icon) != 0 }
}

/// The shell changes nothing of an icon that it does not have.
fn is_in_tray(window: HWND, id: u32) -> bool {
    notify(NIM_MODIFY, window, id)
}

#[test]
fn the_tray_has_an_icon_which_comes_back_after_the_shell_was_started_again() {
    let (_fixture, _turn) = fixture();
    let (window, id) = icon();
    assert!(notify(NIM_DELETE, window, id));
    assert!(!is_in_tray(window, id), "as after a crash of the shell");
    // SAFETY: the name is a text with a zero at its end.
    let restarted = unsafe { RegisterWindowMessageW(w!("TaskbarCreated")) };
    send(window, restarted, 0, 0);
    assert!(is_in_tray(window, id));
}

/// As where the web engine is missing.
#[test]
fn an_app_without_a_window_starts_again_hidden() {
    let (fixture, _turn) = fixture();
    assert!(windows::main::is_hidden(&fixture.app));
}

#[test]
fn a_line_of_the_trays_menu_makes_the_agent_busy() {
    let (fixture, _turn) = fixture();
    let (window, _) = icon();
    let (tell, told) = mpsc::channel();
    let app = fixture.app.clone();
    let read = move || {
        let slot = app.state::<TraySlot>();
        let menu = slot.tray().as_ref().unwrap().menu().hpopupmenu().unwrap() as _;
        // SAFETY: the menu lives as long as the tray.
        let ids = unsafe { (0..GetMenuItemCount(menu)).map(|place| GetMenuItemID(menu, place)).collect::<Vec<_>>() };
        tell.send(ids).unwrap();
    };
    fixture.app.run_on_main_thread(read).unwrap();
    // State, separator, available, busy.
    let busy = told.recv().unwrap()[3];
    send(window, WM_COMMAND, busy as usize, 0);
    fixture.until(|snapshot| snapshot.label == Label::Busy);
    assert_eq!(fixture.seat(), Some(SeatState::Paused));
    fixture.available();
}

#[test]
fn a_shortcut_is_heard_refused_where_another_program_has_its_keys_and_let_go() {
    let (fixture, _turn) = fixture();
    let keys = |keys: &str| fixture.set(SettingChange::Shortcut { action: ShortcutAction::Busy, keys: keys.to_owned() });
    // SAFETY: takes no pointer; without a window the keys belong to this thread.
    let other = |key: char| unsafe { RegisterHotKey(ptr::null_mut(), key as i32, MOD_CONTROL | MOD_ALT, key as u32) != 0 };
    // SAFETY: as above.
    let forget = |key: char| unsafe { UnregisterHotKey(ptr::null_mut(), key as i32) };

    assert!(other('K'));
    keys("Ctrl+Alt+K");
    fixture.until(|snapshot| snapshot.shortcuts.refused == [ShortcutAction::Busy]);
    forget('K');
    keys("Ctrl+Alt+B");
    fixture.until(|snapshot| snapshot.shortcuts.refused.is_empty());
    assert!(!other('B'), "the keys are taken");
    press(&[VK_CONTROL, VK_MENU, u16::from(b'B')]);
    fixture.until(|snapshot| snapshot.label == Label::Busy);
    fixture.available();
    keys("");
    eventually("the keys are let go", || other('B'));
    forget('B');
}

/// Presses the keys and lets them go.
fn press(keys: &[u16]) {
    let event = |key: u16, flags| INPUT {
        r#type: INPUT_KEYBOARD,
        Anonymous: INPUT_0 { ki: KEYBDINPUT { wVk: key, wScan: 0, dwFlags: flags, time: 0, dwExtraInfo: 0 } },
    };
    let events: Vec<INPUT> =
        keys.iter().map(|key| event(*key, 0)).chain(keys.iter().rev().map(|key| event(*key, KEYEVENTF_KEYUP))).collect();
    let count = u32::try_from(events.len()).unwrap();
    // SAFETY: the list has as many elements as it says, each of the given size.
    let sent = unsafe { SendInput(count, events.as_ptr(), i32::try_from(size_of::<INPUT>()).unwrap()) };
    assert_eq!(sent, count);
}

#[test]
fn the_platform_is_told_of_a_sleep_and_of_the_sessions_end_before_windows_gets_its_answer() {
    let (fixture, _turn) = fixture();
    let window = window(w!("RingsidePower"));
    fixture.set(SettingChange::OnSleep(Farewell::Busy));
    fixture.set(SettingChange::OnLogOff(Farewell::Busy));
    let leaving = Leaving { quit: None, log_off: Some(Farewell::Busy), sleep: Some(Farewell::Busy) };
    fixture.until(|snapshot| snapshot.settings.leaving == leaving);
    assert_eq!(send(window, WM_POWERBROADCAST, PBT_APMSUSPEND as usize, 0), 1);
    assert_eq!(fixture.seat(), Some(SeatState::Paused), "before the answer");
    assert_eq!(send(window, WM_POWERBROADCAST, PBT_APMRESUMEAUTOMATIC as usize, 0), 1);
    fixture.until(|snapshot| snapshot.label == Label::Busy);
    fixture.available();

    assert_eq!(send(window, WM_QUERYENDSESSION, 0, 0), 1, "the session may end");
    assert_eq!(fixture.seat(), Some(SeatState::Waiting));
    send(window, WM_ENDSESSION, 0, 0);
    assert_eq!(fixture.seat(), Some(SeatState::Waiting), "another program has refused");
    send(window, WM_ENDSESSION, 1, 0);
    assert_eq!(fixture.seat(), Some(SeatState::Paused), "before the answer");
    fixture.available();

    // A platform that does not answer delays Windows by no more than it waits.
    fixture.simulator.fault("SetSeatsStatus", Fault::Timeout, None);
    let asked = Instant::now();
    assert_eq!(send(window, WM_POWERBROADCAST, PBT_APMSUSPEND as usize, 0), 1);
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    fixture.simulator.clear_faults();
    // Every test begins with an agent who is awake and available.
    assert_eq!(send(window, WM_POWERBROADCAST, PBT_APMRESUMEAUTOMATIC as usize, 0), 1);
    fixture.available();
}
