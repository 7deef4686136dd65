use ringside_domain::{Ending, HungUpBy, Others, Phone, PhoneState, Problem, ProblemCode, SeatState};

use super::*;

#[test]
fn a_desks_id_is_16_characters_of_one_token_and_nothing_else_is_read_as_one() {
    let id = DeskId::of([0, 1, 2, 3, 4, 5, 6, 7, 8, 255]);
    assert_eq!(DeskId::parse(id.as_str()), Some(id.clone()));
    assert_eq!(id.as_str().len(), DeskId::LENGTH);
    for other in
        ["", "5wmfy7u3erlj45f", "5wmfy7u3erlj45fo5", "5WMFY7U3ERLJ45FO", "5wmfy7u3erlj45f*", "5wmfy7u3.rlj45fo", "5wmfy7u3erlj45f1", ">"]
    {
        assert_eq!(DeskId::parse(other), None, "{other}");
    }
}

#[test]
fn the_subject_of_a_request_names_its_desk() {
    let desk = DeskId::of([7; 10]);
    assert_eq!(subject::asked(&subject::request(&desk, name::SINCE)), Some((desk, "since")));
    for other in ["rs.req.x.since", "rs.req.", "rs.req.5wmfy7u3erlj45fo", "rs.ev.5wmfy7u3erlj45fo"] {
        assert_eq!(subject::asked(other), None, "{other}");
    }
}

