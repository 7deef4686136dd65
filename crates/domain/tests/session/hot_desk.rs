//! A desk that several agents use in turn.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

const CUSTOMER: &str = "013387525701";

fn account() -> Account {
    Account { url: "https://call.example.com/".into(), appid: "acme".into() }
}

fn numbered(agent_id: &str) -> Agent {
    Agent { agent_id: agent_id.into(), ..agent(&[]) }
}

/// The administrator fixed the extension; the agent enters the agent number.
fn hot() -> Start {
    let fresh = SavedState { account: Some(account()), agent: Some(numbered("")), ..SavedState::default() };
    let place = Place { locked: vec!["agent.extension".into()], ..Place::default() };
    Start { saved: fresh.clone(), fresh, place, ..start() }
}

fn hot_desk() -> Desk {
    Desk::new(hot())
}

fn come(desk: &mut Desk, agent: Agent) {
    desk.intent(Intent::SignIn { account: account(), agent, accesskey: None });
    desk.answer(
        |request| matches!(request, Request::SignIn { .. }),
        Ok(Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() }),
    );
}

fn talk(desk: &mut Desk, uuid: &str) -> CallId {
    for status in [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup] {
        desk.leg(leg(status, uuid));
    }
    desk.snapshot().recent[0].id
}

fn forgets(desk: &Desk) -> bool {
    desk.is_asked(|request| matches!(request, Request::EndToken { .. } | Request::ForgetSecrets { .. }))
}

fn recent(desk: &Desk) -> Vec<CallId> {
    desk.snapshot().recent.iter().map(|call| call.id).collect()
}

#[test]
fn without_an_agent_number_nobody_is_signed_in_and_a_given_accesskey_is_kept() {
    let mut desk = Desk::new(Start { accesskey: Some("k".into()), ..hot() });
    assert!(desk.asked.iter().all(|(_, request)| matches!(request, Request::KeepAccesskey { .. })), "{:?}", desk.asked);
    desk.answer(|request| matches!(request, Request::KeepAccesskey { .. }), Ok(Outcome::Done));
    desk.leg(leg(LegStatus::Ring, "u1"));
    assert!(desk.snapshot().calls.is_empty() && desk.saved_calls.is_empty(), "nobody is signed in");
}

#[test]
fn each_agent_of_one_extension_has_their_own_calls() {
    let mut desk = hot_desk();
    come(&mut desk, numbered("10"));
    let first = talk(&mut desk, "u1");
    assert_eq!(desk.log()[&first].agent.as_deref(), Some("10"));
    let own = desk.snapshot().owner();
    desk.intent(Intent::SignOut);
    let now = desk.snapshot();
    assert!(now.recent.is_empty() && now.calls.is_empty() && now.notices.is_empty());
    assert_eq!((&now.agent, &now.account), (&numbered(""), &account()), "the form keeps the fixed values");
    assert_eq!(now.owner(), Owner::default());
    assert!(!forgets(&desk), "{:?}", desk.asked);

    come(&mut desk, numbered("11"));
    assert_ne!(desk.snapshot().owner(), own);
    let second = talk(&mut desk, "u2");
    assert_eq!(recent(&desk), [second]);
    desk.intent(Intent::SignOut);
    come(&mut desk, numbered("10"));
    assert_eq!(recent(&desk), [first], "the first agent's calls are shown again");
}

