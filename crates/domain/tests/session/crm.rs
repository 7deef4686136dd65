use ringside_domain::*;

use crate::desk::*;

/// A desk that is available in queue-1, with these settings.
fn desk(mode: CrmMode, template: &str) -> Desk {
    let saved = SavedState {
        settings: Settings { crm: CrmSettings { mode: Some(mode), template: Some(template.into()) }, ..Settings::default() },
        ..SavedState::default()
    };
    let mut desk = Desk::new(Start { saved, crm_schemes: vec!["https".into()], ..start() });
    desk.sign_in(&["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.answer_seats(SeatState::Waiting);
    desk
}

const TEMPLATE: &str = "https://crm.example.com/?number={customer_number}&call={call_id}&queue={queue}";
const PAGE: &str = "https://crm.example.com/?number=013387525701&call=a&queue=queue-1";

#[test]
fn a_page_is_opened_once_per_call_even_if_signals_are_repeated() {
    let mut desk = desk(CrmMode::OnRing, TEMPLATE);
    assert!(desk.snapshot().crm.ready);
    for status in [LegStatus::Ring, LegStatus::Ring, LegStatus::Answer, LegStatus::Ring, LegStatus::Answer] {
        desk.leg(leg(status, "a"));
    }
    desk.answer_phone(phone_with(PhoneState::Talking, "013387525701"));
    desk.leg(leg(LegStatus::Hangup, "a"));
    desk.leg(leg(LegStatus::Ring, "a"));
    assert_eq!(desk.opened, [PAGE]);
    desk.leg(leg(LegStatus::Ring, "b"));
    assert_eq!(desk.opened.len(), 2, "another call, another page");
}

#[test]
fn an_answer_without_a_ring_opens_the_page_too() {
    let mut desk = desk(CrmMode::OnRing, TEMPLATE);
    desk.leg(leg(LegStatus::Answer, "a"));
    assert_eq!(desk.opened, [PAGE]);
}

#[test]
fn on_answer_a_ring_opens_nothing() {
    let mut desk = desk(CrmMode::OnAnswer, TEMPLATE);
    desk.leg(leg(LegStatus::Ring, "a"));
    assert!(desk.opened.is_empty());
    desk.leg(leg(LegStatus::Answer, "a"));
    assert_eq!(desk.opened, [PAGE]);
    desk.leg(leg(LegStatus::Hangup, "a"));
    desk.leg(leg(LegStatus::Ring, "b"));
    desk.leg(leg(LegStatus::Hangup, "b"));
    assert_eq!(desk.opened.len(), 1, "missed");
}

#[test]
fn l39_an_old_ring_opens_nothing() {
    let mut desk = desk(CrmMode::OnRing, TEMPLATE);
    let old = Some(desk.now.wall.minus(std::time::Duration::from_secs(60)));
    desk.leg(LegEvent { started_at: old, ..leg(LegStatus::Ring, "a") });
    assert!(desk.opened.is_empty());
}

#[test]
fn a_page_can_be_opened_by_hand_during_and_after_the_call() {
    let mut desk = desk(CrmMode::ByHand, TEMPLATE);
    let call = desk.leg(leg(LegStatus::Ring, "a")).calls[0].id;
    desk.leg(leg(LegStatus::Answer, "a"));
    assert!(desk.opened.is_empty());
    desk.intent(Intent::OpenCrm { call });
    desk.leg(leg(LegStatus::Hangup, "a"));
    desk.intent(Intent::OpenCrm { call });
    assert_eq!(desk.opened, [PAGE, PAGE]);
    desk.intent(Intent::OpenCrm { call: CallId(99) });
    assert_eq!(desk.opened.len(), 2);
}

#[test]
fn nothing_is_opened_if_it_is_off_or_the_address_is_not_allowed() {
    for (mode, template) in
        [(CrmMode::Off, TEMPLATE), (CrmMode::OnRing, "http://crm/"), (CrmMode::OnRing, "javascript:x"), (CrmMode::OnRing, "")]
    {
        let mut desk = desk(mode, template);
        let call = desk.leg(leg(LegStatus::Ring, "a")).calls[0].id;
        desk.leg(leg(LegStatus::Answer, "a"));
        desk.intent(Intent::OpenCrm { call });
        assert!(desk.opened.is_empty() && !desk.snapshot().crm.ready, "{mode:?} {template}");
    }
}

#[test]
fn a_changed_setting_applies_to_later_calls_and_a_failure_is_shown() {
    let mut desk = desk(CrmMode::ByHand, TEMPLATE);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.change(SettingChange::CrmMode(CrmMode::OnRing));
    desk.leg(leg(LegStatus::Answer, "a"));
    assert!(desk.opened.is_empty());
    desk.leg(leg(LegStatus::Hangup, "a"));
    desk.leg(leg(LegStatus::Ring, "b"));
    assert_eq!(desk.opened.len(), 1);
    let failed = Some(problem(ProblemCode::Refused, true));
    let snapshot = desk.apply(Input::Report(ShellReport::Crm(failed.clone())));
    assert_eq!(snapshot.crm.problem, failed);
    assert_eq!(desk.apply(Input::Report(ShellReport::Crm(None))).crm.problem, None);
}

/// A restart is no ring.
#[test]
fn a_call_from_before_the_start_opens_nothing() {
    let mut first = desk(CrmMode::OnRing, TEMPLATE);
    first.leg(leg(LegStatus::Ring, "a"));
    let mut saved = first.saved.clone();
    saved.settings.crm = first.snapshot().settings.crm.clone();
    let calls = first.saved_calls.clone();
    let mut desk = Desk::new(Start { saved, calls, next_call_id: 2, crm_schemes: vec!["https".into()], ..start() });
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Answer, "a"));
    assert!(desk.opened.is_empty());
}
