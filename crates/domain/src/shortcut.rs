//! Keyboard shortcuts that work while another program has the focus.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The action of a shortcut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ShortcutAction {
    Available,
    Busy,
    /// Stops the sound of the ringing calls; their cards stay.
    Silence,
    /// Shows the main window in front.
    Show,
}

/// The keys of each action, in the form of [`shortcut`]. None: not set; empty: no keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Shortcuts {
    pub available: Option<String>,
    pub busy: Option<String>,
    pub silence: Option<String>,
    pub show: Option<String>,
}

impl Shortcuts {
    pub fn change(&mut self, action: ShortcutAction, keys: String) {
        let place = match action {
            ShortcutAction::Available => &mut self.available,
            ShortcutAction::Busy => &mut self.busy,
            ShortcutAction::Silence => &mut self.silence,
            ShortcutAction::Show => &mut self.show,
        };
        *place = Some(keys);
    }

    /// The actions that have keys.
    pub fn set(&self) -> impl Iterator<Item = (ShortcutAction, &str)> {
        let all = [
            (ShortcutAction::Available, &self.available),
            (ShortcutAction::Busy, &self.busy),
            (ShortcutAction::Silence, &self.silence),
            (ShortcutAction::Show, &self.show),
        ];
        all.into_iter().filter_map(|(action, keys)| Some((action, keys.as_deref()?))).filter(|(_, keys)| !keys.is_empty())
    }
}

/// The state of the shortcuts on this desktop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ShortcutsView {
    /// Whether the desktop allows such shortcuts; Wayland does not.
    pub possible: bool,
    /// Actions whose keys another program or the system uses.
    pub refused: Vec<ShortcutAction>,
}

impl Default for ShortcutsView {
    fn default() -> Self {
        Self { possible: true, refused: Vec::new() }
    }
}

/// In the order in which they are written. Shift alone is not enough, since people type with it.
const MODIFIERS: [&str; 4] = ["Ctrl", "Alt", "Shift", "Super"];
/// The allowed keys beside letters, digits and F1 to F24.
const KEYS: [&str; 12] =
    ["Space", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown", "Insert", "Delete", "Pause"];

/// Normalises the text to the form `Ctrl+Alt+A`. None: no key, a key that is not on every keyboard, or no modifier but Shift.
pub fn shortcut(text: &str) -> Option<String> {
    let parts: Vec<_> = text.split('+').map(str::trim).collect();
    let (key, held) = parts.split_last()?;
    let is = |held: &str, modifier: &str| held.eq_ignore_ascii_case(modifier);
    if !held.iter().all(|held| MODIFIERS.iter().any(|modifier| is(held, modifier))) {
        return None;
    }
    let mut written: Vec<_> =
        MODIFIERS.into_iter().filter(|modifier| held.iter().any(|held| is(held, modifier))).map(str::to_owned).collect();
    if !written.iter().any(|modifier| modifier != "Shift") {
        return None;
    }
    written.push(known_key(key)?);
    Some(written.join("+"))
}

fn known_key(key: &str) -> Option<String> {
    let upper = key.to_ascii_uppercase();
    let is_single = upper.len() == 1 && upper.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_function =
        upper.strip_prefix('F').and_then(|n| n.parse().ok()).is_some_and(|n: u8| (1..=24).contains(&n) && upper == format!("F{n}"));
    if is_single || is_function {
        return Some(upper);
    }
    KEYS.into_iter().find(|known| known.eq_ignore_ascii_case(key)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_normalised() {
        let read = [" ctrl + alt + a", "Alt+Ctrl+A", "SUPER+f12", "Shift+Ctrl+pageup", "Alt+0", "Ctrl+Space"].map(shortcut);
        let written = ["Ctrl+Alt+A", "Ctrl+Alt+A", "Super+F12", "Ctrl+Shift+PageUp", "Alt+0", "Ctrl+Space"];
        assert_eq!(read, written.map(|keys| Some(keys.to_owned())));
    }

    #[test]
    fn one_key_and_a_modifier_other_than_shift_are_required() {
        for wrong in ["", "A", "F12", "Shift+A", "Ctrl", "Ctrl+", "+A", "Ctrl+Alt", "Ctrl+A+B", "Ctrl+é", "Ctrl+F25", "Ctrl+F01", "Meta+A"]
        {
            assert_eq!(shortcut(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn an_empty_shortcut_counts_as_none() {
        let shortcuts = Shortcuts { busy: Some("Ctrl+Alt+B".into()), show: Some(String::new()), ..Shortcuts::default() };
        assert_eq!(shortcuts.set().collect::<Vec<_>>(), [(ShortcutAction::Busy, "Ctrl+Alt+B")]);
    }
}
