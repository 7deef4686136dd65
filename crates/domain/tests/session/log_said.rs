//! The last contact, notes, calls to do, and exports.

use ringside_domain::*;

use crate::{
    desk::*,
    log::{DAY, HOUR, fresh, numbered},
};

#[test]
fn the_last_contact_follows_the_card_and_contains_its_note() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let effects = desk.session.apply(Input::Delivery(event(Signal::Leg(leg(LegStatus::Ring, "a")), "a".into())), desk.now);
    let call = desk.snapshot().calls[0].clone();
    assert!(call.card && !call.looked_up && call.last_contact.is_none());
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::FindContact { call, number, .. } => Some((*call, number.as_str())),
        _ => None,
    });
    assert_eq!(asked, Some((call.id, "013387525701")));

    let earlier = desk.now.wall.minus(DAY);
    let mut other = fresh();
    other.record(record(None, earlier));
    let note = Note { text: "x".repeat(500), disposition: Some("Sold".into()), ..Note::default() };
    let row = LogRow::new(other.saved_calls.remove(0), note);
    let snapshot = desk.apply(Input::Contact { call: call.id, last: Some(Box::new(row)) });
    let contact = snapshot.calls[0].last_contact.clone().unwrap();
    assert!(snapshot.calls[0].looked_up);
    assert_eq!((contact.at, contact.answered, contact.talked_seconds), (earlier, true, 30));
    assert_eq!(contact.disposition.as_deref(), Some("Sold"));
    assert!(contact.note.starts_with("xxx") && contact.note.len() < 100, "the beginning of the note");
}

#[test]
fn each_edit_of_a_note_is_saved_with_its_time() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let call = CallId(7);
    desk.intent(Intent::EditNote { call, edit: NoteEdit::Text { text: "call again".into() } });
    desk.intent(Intent::EditNote { call, edit: NoteEdit::Disposition { disposition: Some("Sold".into()) } });
    desk.intent(Intent::EditNote { call, edit: NoteEdit::Done { done: true } });
    desk.intent(Intent::EditNote { call, edit: NoteEdit::Done { done: false } });
    let said = [Edit::Text("call again".into()), Edit::Disposition(Some("Sold".into())), Edit::Done(Some(desk.now.wall)), Edit::Done(None)];
    assert_eq!(desk.saved_notes, said.map(|edit| (call, edit)));
    let revision = desk.snapshot().log.revision;
    desk.apply(Input::LogChanged);
    assert_eq!(desk.snapshot().log.revision, revision + 1);
}

#[test]
fn one_export_runs_at_a_time_and_its_result_stays_until_it_is_dismissed() {
    let mut desk = Desk::new(start());
    let filter = Filter { text: "0133".into(), ..Filter::default() };
    let ask = |desk: &mut Desk| desk.intent(Intent::ExportLog { filter: filter.clone(), format: ExportFormat::Csv });
    let running = |written| ExportView { written, total: 9000, state: ExportState::Running };
    ask(&mut desk);
    ask(&mut desk);
    assert_eq!(desk.exports, std::slice::from_ref(&filter));
    assert_eq!(desk.apply(Input::Exporting { id: 1, view: running(5000) }).log.export, Some(running(5000)));
    assert_eq!(desk.intent(Intent::EndExport).log.export, None);
    assert_eq!(desk.apply(Input::Exporting { id: 1, view: running(6000) }).log.export, None, "progress after the stop is ignored");
    ask(&mut desk);
    assert_eq!(desk.apply(Input::Exporting { id: 1, view: running(7000) }).log.export.as_ref().unwrap().written, 0, "of an older export");
    let done = ExportView { state: ExportState::Done { path: "calls.csv".into() }, ..running(9000) };
    assert_eq!(desk.apply(Input::Exporting { id: 2, view: done.clone() }).log.export, Some(done));
    assert_eq!(desk.intent(Intent::EndExport).log.export, None);
}

#[test]
fn calls_to_do_are_counted_after_each_change_one_count_at_a_time() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    assert_eq!(desk.snapshot().log.to_do, 0);
    desk.to_do = 3;
    let revision = desk.snapshot().log.revision;
    desk.apply(Input::LogChanged);
    assert_eq!(desk.snapshot().log.revision, revision + 1);
    assert_eq!(desk.snapshot().log.to_do, 3);
    let counts = |effects: &[Effect]| effects.iter().filter(|effect| matches!(effect, Effect::CountToDo)).count();
    let changed = |desk: &mut Desk| desk.session.apply(Input::LogChanged, desk.now);
    let revision = desk.snapshot().revision;
    assert_eq!(counts(&changed(&mut desk)), 1);
    assert_eq!(counts(&changed(&mut desk)), 0, "the first count is not answered yet");
    assert_eq!(desk.snapshot().revision, revision, "the revision waits for the count");
    let effects = desk.session.apply(Input::ToDo(Ok(4)), desk.now);
    assert_eq!((counts(&effects), desk.snapshot().log.to_do), (1, 4), "one more count for the second change");
    assert_eq!(counts(&desk.session.apply(Input::ToDo(Err(problem(ProblemCode::StoreFailed, true))), desk.now)), 0);
    assert_eq!(desk.snapshot().log.to_do, 4);
}

#[test]
fn a_missed_call_is_to_do_until_it_is_done_and_one_that_was_never_offered_is_not() {
    let mut desk = fresh();
    let at = desk.now.wall.minus(HOUR);
    let mut row = |id: u32, change: &dyn Fn(&mut CallRecord), note: Note| {
        let mut record = numbered(id, at);
        change(&mut record);
        desk.record(record);
        LogRow::new(desk.saved_calls.last().unwrap().clone(), note)
    };
    let unanswered = |record: &mut CallRecord| {
        (record.talked_seconds, record.answered_at, record.ending) = (0, None, Ending::NoAnswer);
    };
    let dialled = |record: &mut CallRecord| {
        unanswered(record);
        record.method = Method::Manual;
    };
    let done = || Note { done_at: Some(at), ..Note::default() };
    let owed = || Note { owed_at: Some(at), ..Note::default() };
    let missed = row(1, &unanswered, Note::default());
    assert_eq!((missed.outcome, missed.is_to_do()), (Some(CallOutcome::Missed), true));
    assert!(!row(2, &unanswered, done()).is_to_do());
    let dialled = row(3, &dialled, Note::default());
    assert!(dialled.outcome != Some(CallOutcome::Missed) && !dialled.is_to_do(), "the customer did not answer: {dialled:?}");
    assert!(!row(4, &|_| {}, Note::default()).is_to_do());
    assert!(row(5, &|_| {}, owed()).is_to_do() && !row(6, &|_| {}, Note { done_at: Some(at), ..owed() }).is_to_do());
}