/// GetBill filters by the extension only.
#[test]
fn a_record_completes_its_agents_call_and_a_call_known_only_by_its_record_gets_its_agent() {
    let mut desk = hot_desk();
    come(&mut desk, numbered("10"));
    desk.pass_seconds(60);
    let first = talk(&mut desk, "u1");
    desk.intent(Intent::SignOut);
    desk.pass_seconds(60);
    come(&mut desk, numbered("11"));
    desk.pass_seconds(60);
    let late = CallRecord { agent_id: Some("11".into()), ..record(Some("u1"), desk.now.wall) };
    desk.record(late);
    let call = &desk.log()[&first];
    assert_eq!((call.agent.as_deref(), call.talked_seconds.is_some()), (Some("10"), true), "{call:?}");
    assert!(recent(&desk).is_empty());

    // A call from before the agent came belongs to the agent in the record, or to nobody. A later call belongs to the present agent, since
    // the number in the record may be custom data.
    let hour_ago = desk.now.wall.minus(Duration::from_secs(3600));
    let cases = [(hour_ago, Some("10"), Some("10")), (hour_ago, None, None), (desk.now.wall, Some("77"), Some("11"))];
    for (number, (at, said, known)) in cases.into_iter().enumerate() {
        let uuid = format!("r{number}");
        let customer_number = format!("0133875258{number:02}");
        desk.record(CallRecord {
            uuid: Some(uuid.clone()),
            record_id: Some(uuid.clone()),
            agent_id: said.map(str::to_owned),
            customer_number,
            ..record(None, at)
        });
        let call = desk.log().into_values().find(|call| call.uuid.as_deref() == Some(&uuid)).unwrap();
        assert_eq!(call.agent.as_deref(), known, "{at:?} {said:?}");
    }
    assert_eq!(recent(&desk).len(), 1);
}

/// The platform's clock is right, and ours is set right in the middle of the day.
#[test]
fn who_was_here_is_known_after_the_clock_was_set() {
    for by in [-3_600_000, 3_600_000] {
        let mut desk = hot_desk();
        let clock = |desk: &mut Desk, ahead: i64| {
            let at = desk.now.wall;
            desk.apply(Input::Clock(ClockReading { asked_at: at, stamped_at: Timestamp(at.0 - ahead).second(), answered_at: at }));
        };
        clock(&mut desk, -by);
        let there = |desk: &Desk| Timestamp(desk.now.wall.0 + by);
        come(&mut desk, numbered("10"));
        desk.pass_seconds(300);
        let first = there(&desk).minus(Duration::from_secs(200));
        come(&mut desk, numbered("11"));
        desk.pass_seconds(300);
        let second = there(&desk).minus(Duration::from_secs(200));
        desk.now.wall = Timestamp(desk.now.wall.0 + by);
        clock(&mut desk, 0);
        desk.pass_seconds(60);
        for (at, number, agent) in [(first, "r1", "10"), (second, "r2", "11")] {
            let uuid = Some(number.to_owned());
            desk.record(CallRecord { record_id: uuid.clone(), agent_id: None, customer_number: number.into(), ..record(Some(number), at) });
            let call = desk.log().into_values().find(|call| call.uuid == uuid).unwrap();
            assert_eq!(call.agent.as_deref(), Some(agent), "set by {by}");
        }
    }
}

#[test]
fn an_open_call_is_hidden_from_the_next_agent_and_shown_again_to_its_own() {
    let mut desk = hot_desk();
    come(&mut desk, numbered("10"));
    desk.leg(leg(LegStatus::Ring, "u1"));
    desk.leg(leg(LegStatus::Answer, "u1"));
    let call = desk.snapshot().calls[0].id;
    desk.intent(Intent::SignOut);
    assert!(desk.snapshot().calls.is_empty());
    come(&mut desk, numbered("11"));
    assert!(desk.snapshot().calls.is_empty());
    desk.intent(Intent::SignOut);
    come(&mut desk, numbered("10"));
    assert_eq!(desk.snapshot().calls[0].id, call);
    desk.leg(leg(LegStatus::Hangup, "u1"));
    assert_eq!(recent(&desk), [call]);
}