#[test]
fn an_event_without_a_desk_has_a_subject_that_no_desk_can_have_and_that_takes_any_extension() {
    for extension in ["100001", "", "a.b", "* >", "号"] {
        let token = subject::Addressee::Unmapped { extension: extension.to_owned() }.token();
        assert!(token.starts_with('_') && token[1..].bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
        assert_eq!(DeskId::parse(&token), None);
    }
    assert_eq!(subject::Addressee::Company.event_subject(), "rs.ev._company");
}

#[test]
fn the_key_of_an_event_is_made_of_its_bytes_alone() {
    assert_eq!(event_key(b"{}"), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    assert_ne!(event_key(b"{}"), event_key(b"{ }"));
}

#[test]
fn g19_unknown_fields_operations_codes_and_answers_of_another_version_are_no_errors() {
    let asked =
        r#"{"v":2,"id":"1","until":{"gateway":"a","at":5,"new":1},"new":{},"what":{"op":"set-seat","queue":"A","busy":true,"new":1}}"#;
    let asked: Do = serde_json::from_str(asked).unwrap();
    assert_eq!((asked.v, asked.what), (2, Operation::SetSeat { queue: "A".to_owned(), busy: true }));
    let asked: Do = serde_json::from_str(r#"{"id":"1","what":{"op":"dance","with":"A"}}"#).unwrap();
    assert_eq!((asked.v, asked.what), (VERSION, Operation::Unknown));

    let answer: Answer<Done> = Answer::read(br#"{"new":1,"gateway":"a","now":7,"ok":{"kind":"danced","well":true}}"#);
    assert_eq!(answer, Answer::new("a", 7, Ok(Done::Unknown)));
    let answer: Answer<Done> = Answer::read(br#"{"v":1,"refused":{"code":"too-wet","new":1}}"#);
    assert_eq!(Result::from(answer.outcome), Err::<Done, _>(Refusal::new(ErrorCode::Other, "", false)));

    let state: State = serde_json::from_str(r#"{"new":1,"read":[{"queue":"A","asked_at":3,"new":1,"seat":{"phone":"melted"}}]}"#).unwrap();
    assert_eq!(state.read[0].seat.as_ref().unwrap().phone, PhoneCondition::Unknown);
}

#[test]
fn an_answer_that_cannot_be_read_is_a_refusal() {
    for bytes in [&b""[..], b"null", b"{}", b"{\"v\":1,\"ok\":{\"kind\":5}}", b"\xff"] {
        let answer: Answer<Done> = Answer::read(bytes);
        let refusal = Result::from(answer.outcome).unwrap_err();
        assert_eq!((refusal.code, refusal.retryable), (ErrorCode::NotUnderstood, true));
    }
}

#[test]
fn the_platforms_problems_keep_their_meaning_and_others_are_the_gateways() {
    let problem = Problem::new(ProblemCode::QueueUnknown, "no such queue", false)
        .numbered(Some(1210))
        .after(Some(std::time::Duration::from_millis(1500)))
        .known_not_done(true);
    let refusal = Refusal::from(problem.clone());
    let sent: Refusal = serde_json::from_str(&serde_json::to_string(&refusal).unwrap()).unwrap();
    assert_eq!(sent.problem(), Some(problem));
    let refusal = Refusal::from(Problem::new(ProblemCode::StoreFull, "", true));
    assert_eq!((refusal.code, refusal.problem()), (ErrorCode::GatewayFailed, None));
}

#[test]
fn twins_carry_every_value_of_the_domain() {
    let mut record = ringside_domain::CallRecord::from(CallRecord { started_at: 5, method: 77, incoming: true, ..CallRecord::default() });
    for (ending, hung_up_by) in [
        (Ending::Normal, HungUpBy::Caller),
        (Ending::Cancelled, HungUpBy::Called),
        (Ending::Refused, HungUpBy::Other(3)),
        (Ending::LineFailure, HungUpBy::Caller),
        (Ending::NoAnswer, HungUpBy::Caller),
        (Ending::CustomerBusy, HungUpBy::Caller),
        (Ending::Other(1205), HungUpBy::Caller),
    ] {
        (record.ending, record.hung_up_by) = (ending, hung_up_by);
        let wire: CallRecord = serde_json::from_str(&serde_json::to_string(&CallRecord::from(record.clone())).unwrap()).unwrap();
        assert_eq!(ringside_domain::CallRecord::from(wire), record);
    }
    for state in [
        SeatState::Waiting,
        SeatState::Receiving,
        SeatState::Talking,
        SeatState::DidNotAnswer,
        SeatState::Rejected,
        SeatState::Paused,
        SeatState::Other(9),
    ] {
        let seat = ringside_domain::Seat { state, ..Seat::default().into() };
        assert_eq!(ringside_domain::Seat::from(Seat::from(seat.clone())), seat);
    }
    for phone in [Phone::Unknown, Phone::Ready, Phone::NotRegistered, Phone::Disabled, Phone::NotFound] {
        assert_eq!(Phone::from(PhoneCondition::from(phone)), phone);
    }
    for state in [PhoneState::Idle, PhoneState::Ringing, PhoneState::OffHook, PhoneState::Talking, PhoneState::Unknown] {
        assert_eq!(PhoneState::from(PhoneActivity::from(state)), state);
    }
    let others = Others { available: 1, ringing: 2, talking: 3, busy: 4, away: 5 };
    assert_eq!(Others::from(Counts::from(others)), others);
}

/// One operation of each kind.
fn operations() -> Vec<Operation> {
    let queue = "A".to_owned();
    vec![
        Operation::Clock,
        Operation::ListQueues,
        Operation::JoinQueue { queue: queue.clone() },
        Operation::LeaveQueue { queue: queue.clone() },
        Operation::SetSeat { queue, busy: true },
        Operation::CallBack(CallBack::default()),
        Operation::EndTask { task_id: "1".to_owned() },
        Operation::ReadRecords { from: 1, to: 2 },
        Operation::FetchLink { file: "f".to_owned() },
        Operation::TestRing { uuid: "u".to_owned() },
        Operation::Floor { request: ringside_domain::FloorRequest::ReadQueues, prefixes: Vec::new() },
        Operation::Password { extension: "100001".to_owned() },
        Operation::Unknown,
    ]
}

#[test]
fn each_operation_is_named_on_the_wire_as_in_the_table() {
    for operation in operations() {
        let sent = serde_json::to_value(&operation).unwrap();
        assert_eq!(sent["op"], operation.name());
        assert_eq!(serde_json::from_value::<Operation>(sent).unwrap(), operation);
    }
}

/// Which role may ask for which operation: the whole table.
#[test]
fn a_role_may_ask_only_what_the_table_says() {
    let rows: Vec<(&str, [bool; 3])> = operations().iter().map(|asked| (asked.name(), Role::ALL.map(|role| role.may(asked)))).collect();
    let agents = [true, true, false];
    let expected = [
        ("clock", agents),
        ("list-queues", agents),
        ("join-queue", agents),
        ("leave-queue", agents),
        ("set-seat", agents),
        ("call-back", agents),
        ("end-task", agents),
        ("read-records", agents),
        ("fetch-link", agents),
        ("test-ring", agents),
        ("floor", [false, true, false]),
        ("password", [false, true, false]),
        ("unknown", [false, false, false]),
    ];
    assert_eq!(rows, expected);
    assert_eq!(
        [Role::of_desk("desk"), Role::of_desk("supervisor"), Role::of_desk("enrol")],
        [Some(Role::Desk), Some(Role::Supervisor), None]
    );
}

#[test]
fn a6_only_requests_that_call_customers_must_not_be_repeated() {
    let journalled: Vec<&str> = operations().iter().filter(|asked| asked.must_not_repeat()).map(Operation::name).collect();
    assert_eq!(journalled, ["call-back"]);
    let request = ringside_domain::FloorRequest::AddNumbers { task_id: "1".to_owned(), numbers: Vec::new() };
    assert!(Operation::Floor { request, prefixes: Vec::new() }.must_not_repeat());
}

#[test]
fn every_subject_of_a_role_names_the_desk_itself_except_the_few_that_all_share() {
    for role in Role::ALL {
        for subject in role.publishes().iter().chain(role.hears()) {
            let shared = [subject::ENROL, "_E.*"].contains(subject);
            assert!(shared || subject.split('.').any(|token| token == "{{name()}}"), "{role:?} {subject}");
        }
    }
}

#[test]
fn the_signed_text_of_an_enrolment_changes_with_every_field_and_no_field_can_pose_as_two() {
    let asked = Enrol {
        v: 1,
        code: Some("A".to_owned()),
        key: "U".to_owned(),
        sealing_key: "X".to_owned(),
        host: "PC".to_owned(),
        version: "1".to_owned(),
        signature: String::new(),
    };
    let shifted = Enrol { host: "PC\n1".to_owned(), version: String::new(), ..asked.clone() };
    assert_ne!(asked.signed(), shifted.signed());
    assert_eq!(asked.signed(), "1\nA\nU\nX\nPC\n1");
}
