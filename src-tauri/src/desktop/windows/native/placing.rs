//! Displays and frames on Windows and macOS, where Tauri's functions suffice.

use tauri::{Manager, Monitor, PhysicalPosition, PhysicalSize, WebviewWindow};

use super::display::{Display, Frame};

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
