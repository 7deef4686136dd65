//! The two windows: the main one, and the ring card, made hidden at the start so that it can show at once.

pub mod main;
#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "other.rs")]
mod native;
pub mod ring;

/// A card's place: logical pixels, bottom right of the work area.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Frame {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// Where there is to draw: logical pixels, without panels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Area {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// Logical pixels between a card and the edges of the work area.
const MARGIN: f64 = 12.0;

impl Area {
    /// The frame of a card of this size, made smaller where the area is (T15).
    fn corner(self, width: f64, height: f64) -> Frame {
        let width = width.min((self.width - 2.0 * MARGIN).max(1.0));
        let height = height.min((self.height - 2.0 * MARGIN).max(1.0));
        Frame { x: self.x + self.width - MARGIN - width, y: self.y + self.height - MARGIN - height, width, height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_stands_in_the_corner_and_inside() {
        let area = Area { x: 100.0, y: 0.0, width: 1280.0, height: 768.0 };
        assert_eq!(area.corner(420.0, 100.0), Frame { x: 948.0, y: 656.0, width: 420.0, height: 100.0 });
        let small = Area { x: 0.0, y: 30.0, width: 320.0, height: 200.0 };
        assert_eq!(small.corner(420.0, 600.0), Frame { x: 12.0, y: 42.0, width: 296.0, height: 176.0 });
    }
}
