//! A window on Windows that comes without taking the keyboard, above the others, and that is in neither the task bar nor the list of Alt+Tab.
//! Windows shows a tool window that belongs to no other window on all virtual desktops.

use std::io;

use windows_sys::Win32::{
    Foundation::HWND,
    UI::WindowsAndMessaging::{
        GWL_EXSTYLE, GetWindowLongPtrW, HWND_TOPMOST, SW_HIDE, SWP_FRAMECHANGED, SWP_NOACTIVATE, SWP_NOMOVE, SWP_NOSIZE, SWP_SHOWWINDOW,
        SetForegroundWindow, SetWindowLongPtrW, SetWindowPos, ShowWindow, WS_EX_APPWINDOW, WS_EX_NOACTIVATE, WS_EX_TOOLWINDOW,
    },
};

/// Shows the window, whatever program has the keyboard. `ShowWindow` would use the state that the program was started with, at its first
/// call.
pub fn show(window: HWND) -> io::Result<()> {
    change_style(window, WS_EX_NOACTIVATE | WS_EX_TOOLWINDOW, WS_EX_APPWINDOW);
    place_on_top(window, SWP_SHOWWINDOW)
}

/// Hides the window, and takes the keyboard from it for its next coming.
pub fn withdraw(window: HWND) -> io::Result<()> {
    // SAFETY: a window that does not exist is an error of the function.
    #[allow(unsafe_code)]
    unsafe {
        ShowWindow(window, SW_HIDE);
    }
    change_style(window, WS_EX_NOACTIVATE | WS_EX_TOOLWINDOW, WS_EX_APPWINDOW);
    place_on_top(window, 0)
}

/// Gives the keyboard to the window, because a person clicked into it.
pub fn take_keyboard(window: HWND) -> io::Result<()> {
    change_style(window, 0, WS_EX_NOACTIVATE);
    // SAFETY: as above.
    #[allow(unsafe_code)]
    let taken = unsafe { SetForegroundWindow(window) };
    if taken == 0 { Err(io::Error::other("Windows leaves the keyboard where it is")) } else { Ok(()) }
}

fn change_style(window: HWND, add: u32, remove: u32) {
    // SAFETY: as above; a style holds no pointer.
    #[allow(unsafe_code)]
    unsafe {
        let style = GetWindowLongPtrW(window, GWL_EXSTYLE);
        SetWindowLongPtrW(window, GWL_EXSTYLE, style & !(remove as isize) | add as isize);
    }
}

/// Also makes a changed style take effect.
fn place_on_top(window: HWND, more: u32) -> io::Result<()> {
    let flags = SWP_NOACTIVATE | SWP_NOMOVE | SWP_NOSIZE | SWP_FRAMECHANGED | more;
    // SAFETY: as above.
    #[allow(unsafe_code)]
    let done = unsafe { SetWindowPos(window, HWND_TOPMOST, 0, 0, 0, 0, flags) };
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use windows_sys::{
        Win32::UI::WindowsAndMessaging::{
            CreateWindowExW, DestroyWindow, GetForegroundWindow, IsWindowVisible, WINDOW_EX_STYLE, WS_EX_TOPMOST, WS_OVERLAPPEDWINDOW,
            WS_POPUP, WS_VISIBLE,
        },
        w,
    };

    use super::*;

    #[allow(unsafe_code)]
    fn window(extended: WINDOW_EX_STYLE, style: u32) -> HWND {
        // SAFETY: the class is the system's own.
        let window = unsafe {
            let none = ptr::null_mut();
            CreateWindowExW(extended, w!("STATIC"), w!("test"), style, 10, 10, 200, 100, none, none, none, ptr::null())
        };
        assert!(!window.is_null(), "{}", io::Error::last_os_error());
        window
    }

    /// T14. Runs under Wine on a virtual screen too.
    #[test]
    #[allow(unsafe_code)]
    fn the_card_comes_without_the_keyboard_and_gets_it_only_when_a_person_wants_to_type() {
        // SAFETY: both windows exist until the end.
        unsafe {
            let (other, card) = (window(0, WS_OVERLAPPEDWINDOW | WS_VISIBLE), window(WS_EX_APPWINDOW, WS_POPUP));
            SetForegroundWindow(other);
            assert_eq!(GetForegroundWindow(), other);
            withdraw(card).unwrap();
            for _ in 0..3 {
                show(card).unwrap();
                assert_eq!((IsWindowVisible(card), GetForegroundWindow()), (1, other), "shown without the keyboard");
                let style = GetWindowLongPtrW(card, GWL_EXSTYLE) as u32;
                assert_eq!(style & WS_EX_APPWINDOW, 0);
                for wanted in [WS_EX_TOPMOST, WS_EX_TOOLWINDOW, WS_EX_NOACTIVATE] {
                    assert_ne!(style & wanted, 0, "{wanted:x}");
                }
                take_keyboard(card).unwrap();
                assert_eq!(GetForegroundWindow(), card);
                withdraw(card).unwrap();
                assert_eq!(IsWindowVisible(card), 0);
                SetForegroundWindow(other);
            }
            DestroyWindow(card);
            DestroyWindow(other);
        }
    }
}
