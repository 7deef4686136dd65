//! Bodies as they were seen to come, and what must become of them.

use ringside_domain::{Delivery, Ending, Event, Extension, Flaw, LegEvent, LegStatus, Method, Signal, Timestamp};

use super::*;

const RING: &str = r#"{"type":"call","status":"ring","extnumber":"7005","caller":"013800138000","callee":"7005","direction":"callin","method":"5","uuid":"u-1","starttime":"2026-01-14 14:16:46"}"#;
const BILL: &str = r#"{"type":"callout","callmethod":5,"disnumber":"02560000000","destnumber":"13800000001","extnumber":"7005","starttime":"2026-01-14 14:16:46","answertime":"2026-01-14 14:16:50","endtime":"2026-01-14 14:16:59","duration":4,"billsec":9,"hangupcause":10001,"hangupdirection":10040,"id":569,"uuid":"u-1"}"#;
/// 2026-01-14 14:16:46 at UTC+8.
const AT: Timestamp = Timestamp(1_768_371_406_000);

fn read(body: impl AsRef<[u8]>) -> (Vec<Event>, Option<Flaw>) {
    let body = body.as_ref();
    match parse(body, &Zone::default()) {
        Ok(Delivery::Events { events, flaw, .. }) => (events, flaw),
        other => panic!("{}: {other:?}", body.escape_ascii()),
    }
}

fn signal_of(body: impl AsRef<[u8]>) -> Signal {
    let (mut events, _) = read(body);
    assert_eq!(events.len(), 1);
    *events.remove(0).signal
}

fn leg_of(body: impl AsRef<[u8]>) -> LegEvent {
    match signal_of(body) {
        Signal::Leg(leg) => leg,
        other => panic!("{other:?}"),
    }
}

fn record_of(body: impl AsRef<[u8]>) -> CallRecord {
    match signal_of(body) {
        Signal::Record(record) => record,
        other => panic!("{other:?}"),
    }
}

