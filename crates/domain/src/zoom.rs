//! The size of a window's page, which keys change as in a browser.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The sizes, in percent.
const SIZES: [u32; 9] = [50, 67, 80, 90, 100, 110, 125, 150, 200];
const NORMAL: u32 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ZoomStep {
    Larger,
    Smaller,
    Normal,
}

impl ZoomStep {
    /// The size after this step. `percent` may come from a damaged file.
    pub fn after(self, percent: u32) -> u32 {
        let next = match self {
            Self::Larger => SIZES.into_iter().find(|size| *size > percent),
            Self::Smaller => SIZES.into_iter().rev().find(|size| *size < percent),
            Self::Normal => Some(NORMAL),
        };
        next.unwrap_or_else(|| kept_zoom(percent))
    }
}

/// The size that was kept, within the limits.
pub fn kept_zoom(percent: u32) -> u32 {
    percent.clamp(SIZES[0], SIZES[SIZES.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_leads_to_the_next_size_and_never_beyond_the_last() {
        let all = |step: ZoomStep, from: u32| {
            let mut sizes = vec![from];
            while sizes.last() != Some(&step.after(sizes[sizes.len() - 1])) {
                sizes.push(step.after(sizes[sizes.len() - 1]));
            }
            sizes
        };
        assert_eq!(all(ZoomStep::Larger, 100), [100, 110, 125, 150, 200]);
        assert_eq!(all(ZoomStep::Smaller, 110), [110, 100, 90, 80, 67, 50]);
        assert_eq!(ZoomStep::Normal.after(150), 100);
        for damaged in [0, 7, 5_000, u32::MAX] {
            for step in [ZoomStep::Larger, ZoomStep::Smaller, ZoomStep::Normal] {
                assert!(SIZES.contains(&step.after(damaged)), "{damaged} {step:?}");
            }
            assert!((50..=200).contains(&kept_zoom(damaged)));
        }
    }
}
