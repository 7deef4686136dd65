//! Takes pixels from the X screen, and the time at which they change.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use x11rb::{
    connection::Connection,
    protocol::{
        Event,
        damage::{self, ConnectionExt as _, ReportLevel},
        xproto::{
            BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, ImageFormat, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
            MOTION_NOTIFY_EVENT, Window,
        },
        xtest::ConnectionExt as _,
    },
    rust_connection::RustConnection,
};

/// On the virtual screen, logical pixels are physical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    pub x: i16,
    pub y: i16,
    pub width: u16,
    pub height: u16,
}

pub struct Screen {
    x: RustConnection,
    root: Window,
    damage: u32,
}

impl Screen {
    pub fn open() -> Self {
        let (x, number) = x11rb::connect(None).unwrap();
        let root = x.setup().roots[number].root;
        x.damage_query_version(1, 1).unwrap().reply().unwrap();
        let damage = x.generate_id().unwrap();
        x.damage_create(damage, root, ReportLevel::NON_EMPTY).unwrap().check().unwrap();
        Self { x, root, damage }
    }

    pub fn pixels(&self, area: Area) -> Vec<u8> {
        let Area { x, y, width, height } = area;
        self.x.get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, height, u32::MAX).unwrap().reply().unwrap().data
    }

    /// The area of a window's content; None if the window is gone.
    pub fn area(&self, window: u32) -> Option<Area> {
        let size = self.x.get_geometry(window).unwrap().reply().ok()?;
        let place = self.x.translate_coordinates(window, self.root, 0, 0).unwrap().reply().ok()?;
        Some(Area { x: place.dst_x, y: place.dst_y, width: size.width, height: size.height })
    }

    /// Checks after each change of the screen whether `holds`, and returns the time at which it does. None after the time limit.
    pub fn watch(&self, patience: Duration, mut holds: impl FnMut(&Self) -> bool) -> Option<Instant> {
        let end = now() + patience;
        loop {
            // Before the check, so that a change during the check is reported again.
            self.x.damage_subtract(self.damage, x11rb::NONE, x11rb::NONE).unwrap().check().unwrap();
            if holds(self) {
                return Some(now());
            }
            while !matches!(self.x.poll_for_event().unwrap(), Some(Event::DamageNotify(damage::NotifyEvent { .. }))) {
                if now() > end {
                    return None;
                }
                std::thread::sleep(Duration::from_micros(200));
            }
        }
    }

    /// Clicks there. Returns the time before the button is released.
    pub fn click(&self, x: i16, y: i16) -> Instant {
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y);
        self.fake(BUTTON_PRESS_EVENT, 1, 0, 0);
        let at = now();
        self.fake(BUTTON_RELEASE_EVENT, 1, 0, 0);
        at
    }

    /// Presses the key with this X keysym. Returns the time before it is pressed.
    pub fn key(&self, sym: u32) -> Instant {
        let setup = self.x.setup();
        let (least, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
        let map = self.x.get_keyboard_mapping(least, count).unwrap().reply().unwrap();
        let place = map.keysyms.chunks(usize::from(map.keysyms_per_keycode)).position(|syms| syms[0] == sym);
        let code = least + u8::try_from(place.expect("a key of the keyboard")).unwrap();
        let at = now();
        self.fake(KEY_PRESS_EVENT, code, 0, 0);
        self.fake(KEY_RELEASE_EVENT, code, 0, 0);
        at
    }

    fn fake(&self, kind: u8, detail: u8, x: i16, y: i16) {
        self.x.xtest_fake_input(kind, detail, 0, self.root, x, y, 0).unwrap().check().unwrap();
    }

    /// The number of pixels that do not have the area's most frequent colour: text and lines, if anything is drawn.
    pub fn drawn(&self, area: Area) -> usize {
        let pixels = self.pixels(area);
        let mut colours: HashMap<[u8; 4], usize> = HashMap::new();
        for pixel in pixels.as_chunks::<4>().0 {
            *colours.entry(*pixel).or_default() += 1;
        }
        pixels.len() / 4 - colours.values().max().copied().unwrap_or(0)
    }
}

/// The clock of all measurements.
#[allow(clippy::disallowed_methods)]
pub fn now() -> Instant {
    Instant::now()
}