fn is_refused(body: impl AsRef<[u8]>) -> bool {
    parse(body.as_ref(), &Zone::default()).is_err()
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// With one member more, or another value for it.
fn with(json: &str, name: &str, value: &str) -> String {
    let mut fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap();
    fields.insert(name.to_owned(), serde_json::from_str(value).unwrap());
    serde_json::to_string(&fields).unwrap()
}

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
fn fc3_answered_means_something_to_bill() {
    let missed = record_of(
        r#"{"type":"callin","extnumber":"7005","starttime":"2026-01-14 14:16:46","answertime":"2026-01-14 14:16:59","endtime":"2026-01-14 14:16:59","duration":13,"billsec":0,"hangupcause":10002}"#,
    );
    assert_eq!((missed.answered_at, missed.talked_seconds, missed.ending), (None, 0, Ending::Cancelled));
    assert_eq!(record_of(with(BILL, "billsec", "\"0\"")).answered_at, None);
    // Where the bill does not say how long, an answer at the end is none.
    let unbilled = |answer: &str| {
        record_of(format!(r#"{{"starttime":"2026-01-14 14:16:46","answertime":"{answer}","endtime":"2026-01-14 14:16:59"}}"#))
    };
    assert_eq!((unbilled("2026-01-14 14:16:59").answered_at, unbilled("2026-01-14 14:16:59").talked_seconds), (None, 0));
    let talked = unbilled("2026-01-14 14:16:50");
    assert_eq!((talked.answered_at, talked.waited_seconds, talked.talked_seconds), (Some(Timestamp(AT.0 + 4000)), 4, 9));
}

#[test]
fn fc5_gbk_whose_second_byte_is_a_backslash() {
    let mut ring = RING.replace("\"u-1\"", "\"u-1\",\"customuuid\":\"客X\"").into_bytes();
    let at = ring.windows(4).position(|four| four == "客X".as_bytes()).unwrap();
    ring.splice(at..at + 4, [0xbf, 0xcd, 0xd5, 0x5c]);
    let multipart = [b"--x\r\nContent-Disposition: form-data; name=\"detail\"\r\n\r\n", &ring[..], b"\r\n--x--\r\n"].concat();
    let form = [b"detail=", &ring[..]].concat();
    let percent = format!("detail={}", ring.iter().map(|byte| format!("%{byte:02X}")).collect::<String>()).into_bytes();
    for body in [ring.clone(), multipart, form, percent] {
        assert_eq!(leg_of(&body).customer_id.as_deref(), Some("客誠"), "{}", body.escape_ascii());
    }
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(RING.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(leg_of(utf16), leg_of(RING));
}

#[test]
fn fc6_json_within_json() {
    let text = serde_json::to_string(RING).unwrap();
    for body in [
        format!("{{\"detail\":{RING}}}"),
        format!("{{\"detail\":{text}}}"),
        format!("{{\"Detail\":[{RING}]}}"),
        format!("{{\"data\":{{\"detail\":{text}}}}}"),
        format!("{{\"status\":0,\"result\":{RING}}}"),
        format!("{{\"type\":\"push\",\"status\":1,\"data\":{RING}}}"),
        serde_json::to_string(&format!("{{\"detail\":{text}}}")).unwrap(),
        format!("detail={}", escaped(&format!("{{\"detail\":{text}}}"))),
        text.clone(),
    ] {
        let (events, flaw) = read(&body);
        assert_eq!((events.len(), events[0].payload.as_str(), flaw), (1, RING, None), "{body}");
    }
    for body in
        [format!("{{\"detail\":{:?}}}", &RING[..40]), "{\"detail\":[1]}".to_owned(), format!("{}{RING}{}", "[".repeat(9), "]".repeat(9))]
    {
        assert!(is_refused(&body), "{body}");
    }
    let unknown = r#"{"type":"transfer","extnumber":"7005","data":{"to":"7006"}}"#;
    assert_eq!(read(unknown).0[0].payload, unknown, "what is no event of ours stays whole");
}

#[test]
fn fc7_several_events_are_all_taken_or_all_refused() {
    for body in [
        format!("[{RING},{BILL}]"),
        format!("[null,{RING},{BILL}]"),
        format!("{{\"1\":{RING},\"3\":{BILL}}}"),
        format!("{{\"result\":[{RING},{BILL}]}}"),
        format!("{{\"result\":{{\"1\":{RING},\"3\":{BILL}}}}}"),
        format!("{{\"ret\":200,\"data\":{{\"bills\":[{RING},{BILL}]}}}}"),
        format!("{RING}\n{BILL}\n"),
        format!("detail={}", escaped(&format!("[{RING},{BILL}]"))),
        format!("detail=[{RING},{BILL}]"),
        serde_json::to_string(&format!("[{RING},{BILL}]")).unwrap(),
    ] {
        let (events, flaw) = read(&body);
        let payloads: Vec<&str> = events.iter().map(|event| event.payload.as_str()).collect();
        assert_eq!((payloads, flaw), (vec![RING, BILL], None), "{body}");
    }
    for body in [
        format!("[{RING},1]"),
        format!("[{RING},\"\"]"),
        format!("[{RING},{BILL}"),
        format!("[{RING},{}", &BILL[..40]),
        format!("{RING}\n{}", &BILL[..40]),
        format!("{{\"result\":[{RING},1]}}"),
        "[]".to_owned(),
        "[null]".to_owned(),
        format!("[{}]", [RING; 1001].join(",")),
    ] {
        assert!(is_refused(&body), "{body:.200}");
    }
}

#[test]
fn fc8_damaged_json_is_read_where_nothing_is_guessed() {
    let (events, flaw) = read(RING.replace("\"u-1\"", "\"u-1\",\"customuuid\":\"a\n\tb\""));
    let Signal::Leg(leg) = &*events[0].signal else { panic!() };
    assert_eq!((leg.customer_id.as_deref(), flaw), (Some("a\n\tb"), None));

    let printed = BILL.replace(",\"id\"", "\n\"id\"").replace(",\"uuid\"", "\n\"uuid\"");
    for body in [printed.clone(), BILL.replace('}', ",}"), BILL.replace('}', " ,\n}"), format!("[{BILL} {BILL}]"), format!("[{BILL},]")] {
        let (events, flaw) = read(&body);
        assert!(events.iter().all(|event| *event.signal == Signal::Record(record_of(BILL))), "{body}");
        let flaw = flaw.unwrap();
        assert_eq!(flaw.body, body.as_bytes());
        assert!(flaw.reason.contains("comma"), "{}", flaw.reason);
    }
    let form = format!("detail={}", escaped(&printed));
    assert!(read(&form).1.is_some_and(|flaw| flaw.body == form.as_bytes()), "the body is kept as it came");
    assert!(is_refused(BILL.trim_end_matches('}')));
}

#[test]
fn fc9_words_for_nothing_are_nothing() {
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
fn fc10_a_form_that_escapes_nothing() {
    let ring = with(&with(RING, "callee", "\"+8613800138000\""), "customuuid", "\"a&b=c;100%\"");
    for body in [
        format!("detail={ring}"),
        format!("a=b&detail={ring}&c=d"),
        format!("detail= {ring}\r\n"),
        format!("detail={{\"detail\":{}}}", serde_json::to_string(&ring).unwrap()),
    ] {
        let leg = leg_of(&body);
        assert_eq!((leg.callee.as_str(), leg.customer_id.as_deref()), ("+8613800138000", Some("a&b=c;100%")), "{body}");
    }
    // Who escapes anything escapes all, and a plus is a space then.
    let leg = leg_of(format!("detail={}", ring.replace('%', "%25").replace('+', "%2B").replace('&', "%26").replace(' ', "+")));
    assert_eq!((leg.callee.as_str(), leg.customer_id.as_deref(), leg.started_at), ("+8613800138000", Some("a&b=c;100%"), Some(AT)));
    // All but the plus is escaped, as by a script's `encodeURI`; or a number's plus is not.
    let plus = with(RING, "callee", "\"+8613800138000\"");
    let all_but_plus: String = plus
        .bytes()
        .map(|byte| if byte == b'+' || byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    for body in [format!("detail={all_but_plus}"), format!("detail={}", all_but_plus.replace("%20", "+"))] {
        let leg = leg_of(&body);
        assert_eq!((leg.callee.as_str(), leg.started_at), ("+8613800138000", Some(AT)), "{body}");
    }
    let flat = leg_of("type=call&status=ring&extnumber=7005&caller=+8613800138000&callee=7005&starttime=2026-01-14+14:16:46");
    assert_eq!((flat.caller.as_str(), flat.started_at), ("+8613800138000", Some(AT)));
    // Spaces alone may be escaped.
    assert_eq!(leg_of(format!("detail={}", RING.replace(' ', "+"))).started_at, Some(AT));
    for body in [format!("detail={RING}&detail={RING}"), format!("detail={RING}x"), format!("detail={RING}{RING}&detail={{}}")] {
        assert!(is_refused(&body), "{body}");
    }
}

#[test]
fn fc11_flat_forms() {
    let flat = "type=call&status=ring&extnumber=7005&caller=013800138000&callee=7005&direction=callin&method=5&uuid=u-1&starttime=2026-01-14+14%3A16%3A46";
    let nested: String = flat.split('&').map(|pair| pair.replacen('=', "]=", 1)).map(|pair| format!("detail[{pair}&")).collect();
    let listed = nested.replace("detail[", "detail[0][");
    let escaped_brackets = nested.replace('[', "%5B").replace(']', "%5D");
    let parts = |name: &dyn Fn(&str) -> String| {
        let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(RING).unwrap();
        let part = |(field, value): (&String, &serde_json::Value)| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", name(field), value.as_str().unwrap())
        };
        fields.iter().map(part).collect::<String>() + "--x--\r\n"
    };
    for body in [flat.to_owned(), nested, listed, escaped_brackets, parts(&str::to_owned), parts(&|name| format!("detail[{name}]"))] {
        let (events, flaw) = read(&body);
        assert_eq!((&*events[0].signal, flaw), (&signal_of(RING), None), "{body}");
        assert_eq!(read(&events[0].payload).0, events, "what is kept says the same when it is read again");
    }
    let two = leg_of("type=call&status=hangup&extnumber=7005");
    assert_eq!(two.status, LegStatus::Hangup);
    for body in [
        "a=b",
        "type=call",
        "type=call&status=ring&status=hangup",
        "detail[a]=1&detail=2",
        "detail=&type=call&status=ring",
        "a[b][c][d][e][f]=1",
    ] {
        assert!(is_refused(body), "{body}");
    }
}

#[test]
fn fc12_words_in_any_case_and_their_synonyms() {
    for (word, status) in [
        ("RING", LegStatus::Ring),
        ("Ringing", LegStatus::Ring),
        ("ANSWER", LegStatus::Answer),
        ("answered", LegStatus::Answer),
        ("Hang Up", LegStatus::Hangup),
        ("hang_up", LegStatus::Hangup),
        ("HANGUP", LegStatus::Hangup),
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
        ("2", Direction::Outgoing),
        ("", Direction::Outgoing),
    ] {
        assert_eq!(leg_of(with(RING, "direction", &format!("{word:?}"))).direction, way, "{word}");
        assert_eq!(record_of(with(BILL, "type", &format!("{word:?}"))).direction, way, "{word}");
    }
    let both = with(&with(BILL, "type", "\"bill\""), "direction", "\"callin\"");
    assert_eq!(record_of(both).direction, Direction::Incoming, "the field that says one");
    assert!(leg_of(with(RING, "isbleg", "\"True\"")).is_b_leg && leg_of(with(RING, "isbleg", "1")).is_b_leg);
}

#[test]
fn fc13_a_time_that_cannot_be_read_is_said() {
    let (events, flaw) = read(with(RING, "starttime", "\"14/01/2026 2pm\""));
    let Signal::Leg(leg) = &*events[0].signal else { panic!() };
    assert_eq!(leg.started_at, None);
    assert!(flaw.is_some_and(|flaw| flaw.reason.contains("starttime") && flaw.reason.contains("14/01/2026 2pm")));
    let (events, flaw) = read(with(&with(BILL, "starttime", "\"soon\""), "endtime", "\"later\""));
    let Signal::Record(record) = &*events[0].signal else { panic!() };
    assert_eq!((record.started_at, record.undated), (AT, false), "reckoned from the answer");
    assert!(flaw.is_some_and(|flaw| flaw.reason.contains("starttime") && flaw.reason.contains("endtime")));
    for fine in ["\"2026/01/14 14:16:46\"", "1768371406", "null", "\"0000-00-00 00:00:00\""] {
        assert_eq!(read(with(RING, "starttime", fine)).1, None, "{fine}");
    }
    let moved = leg_of(with(RING, "starttime", "\"2026-01-14T06:16:46Z\""));
    assert_eq!(moved.started_at, Some(AT), "an offset of its own wins");
}

#[test]
fn fc14_a_callback_says_whose_it_is() {
    let company = |value: &str| read(with(RING, "companycode", value)).0[0].company.clone();
    assert_eq!(company("\"9025\"").as_deref(), Some("9025"));
    assert_eq!(company("20000013").as_deref(), Some("20000013"));
    assert_eq!((company("\"\""), company("null"), company("0"), read(RING).0[0].company.clone()), (None, None, None, None));
}

#[test]
fn fc16_a_recording_by_its_link() {
    let bill = record_of(with(&with(BILL, "recordfilename", "\"\""), "recordurl", "\"http://r.example/x.mp3?k=1\""));
    assert_eq!((bill.recording, bill.recording_url.as_deref()), (None, Some("http://r.example/x.mp3?k=1")));
    let named = record_of(with(BILL, "recordfilename", "\"HTTPS://r.example/x.mp3\""));
    assert_eq!((named.recording, named.recording_url.as_deref()), (None, Some("HTTPS://r.example/x.mp3")));
    for nothing in ["\"\"", "null", "\"file:///etc/passwd\"", "\"x.wav\"", "0"] {
        assert_eq!(record_of(with(BILL, "recordurl", nothing)).recording_url, None, "{nothing}");
    }
}

#[test]
fn fc16_the_link_to_a_recording_is_not_kept_with_the_bill() {
    for (name, link) in [
        ("recordurl", r#""http://r.example/x.mp3?k=1""#),
        ("recordUrl", r#""https:\/\/r.example\/x.mp3?k=1\u0026l=2""#),
        ("record_url", r#"" HTTPS://r.example/x""#),
        ("recordfilename", r#""https://r.example/x.mp3""#),
    ] {
        let json = format!("{},\"{name}\":{link}}}", BILL.trim_end().strip_suffix('}').unwrap());
        let kept = without_link(&json);
        assert!(!kept.contains("r.example"), "{kept}");
        assert_eq!(kept, json.replace(link, r#""(a link)""#), "all else is as it was sent");
    }
    for json in [BILL, RING, "{", "[]", "\"https://r.example\""] {
        assert_eq!(without_link(json), json);
    }
}

#[test]
fn fc21_a_bill_without_times_is_kept_with_what_is_known() {
    let zero = "\"0000-00-00 00:00:00\"";
    let bill = record_of(with(&with(&with(BILL, "starttime", zero), "answertime", zero), "endtime", zero));
    assert!(bill.undated);
    assert_eq!((bill.answered_at, bill.ended_at, bill.talked_seconds), (None, None, 9));
    let mut received = bill.clone();
    received.received_at(Timestamp(AT.0 + 13_000));
    assert_eq!((received.started_at, received.ended_at), (AT, Some(Timestamp(AT.0 + 13_000))));
    // What follows from the others is reckoned.
    assert_eq!(record_of(with(BILL, "answertime", zero)), record_of(BILL));
    assert_eq!(record_of(with(BILL, "starttime", zero)), record_of(BILL));
    let end_only = record_of(with(&with(BILL, "starttime", zero), "answertime", zero));
    assert_eq!(end_only, record_of(BILL));
    let mut dated = record_of(BILL);
    dated.received_at(Timestamp(0));
    assert_eq!(dated, record_of(BILL));
}

#[test]
fn fr4_the_hour_that_comes_twice_is_told_by_the_uuid_and_by_the_length() {
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
fn p10_a_notice_before_a_callback() {
    for body in [
        format!("<br />\n<b>Notice</b>: Undefined index: a in <b>/x.php</b><br />\n{RING}"),
        format!("\nWarning: {{x}}\n[{RING}]"),
        format!("detail=\nNotice: a\n{RING}"),
    ] {
        assert_eq!(read(&body).0[0].payload, RING, "{body}");
    }
    assert_eq!(record_of(with(BILL, "callmethod", "\"5\"")).method, Method::Predictive);
    assert_eq!(record_of(BILL).extension, Extension("7005".to_owned()));
}
