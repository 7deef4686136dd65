//! One icon per state, with a badge while a wish is not confirmed.

use ringside_domain::Label;
use tauri::image::Image;

macro_rules! icon {
    ($name:literal) => {
        [
            include_bytes!(concat!("../../../../icons/tray/", $name, ".png")),
            include_bytes!(concat!("../../../../icons/tray/", $name, "-pending.png")),
        ]
    };
}

pub fn of(label: Label, pending: bool) -> tauri::Result<Image<'static>> {
    let icons: [&[u8]; 2] = match label {
        Label::SignedOut => icon!("signed-out"),
        Label::Available => icon!("available"),
        Label::Busy => icon!("busy"),
        Label::Break => icon!("break"),
        Label::Ringing => icon!("ringing"),
        Label::OnCall => icon!("on-call"),
        Label::WrapUp => icon!("wrap-up"),
        Label::PhoneNotReady => icon!("phone-not-ready"),
        Label::Unconfirmed => icon!("unconfirmed"),
    };
    Image::from_bytes(icons[usize::from(pending)])
}
