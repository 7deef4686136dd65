//! Windows and macOS: what Tauri offers is enough.

use tauri::{LogicalPosition, LogicalSize, Manager, WebviewWindow, WebviewWindowBuilder, Wry};

use super::{Area, Frame};

#[allow(clippy::unnecessary_wraps)] // as on Linux
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

pub fn unfocusable(window: &WebviewWindow) -> tauri::Result<()> {
    window.set_focusable(false)
}

/// The work area of the monitor with the pointer: the one that is worked on.
pub fn area(window: &WebviewWindow) -> tauri::Result<Option<Area>> {
    let pointer = window.app_handle().cursor_position()?;
    let monitor = match window.monitor_from_point(pointer.x, pointer.y)? {
        Some(monitor) => Some(monitor),
        None => window.primary_monitor()?,
    };
    Ok(monitor.map(|monitor| {
        let scale = monitor.scale_factor();
        let position = monitor.work_area().position.to_logical::<f64>(scale);
        let size = monitor.work_area().size.to_logical::<f64>(scale);
        Area { x: position.x, y: position.y, width: size.width, height: size.height }
    }))
}

pub fn place(window: &WebviewWindow, frame: Frame) -> tauri::Result<()> {
    window.set_size(LogicalSize::new(frame.width, frame.height))?;
    window.set_position(LogicalPosition::new(frame.x, frame.y))
}

pub fn show(window: &WebviewWindow) -> tauri::Result<()> {
    window.set_focusable(false)?;
    window.show()
}

pub fn hide(window: &WebviewWindow) -> tauri::Result<()> {
    window.hide()
}
