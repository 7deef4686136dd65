//! Keyboard shortcuts that work while another program has the focus.

use ringside_domain::*;

use crate::desk::*;

#[test]
fn the_state_of_the_shortcuts_is_in_the_snapshot() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    assert_eq!(desk.snapshot().shortcuts, ShortcutsView { possible: true, refused: Vec::new() });
    let view = ShortcutsView { possible: true, refused: vec![ShortcutAction::Busy] };
    assert_eq!(desk.apply(Input::Report(ShellReport::Shortcuts(view.clone()))).shortcuts, view);
}

#[test]
fn a_wish_by_a_shortcut_is_shown_as_set_by_it() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let busy = Wish::Busy { reason: None };
    let snapshot = desk.apply(Input::Intent(Intent::Wish { wish: busy, by: SetBy::Shortcut }));
    assert_eq!(snapshot.wish.set.map(|set| set.by), Some(SetBy::Shortcut));
}
