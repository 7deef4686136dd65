//! The values of an event, in all spellings.

use super::*;

#[test]
fn fc2_names_are_read_in_any_case() {
    let base = record_of(BILL);
    let spelt = |spell: &dyn Fn(&str) -> String| {
        let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(BILL).unwrap();
        let fields: serde_json::Map<_, _> = fields.into_iter().map(|(name, value)| (spell(&name), value)).collect();
        serde_json::to_string(&fields).unwrap()
    };
    let apart = |name: &str, with: &str| {
        ["call", "dis", "dest", "ext", "start", "answer", "end", "bill", "hangup"]
            .iter()
            .find_map(|first| name.strip_prefix(first).filter(|rest| !rest.is_empty()).map(|rest| format!("{first}{with}{rest}")))
            .unwrap_or_else(|| name.to_owned())
    };
    let camel = |name: &str| {
        let apart = apart(name, "_");
        match apart.split_once('_') {
            Some((first, rest)) => format!("{first}{}{}", rest[..1].to_uppercase(), &rest[1..]),
            None => apart,
        }
    };
    for spell in
        [&camel as &dyn Fn(&str) -> String, &|name| name.to_uppercase(), &|name| apart(name, "_"), &|name| apart(name, "-"), &|name| {
            apart(name, " ")
        }]
    {
        assert_ne!(spelt(spell), BILL);
        assert_eq!(record_of(spelt(spell)), base, "{}", spelt(spell));
    }
    let url = record_of(
        r#"{"billSec":1,"endTime":"2026-01-14 14:16:59","recordFilename":"a.wav","recordUrl":"https://r.example/a.wav","downloadIp":"1.2.3.4"}"#,
    );
    assert_eq!((url.recording.as_deref(), url.recording_url.as_deref()), (Some("a.wav"), Some("https://r.example/a.wav")));
}

