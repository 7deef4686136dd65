//! Keys that are heard while another program has the keyboard.

use ringside_domain::*;

use crate::desk::*;

#[test]
fn what_became_of_the_shortcuts_is_seen() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    assert_eq!(desk.snapshot().shortcuts, ShortcutsView { possible: true, refused: Vec::new() });
    let view = ShortcutsView { possible: true, refused: vec![ShortcutAction::Busy] };
    assert_eq!(desk.apply(Input::Report(ShellReport::Shortcuts(view.clone()))).shortcuts, view);
}

#[test]
fn who_set_the_state_by_keys_is_told_so() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let busy = Wish::Busy { reason: None };
    let snapshot = desk.apply(Input::Intent(Intent::Wish { wish: busy, by: SetBy::Shortcut }));
    assert_eq!(snapshot.wish.set.map(|set| set.by), Some(SetBy::Shortcut));
}