#[test]
fn settings_are_the_agents_own_and_those_of_the_computer_are_shared() {
    let mut desk = hot_desk();
    come(&mut desk, Agent { queues: vec![QueueName("queue-1".into())], ..numbered("10") });
    let machine = RecordingSettings { folder: Some("/archive".into()), ..RecordingSettings::default() };
    let first = Settings { theme: Theme::Dark, language: Language::Chinese, recordings: machine.clone(), ..Settings::default() };
    desk.change(SettingChange::Theme(Theme::Dark));
    desk.change(SettingChange::Language(Language::Chinese));
    desk.change(SettingChange::ArchiveFolder("/archive".into()));
    desk.intent(Intent::SignOut);
    let provisioned = Settings { recordings: machine.clone(), ..Settings::default() };
    assert_eq!(desk.snapshot().settings, provisioned);

    come(&mut desk, numbered("11"));
    assert_eq!(desk.snapshot().settings, provisioned);
    assert!(desk.snapshot().agent.queues.is_empty());
    let machine = RecordingSettings { folder: Some("/elsewhere".into()), ..machine };
    desk.change(SettingChange::Theme(Theme::Light));
    desk.change(SettingChange::ArchiveFolder("/elsewhere".into()));
    // Without signing out in between.
    come(&mut desk, numbered("10"));
    assert_eq!(desk.snapshot().settings, Settings { recordings: machine, ..first });
    assert_eq!(desk.snapshot().agent.queues, [QueueName("queue-1".into())], "the queues that the agent was in last");
}

#[test]
fn settings_made_before_the_first_sign_in_are_the_first_agents() {
    let mut desk = Desk::new(start());
    let settings = Settings { theme: Theme::Dark, ..Settings::default() };
    desk.change(SettingChange::Theme(Theme::Dark));
    desk.sign_in(&["queue-1"]);
    assert_eq!(desk.snapshot().settings, settings);
}

/// If the extension is the agent's own, the agent number does not matter for the log.
#[test]
fn without_a_hot_desk_the_log_is_the_extensions_and_secrets_are_forgotten() {
    let mut desk = Desk::new(start());
    desk.sign_in(&[]);
    let call = talk(&mut desk, "u1");
    desk.intent(Intent::SignOut);
    desk.answer(|request| matches!(request, Request::EndToken { .. }), Ok(Outcome::Done));
    desk.answer(|request| matches!(request, Request::ForgetSecrets { .. }), Ok(Outcome::Done));
    assert_eq!(desk.snapshot().agent, Agent::default(), "no data of the agent who left");
    come(&mut desk, numbered("11"));
    assert_eq!(recent(&desk), [call]);
    assert_eq!(desk.snapshot().recent[0].customer_number, CUSTOMER);
}

/// The look-up for the first agent returns while another agent is signed in.
#[test]
fn fs18_a_record_looked_up_for_an_agent_who_left_is_that_agents() {
    for second in [Agent { extension: Extension("100002".into()), ..numbered("11") }, numbered("11")] {
        let mut desk = hot_desk();
        come(&mut desk, numbered("10"));
        desk.pass_seconds(60);
        let began = desk.now.wall;
        desk.pass_seconds(60);
        let found = CallRecord { agent_id: None, ..record(Some("u1"), began) };
        let signal = Box::new(Signal::Record(found.clone()));
        let effects = desk.session.apply(Input::Delivery(event(*signal, "bill".into())), desk.now);
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Recall { .. })), "{effects:?}");
        desk.intent(Intent::SignOut);
        come(&mut desk, second);
        desk.apply(Input::Recalled { records: vec![found], known: Ok(vec![]) });
        let call = desk.log().into_values().next().unwrap();
        assert_eq!((call.extension.0.as_str(), call.agent.as_deref()), (OWN, Some("10")));
        assert!(recent(&desk).is_empty());
    }
}

/// The record is asked for when another agent is signed in, and names no agent.
#[test]
fn fs18_a_call_of_an_earlier_shift_belongs_to_the_agent_of_that_shift() {
    let mut desk = hot_desk();
    let mut began = Vec::new();
    for agent_id in ["10", "11", "10"] {
        come(&mut desk, numbered(agent_id));
        desk.pass_seconds(100);
        began.push(desk.now.wall);
        desk.pass_seconds(100);
        desk.intent(Intent::SignOut);
        desk.pass_seconds(100);
    }
    began.push(desk.now.wall);
    // Also after a restart.
    let mut desk = Desk { now: desk.now, ..Desk::new(Start { saved: desk.saved.clone(), next_call_id: 100, ..hot() }) };
    desk.pass_seconds(100);
    come(&mut desk, numbered("12"));
    let record_of = |(place, at): (usize, &Timestamp)| CallRecord {
        uuid: Some(format!("u{place}")),
        record_id: Some(place.to_string()),
        agent_id: None,
        ..record(None, *at)
    };
    for record in began.iter().enumerate().map(record_of) {
        desk.record(record);
    }
    let agents: Vec<Option<String>> = desk.log().into_values().map(|call| call.agent).collect();
    assert_eq!(agents, [Some("10".into()), Some("11".into()), Some("10".into()), None]);
}

