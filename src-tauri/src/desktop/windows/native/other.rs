//! Windows and macOS: Tauri's functions suffice.

use tauri::{Manager, Monitor, PhysicalPosition, PhysicalSize, WebviewWindow, WebviewWindowBuilder, Wry};

use super::display::{Display, Frame};

#[allow(clippy::unnecessary_wraps)] // same signature as on Linux
pub fn related<'a, M: Manager<Wry>>(
    builder: WebviewWindowBuilder<'a, Wry, M>,
    _main: &WebviewWindow,
) -> tauri::Result<WebviewWindowBuilder<'a, Wry, M>> {
    Ok(builder)
}

#[allow(clippy::unnecessary_wraps)]
pub fn slim(_window: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Tauri does not report this.
#[allow(clippy::unnecessary_wraps)]
pub fn on_page_lost(_window: &WebviewWindow, _lost: impl Fn() + Send + 'static) -> tauri::Result<()> {
    Ok(())
}

#[allow(clippy::unnecessary_wraps)]
pub fn draw_at_once(_window: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

pub fn unfocusable(window: &WebviewWindow) -> tauri::Result<()> {
    window.set_focusable(false)
}

/// Gives the window the focus after a click into a text field.
pub fn take_keyboard(window: &WebviewWindow) -> tauri::Result<()> {
    window.set_focusable(true)?;
    window.set_focus()
}

/// All connected displays, the primary one first.
pub fn displays(window: &WebviewWindow) -> tauri::Result<Vec<Display>> {
    let primary = window.primary_monitor()?.map(|monitor| *monitor.position());
    let mut monitors = window.available_monitors()?;
    monitors.sort_by_key(|monitor| Some(*monitor.position()) != primary);
    Ok(monitors.iter().map(described).collect())
}

fn described(monitor: &Monitor) -> Display {
    let (area, size) = (monitor.work_area(), monitor.size());
    let name = format!("{} {}x{}", monitor.name().map_or("", String::as_str), size.width, size.height);
    let area =
        Frame { x: area.position.x.into(), y: area.position.y.into(), width: area.size.width.into(), height: area.size.height.into() };
    Display { name, area, scale: monitor.scale_factor() }
}

#[allow(clippy::unnecessary_wraps)] // same signature as on Linux
pub fn pointer(window: &WebviewWindow) -> tauri::Result<Option<(f64, f64)>> {
    window.app_handle().cursor_position().map(|pointer| Some((pointer.x, pointer.y)))
}

/// Not needed: on these systems a window is placed each time it is shown.
#[allow(clippy::unnecessary_wraps)]
pub fn on_displays_changed(_window: &WebviewWindow, _changed: impl Fn() + 'static) -> tauri::Result<()> {
    Ok(())
}

pub fn frame(window: &WebviewWindow) -> tauri::Result<Option<Frame>> {
    let (at, size) = (window.outer_position()?, window.inner_size()?);
    Ok(Some(Frame { x: at.x.into(), y: at.y.into(), width: size.width.into(), height: size.height.into() }))
}

pub fn place(window: &WebviewWindow, frame: Frame) -> tauri::Result<()> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // pixels of a screen
    let (size, at) = (
        PhysicalSize::new(frame.width.round() as u32, frame.height.round() as u32),
        PhysicalPosition::new(frame.x.round() as i32, frame.y.round() as i32),
    );
    // The position first: the size in pixels changes if the other display has another scale.
    window.set_position(at)?;
    window.set_size(size)
}

pub fn show(window: &WebviewWindow) -> tauri::Result<()> {
    window.set_focusable(false)?;
    window.show()
}

pub fn hide(window: &WebviewWindow) -> tauri::Result<()> {
    window.hide()
}