#[test]
fn fc3_a_call_without_billed_seconds_was_not_answered() {
    let missed = record_of(
        r#"{"type":"callin","extnumber":"7005","starttime":"2026-01-14 14:16:46","answertime":"2026-01-14 14:16:59","endtime":"2026-01-14 14:16:59","duration":13,"billsec":0,"hangupcause":10002}"#,
    );
    assert_eq!((missed.answered_at, missed.talked_seconds, missed.ending), (None, 0, Ending::Cancelled));
    assert_eq!(record_of(with(BILL, "billsec", "\"0\"")).answered_at, None);
    // If the bill has no duration, an answer at the end of the call is no answer.
    let unbilled = |answer: &str| {
        record_of(format!(r#"{{"starttime":"2026-01-14 14:16:46","answertime":"{answer}","endtime":"2026-01-14 14:16:59"}}"#))
    };
    assert_eq!((unbilled("2026-01-14 14:16:59").answered_at, unbilled("2026-01-14 14:16:59").talked_seconds), (None, 0));
    let talked = unbilled("2026-01-14 14:16:50");
    assert_eq!((talked.answered_at, talked.waited_seconds, talked.talked_seconds), (Some(Timestamp(AT.0 + 4000)), 4, 9));
}

#[test]
fn fc9_spellings_of_no_value_count_as_missing() {
    for nothing in ["false", "null", "\"null\"", "\"undefined\"", "\"\"", "\"0\"", "0", "\"NULL\"", "\"None\""] {
        let bill = record_of(with(&with(&with(BILL, "recordfilename", nothing), "customuuid", nothing), "memberid", nothing));
        assert_eq!((bill.recording, bill.customer_id, bill.member_id), (None, None, None), "{nothing}");
        assert_eq!(leg_of(with(RING, "customuuid", nothing)).customer_id, None, "{nothing}");
    }
    for nothing in ["null", "\"null\"", "\"undefined\"", "false"] {
        assert_eq!(leg_of(with(RING, "caller", nothing)).caller, "", "{nothing}");
        assert_eq!(leg_of(with(RING, "uuid", nothing)).uuid, None, "{nothing}");
        assert_eq!(record_of(with(BILL, "destnumber", nothing)).customer_number, "", "{nothing}");
        assert_eq!(record_of(with(BILL, "chengshudu", nothing)).maturity, None, "{nothing}");
    }
    assert_eq!(record_of(with(BILL, "chengshudu", "\"0\"")).maturity.as_deref(), Some("0"), "may be a value (N4)");
}

#[test]
fn fc12_words_are_read_in_any_case_and_with_synonyms() {
    for (word, status) in [
        ("RING", LegStatus::Ring),
        ("Ringing", LegStatus::Ring),
        ("ANSWER", LegStatus::Answer),
        ("answered", LegStatus::Answer),
        ("Hang Up", LegStatus::Hangup),
        ("hang_up", LegStatus::Hangup),
        ("HANGUP", LegStatus::Hangup),
        ("hangup complete", LegStatus::Hangup),
        ("CHANNEL_HANGUP_COMPLETE", LegStatus::Hangup),
        ("挂断", LegStatus::Hangup),
        ("振铃", LegStatus::Ring),
        ("接听", LegStatus::Answer),
    ] {
        assert_eq!(leg_of(with(&with(RING, "status", &format!("{word:?}")), "type", "\"CALL\"")).status, status, "{word}");
    }
    for (word, way) in [
        ("Inbound", Direction::Incoming),
        ("IN", Direction::Incoming),
        ("Call-In", Direction::Incoming),
        ("incoming", Direction::Incoming),
        ("1", Direction::Incoming),
        ("Outbound", Direction::Outgoing),
        ("CALLOUT", Direction::Outgoing),
        ("Inbound Call", Direction::Incoming),
        ("1.0", Direction::Incoming),
        ("呼入", Direction::Incoming),
        ("呼出", Direction::Outgoing),
        ("2", Direction::Outgoing),
        ("", Direction::Outgoing),
    ] {
        assert_eq!(leg_of(with(RING, "direction", &format!("{word:?}"))).direction, way, "{word}");
        assert_eq!(record_of(with(BILL, "type", &format!("{word:?}"))).direction, way, "{word}");
    }
    let both = with(&with(BILL, "type", "\"bill\""), "direction", "\"callin\"");
    assert_eq!(record_of(both).direction, Direction::Incoming, "the field that names a direction");
    for kind in ["CALL", "callin", "in", "1", "call_state"] {
        assert_eq!(leg_of(with(RING, "type", &format!("{kind:?}"))), leg_of(RING), "{kind}");
    }
    assert!(matches!(signal_of(with(RING, "type", "\"transfer\"")), Signal::Unknown { extension } if extension.0 == "7005"));
    assert!(leg_of(with(RING, "isbleg", "\"True\"")).is_b_leg && leg_of(with(RING, "isbleg", "1")).is_b_leg);
}

#[test]
fn fc13_an_unreadable_time_is_reported() {
    let (events, flaw) = read(with(RING, "starttime", "\"14/01/2026 2pm\""));
    let Signal::Leg(leg) = &*events[0].signal else { panic!() };
    assert_eq!(leg.started_at, None);
    assert!(flaw.is_some_and(|flaw| flaw.reason.contains("starttime") && flaw.reason.contains("14/01/2026 2pm")));
    let (events, flaw) = read(with(&with(BILL, "starttime", "\"soon\""), "endtime", "\"later\""));
    let Signal::Record(record) = &*events[0].signal else { panic!() };
    assert_eq!((record.started_at, record.undated), (AT, false), "calculated from the answer");
    assert!(flaw.is_some_and(|flaw| flaw.reason.contains("starttime") && flaw.reason.contains("endtime")));
    for fine in ["\"2026/01/14 14:16:46\"", "1768371406", "null", "\"0000-00-00 00:00:00\""] {
        assert_eq!(read(with(RING, "starttime", fine)).1, None, "{fine}");
    }
    let moved = leg_of(with(RING, "starttime", "\"2026-01-14T06:16:46Z\""));
    assert_eq!(moved.started_at, Some(AT), "the time's own offset has priority");
}

#[test]
fn fc14_the_company_code_of_a_callback_is_read() {
    let company = |value: &str| read(with(RING, "companycode", value)).0[0].company.clone();
    assert_eq!(company("\"9025\"").as_deref(), Some("9025"));
    assert_eq!(company("20000013").as_deref(), Some("20000013"));
    assert_eq!((company("\"\""), company("null"), company("0"), read(RING).0[0].company.clone()), (None, None, None, None));
}

#[test]
fn fc16_a_recording_with_a_link_but_no_name_is_read() {
    let bill = record_of(with(&with(BILL, "recordfilename", "\"\""), "recordurl", "\"http://r.example/x.mp3?k=1\""));
    assert_eq!((bill.recording, bill.recording_url.as_deref()), (None, Some("http://r.example/x.mp3?k=1")));
    let named = record_of(with(BILL, "recordfilename", "\"HTTPS://r.example/x.mp3\""));
    assert_eq!((named.recording, named.recording_url.as_deref()), (None, Some("HTTPS://r.example/x.mp3")));
    for nothing in ["\"\"", "null", "\"file:///etc/passwd\"", "\"x.wav\"", "0"] {
        assert_eq!(record_of(with(BILL, "recordurl", nothing)).recording_url, None, "{nothing}");
    }
}

#[test]
fn fc16_the_link_to_a_recording_is_removed_from_the_bill() {
    for (name, link) in [
        ("recordurl", r#""http://r.example/x.mp3?k=1""#),
        ("recordUrl", r#""https:\/\/r.example\/x.mp3?k=1\u0026l=2""#),
        ("record_url", r#"" HTTPS://r.example/x""#),
        ("recordfilename", r#""https://r.example/x.mp3""#),
    ] {
        let json = format!("{},\"{name}\":{link}}}", BILL.trim_end().strip_suffix('}').unwrap());
        let kept = without_link(&json);
        assert!(!kept.contains("r.example"), "{kept}");
        assert_eq!(kept, json.replace(link, r#""(a link)""#), "everything else is as sent");
    }
    for json in [BILL, RING, "{", "[]", "\"https://r.example\""] {
        assert_eq!(without_link(json), json);
    }
}

#[test]
fn fc21_a_bill_without_times_keeps_its_other_values() {
    let zero = "\"0000-00-00 00:00:00\"";
    let bill = record_of(with(&with(&with(BILL, "starttime", zero), "answertime", zero), "endtime", zero));
    assert!(bill.undated);
    assert_eq!((bill.answered_at, bill.ended_at, bill.talked_seconds), (None, None, 9));
    let mut received = bill.clone();
    received.received_at(Timestamp(AT.0 + 13_000));
    assert_eq!((received.started_at, received.ended_at), (AT, Some(Timestamp(AT.0 + 13_000))));
    // Missing times are calculated from the others.
    assert_eq!(record_of(with(BILL, "answertime", zero)), record_of(BILL));
    assert_eq!(record_of(with(BILL, "starttime", zero)), record_of(BILL));
    let end_only = record_of(with(&with(BILL, "starttime", zero), "answertime", zero));
    assert_eq!(end_only, record_of(BILL));
    let mut dated = record_of(BILL);
    dated.received_at(Timestamp(0));
    assert_eq!(dated, record_of(BILL));
}

#[test]
fn fr4_the_length_of_a_call_decides_in_the_hour_that_occurs_twice() {
    let zone = Zone::named("America/Mexico_City").unwrap();
    let record = |start: &str, end: &str| {
        let fields = format!(r#"{{"starttime":"{start}","endtime":"{end}","duration":60,"billsec":1740}}"#);
        super::record(&serde_json::from_str(&fields).unwrap(), &zone)
    };
    let across = record("2022-10-30 00:50:00", "2022-10-30 01:20:00");
    assert_eq!(across.ended_at.unwrap().since(across.started_at).as_secs(), 1800);
    let within = record("2022-10-30 01:50:00", "2022-10-30 02:20:00");
    assert_eq!(within.ended_at.unwrap().since(within.started_at).as_secs(), 1800);
}

#[test]
fn fc12_the_values_tell_the_kind_of_an_event_with_all_fields() {
    for (billsec, endtime) in [("0", "\"\""), ("\"\"", "\"\""), ("null", "null"), ("0", "\"0000-00-00 00:00:00\"")] {
        for (word, status) in [("ring", LegStatus::Ring), ("answer", LegStatus::Answer), ("hangup", LegStatus::Hangup)] {
            let event = with(&with(&with(RING, "status", &format!("{word:?}")), "billsec", billsec), "endtime", endtime);
            assert_eq!(leg_of(event).status, status, "{word} {billsec} {endtime}");
        }
    }
    let hangup = with(&with(&with(RING, "status", "\"hangup\""), "billsec", "9"), "endtime", "\"2026-01-14 14:16:59\"");
    assert_eq!(leg_of(hangup).status, LegStatus::Hangup);
    assert_eq!(record_of(with(BILL, "status", "\"answered\"")), record_of(BILL));
    let missed = with(&with(BILL, "billsec", "0"), "status", "\"hangup\"");
    assert_eq!(record_of(missed), record_of(with(BILL, "billsec", "0")));
    let task = |status: &str| signal_of(format!(r#"{{"taskid":"1","status":{status}}}"#));
    assert_eq!(task("3"), Signal::TaskFinished { task_id: "1".to_owned() });
    assert_eq!(task("null"), task("3"), "only the end is documented");
    assert!(matches!(task("1"), Signal::Unknown { .. }), "another status is no end");
}

#[test]
fn fc13_durations_are_read_in_every_spelling() {
    let untimed = with(&with(BILL, "answertime", "null"), "endtime", "null");
    for said in ["9", "9.0", "9.7", "0.9e1", "\"9\"", "\"00:00:09\"", "\"0:09\"", "\"9s\"", "\"9 sec\"", "\"9秒\""] {
        let bill = record_of(with(&untimed, "billsec", said));
        assert_eq!((bill.talked_seconds, bill.answered_at), (9, Some(Timestamp(AT.0 + 4000))), "{said}");
    }
    assert_eq!(record_of(with(&untimed, "billsec", "\"1:01:09\"")).talked_seconds, 3669);
    for nothing in ["-1", "\"-9\"", "null", "\"\""] {
        let (events, flaw) = read(with(BILL, "billsec", nothing));
        assert_eq!((&*events[0].signal, flaw), (&Signal::Record(record_of(BILL)), None), "{nothing}: calculated from the times");
    }
    for odd in ["\"soon\"", "1.38e10", "4294967296", "\"1:2:3:4\"", "\"1h\"", "true"] {
        let (events, flaw) = read(with(BILL, "billsec", odd));
        assert_eq!(*events[0].signal, Signal::Record(record_of(BILL)), "{odd}: calculated from the times");
        assert!(flaw.is_some_and(|flaw| flaw.reason.contains("billsec")), "{odd}");
    }
    // PHP's form of a time is read; any other object is reported.
    let php = with(RING, "starttime", r#"{"date":"2026-01-14 06:16:46.000000","timezone_type":3,"timezone":"UTC"}"#);
    assert_eq!((leg_of(&php).started_at, read(&php).1), (Some(AT), None));
    for odd in ["[\"2026-01-14 14:16:46\"]", "{\"at\":1}"] {
        assert!(read(with(RING, "starttime", odd)).1.is_some_and(|flaw| flaw.reason.contains("starttime")), "{odd}");
    }
    assert_eq!(read(with(RING, "starttime", "[]")).1, None);
    let many = format!("[{}]", vec![with(RING, "starttime", "\"soon\""); 1000].join(","));
    assert!(read(many).1.is_some_and(|flaw| flaw.reason.len() < 4000), "the report is short");
}

#[test]
fn l28_whole_numbers_keep_their_digits_in_every_json_notation() {
    for (written, read) in
        [("13800138000.0", "13800138000"), ("1.3800138e10", "13800138000"), ("1.38E+10", "13800000000"), ("13800138000", "13800138000")]
    {
        assert_eq!(leg_of(RING.replace("\"013800138000\"", written)).caller, read);
        assert_eq!(leg_of(RING.replace("\"extnumber\":\"7005\"", &format!("\"extnumber\":{written}"))).extension.0, read);
    }
    assert_eq!(record_of(BILL.replace("569", "9223372036854775808")).record_id.as_deref(), Some("9223372036854775808"));
    assert_eq!(record_of(BILL.replace("569", "1e309")).record_id.as_deref(), Some("1e309"));
}