/// Signs in at a desk that is no hot desk: each agent names an extension.
fn sit_at(desk: &mut Desk, extension: &str, agent_id: &str) {
    let agent = Agent { extension: Extension(extension.into()), agent_id: agent_id.into(), ..agent(&[]) };
    desk.intent(Intent::SignIn { account: account(), agent, accesskey: Some("k".into()) });
    desk.answer(
        |request| matches!(request, Request::SignIn { .. }),
        Ok(Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() }),
    );
}

/// The look-up for the agent before returns while the same customer rings at another extension.
#[test]
fn a_record_of_one_extension_does_not_end_a_call_of_another() {
    let mut desk = Desk::new(start());
    sit_at(&mut desk, OWN, "10");
    let found = CallRecord { record_id: None, ..record(None, desk.now.wall) };
    desk.session.apply(Input::Delivery(event(Signal::Record(found.clone()), "bill".into())), desk.now);
    sit_at(&mut desk, "100002", "11");
    desk.leg(LegEvent { extension: Extension("100002".into()), ..leg(LegStatus::Ring, "b") });
    desk.apply(Input::Recalled { records: vec![found], known: Ok(vec![]) });
    let rings: Vec<String> = desk.log().into_values().filter(|call| call.ended_at.is_none()).map(|call| call.extension.0).collect();
    assert_eq!((desk.log().len(), rings), (2, vec!["100002".to_owned()]));
}

#[test]
fn an_agent_of_another_extension_gets_none_of_this_extensions_calls() {
    let mut desk = Desk::new(start());
    for (extension, agent_id) in [(OWN, "10"), ("100002", "11"), (OWN, "12")] {
        sit_at(&mut desk, extension, agent_id);
        desk.pass_seconds(200);
    }
    for (ago, of) in [(500, Some("10")), (300, None), (100, Some("12"))] {
        let uuid = ago.to_string();
        let at = desk.now.wall.minus(Duration::from_secs(ago));
        desk.record(CallRecord { record_id: Some(uuid.clone()), agent_id: None, ..record(Some(&uuid), at) });
        let call = desk.log().into_values().find(|call| call.uuid.as_ref() == Some(&uuid)).unwrap();
        assert_eq!(call.agent.as_deref(), of, "{ago} s ago");
    }
}

#[test]
fn a_late_signal_of_another_agents_call_belongs_to_that_call() {
    let mut desk = hot_desk();
    come(&mut desk, numbered("10"));
    let first = talk(&mut desk, "u1");
    desk.intent(Intent::SignOut);
    come(&mut desk, numbered("11"));
    for status in [LegStatus::Ring, LegStatus::Hangup] {
        assert!(desk.leg(leg(status, "u1")).calls.is_empty());
    }
    assert_eq!(desk.log().into_keys().collect::<Vec<_>>(), [first]);
}

#[test]
fn repeated_sign_ins_do_not_displace_the_earlier_shift() {
    let mut desk = hot_desk();
    come(&mut desk, numbered("10"));
    desk.pass_seconds(100);
    let began = desk.now.wall;
    desk.pass_seconds(100);
    for _ in 0..60 {
        come(&mut desk, numbered("11"));
        desk.pass_seconds(1);
    }
    desk.record(CallRecord { agent_id: None, ..record(Some("r"), began) });
    assert_eq!(desk.log().into_values().next().unwrap().agent.as_deref(), Some("10"));
}

/// Views read the log again when its revision grows.
#[test]
fn the_revision_of_the_log_grows_at_a_sign_out() {
    let mut desk = hot_desk();
    come(&mut desk, numbered("10"));
    talk(&mut desk, "u1");
    let revision = desk.snapshot().log.revision;
    assert!(desk.intent(Intent::SignOut).log.revision > revision);
}
