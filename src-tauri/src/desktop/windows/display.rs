//! Geometry of windows: displays, frames on them, and saved positions of a card.

use serde::{Deserialize, Serialize};

/// The rectangle of a window, in physical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Display {
    /// Identifies the display by model and size, so that it is recognised when it is connected again.
    pub name: String,
    /// The area without panels.
    pub area: Frame,
    /// Physical pixels per logical pixel.
    pub scale: f64,
}

/// Distances from the right and the lower edge of the work area, in logical pixels: a card grows to the left and upwards.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Corner {
    pub right: f64,
    pub bottom: f64,
}

impl Default for Corner {
    fn default() -> Self {
        Self { right: MARGIN, bottom: MARGIN }
    }
}

/// Logical pixels between a card and the edges of the work area.
const MARGIN: f64 = 12.0;

impl Frame {
    pub fn middle(self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// The frame moved into `area`, and made smaller if `area` is smaller (T15).
    pub fn within(self, area: Self) -> Self {
        // The lengths can come from a damaged file. `clamp` would panic if rounding makes the lower bound exceed the upper one.
        let width = self.width.max(1.0).min(area.width);
        let height = self.height.max(1.0).min(area.height);
        let x = self.x.min(area.x + area.width - width).max(area.x);
        let y = self.y.min(area.y + area.height - height).max(area.y);
        Self { x, y, width, height }
    }

    /// The distance of a point from the frame; 0 inside.
    fn distance(self, (x, y): (f64, f64)) -> f64 {
        let apart = |at: f64, from: f64, length: f64| (from - at).max(at - from - length).max(0.0);
        apart(x, self.x, self.width).hypot(apart(y, self.y, self.height))
    }
}

impl Display {
    /// The display at this point, or the nearest one.
    pub fn at(displays: Vec<Self>, point: (f64, f64)) -> Option<Self> {
        displays.into_iter().min_by(|a, b| a.area.distance(point).total_cmp(&b.area.distance(point)))
    }

    /// The frame of a card of this size (in logical pixels), always inside the display (T15).
    pub fn card(&self, corner: Corner, width: f64, height: f64) -> Frame {
        let Frame { x, y, width: wide, height: high } = self.area;
        let width = (width * self.scale).min((wide - 2.0 * MARGIN * self.scale).max(1.0));
        let height = (height * self.scale).min((high - 2.0 * MARGIN * self.scale).max(1.0));
        let (x, y) = (x + wide - corner.right * self.scale - width, y + high - corner.bottom * self.scale - height);
        Frame { x, y, width, height }.within(self.area)
    }

    /// The corner distances of a card with this frame.
    pub fn corner(&self, card: Frame) -> Corner {
        let Frame { x, y, width, height } = self.area;
        Corner { right: (x + width - card.x - card.width) / self.scale, bottom: (y + height - card.y - card.height) / self.scale }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn display(x: f64, y: f64, width: f64, height: f64) -> Display {
        Display { name: "A".to_owned(), area: Frame { x, y, width, height }, scale: 1.0 }
    }

    #[test]
    fn a_new_card_is_in_the_corner_and_inside_the_work_area() {
        let screen = display(100.0, 0.0, 1280.0, 768.0);
        assert_eq!(screen.card(Corner::default(), 420.0, 100.0), Frame { x: 948.0, y: 656.0, width: 420.0, height: 100.0 });
        let small = display(0.0, 30.0, 320.0, 200.0);
        assert_eq!(small.card(Corner::default(), 420.0, 600.0), Frame { x: 12.0, y: 42.0, width: 296.0, height: 176.0 });
    }

    #[test]
    fn a_card_stays_where_it_was_dragged_and_grows_upwards() {
        let screen = display(1920.0, 0.0, 1280.0, 768.0);
        let dragged = Frame { x: 2000.0, y: 300.0, width: 420.0, height: 100.0 };
        let corner = screen.corner(dragged);
        assert_eq!(screen.card(corner, 420.0, 100.0), dragged);
        assert_eq!(screen.card(corner, 420.0, 200.0), Frame { y: 200.0, height: 200.0, ..dragged });
        assert_eq!(screen.card(corner, 420.0, 500.0), Frame { y: 0.0, height: 500.0, ..dragged }, "never above the screen");
    }

    #[test]
    fn a_card_has_the_same_logical_size_on_a_display_with_another_scale() {
        let fine = Display { scale: 2.0, ..display(0.0, 0.0, 2560.0, 1536.0) };
        let frame = fine.card(Corner::default(), 420.0, 100.0);
        assert_eq!(frame, Frame { x: 1696.0, y: 1312.0, width: 840.0, height: 200.0 });
        assert_eq!(fine.corner(frame), Corner::default());
    }

    /// T15: the position was saved for a larger display, or for one that is gone.
    #[test]
    fn a_saved_position_outside_the_display_is_moved_inside() {
        let small = display(0.0, 0.0, 800.0, 600.0);
        for (right, bottom) in [(1500.0, 20.0), (-300.0, -300.0), (5.0, 4000.0)] {
            let frame = small.card(Corner { right, bottom }, 420.0, 100.0);
            assert_eq!(frame, frame.within(small.area), "{right} {bottom}");
            assert_eq!((frame.width, frame.height), (420.0, 100.0));
        }
    }

    #[test]
    fn the_display_at_a_point_or_the_nearest_one_is_found() {
        let displays = || vec![display(0.0, 0.0, 800.0, 600.0), Display { name: "B".to_owned(), ..display(800.0, 0.0, 800.0, 600.0) }];
        let at = |point| Display::at(displays(), point).map(|display| display.name);
        assert_eq!(
            [(10.0, 10.0), (900.0, 10.0), (3000.0, 900.0), (-5.0, 10.0)].map(at),
            ["A", "B", "B", "A"].map(|name| Some(name.to_owned()))
        );
        assert_eq!(Display::at(Vec::new(), (0.0, 0.0)), None);
    }

    #[test]
    fn fc15_any_saved_position_is_moved_onto_the_display() {
        let area = Frame { x: 0.1, y: -0.7, width: 1920.3, height: 1080.9 };
        for x in [0.0, -1e308, 1e308, f64::MIN_POSITIVE] {
            for width in [0.0, -5.0, 0.3, 1e308, -1e308, 1920.3] {
                let frame = Frame { x, y: -x, width, height: width }.within(area);
                let inside = frame.x >= area.x && frame.y >= area.y && frame.width >= 1.0 && frame.height >= 1.0;
                assert!(inside && frame.width <= area.width && frame.height <= area.height, "{frame:?}");
                let card = Display { area, ..display(0.0, 0.0, 1.0, 1.0) }.card(Corner { right: x, bottom: width }, 420.0, 100.0);
                assert!(card.x >= area.x && card.y >= area.y && card.x + card.width <= area.x + area.width + 0.01, "{card:?}");
            }
        }
    }
}
