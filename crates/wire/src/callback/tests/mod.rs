//! Bodies as real senders write them, and the expected events.

use ringside_domain::{Delivery, Ending, Event, Extension, Flaw, LegEvent, LegStatus, Method, Signal, Timestamp};

use super::*;

mod values;

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

/// The JSON with this member added or replaced.
fn with(json: &str, name: &str, value: &str) -> String {
    let mut fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap();
    fields.insert(name.to_owned(), serde_json::from_str(value).unwrap());
    serde_json::to_string(&fields).unwrap()
}

#[test]
fn fc5_gbk_text_with_a_backslash_as_second_byte_is_decoded() {
    let mut ring = RING.replace("\"u-1\"", "\"u-1\",\"customuuid\":\"客X\"").into_bytes();
    let at = ring.windows(4).position(|four| four == "客X".as_bytes()).unwrap();
    ring.splice(at..at + 4, [0xbf, 0xcd, 0xd5, 0x5c]);
    let multipart = [b"--x\r\nContent-Disposition: form-data; name=\"detail\"\r\n\r\n", &ring[..], b"\r\n--x--\r\n"].concat();
    let form = [b"detail=", &ring[..]].concat();
    let percent = format!("detail={}", ring.iter().map(|byte| format!("%{byte:02X}")).collect::<String>()).into_bytes();
    for body in [ring.clone(), multipart, form, percent] {
        assert_eq!(leg_of(&body).customer_id.as_deref(), Some("客誠"), "{}", body.escape_ascii());
    }
    for unit in [u16::to_le_bytes, u16::to_be_bytes] {
        for body in [RING.to_owned(), format!("detail={RING}")] {
            assert_eq!(leg_of(body.encode_utf16().flat_map(unit).collect::<Vec<u8>>()), leg_of(RING), "without a mark");
        }
    }
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(RING.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(leg_of(utf16), leg_of(RING));
}

#[test]
fn fc6_events_within_a_member_or_a_text_are_read() {
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
    // The name of the member that holds the event does not matter.
    for body in [
        format!("{{\"event\":\"ring\",\"payload\":{RING}}}"),
        format!("{{\"call\":[{RING}],\"note\":\"{{\"}}"),
        format!("{{\"message\":{text},\"more\":{{\"a\":1}}}}"),
        format!("json={}", escaped(RING)),
        format!("body={}", escaped(&text)),
    ] {
        assert_eq!(signal_of(&body), signal_of(RING), "{body}");
    }
    // If two members hold events, all are read.
    let (events, _) = read(format!("{{\"detail\":{RING},\"result\":[{BILL}],\"extra\":{RING}}}"));
    assert_eq!(events.iter().map(|event| event.payload.as_str()).collect::<Vec<_>>(), [RING, BILL, RING]);
    for body in
        [format!("{{\"detail\":{:?}}}", &RING[..40]), "{\"detail\":[1]}".to_owned(), format!("{}{RING}{}", "[".repeat(9), "]".repeat(9))]
    {
        assert!(is_refused(&body), "{body}");
    }
    let unknown = r#"{"type":"transfer","extnumber":"7005","data":{"to":"7006"}}"#;
    assert_eq!(read(unknown).0[0].payload, unknown, "an undocumented event stays whole");
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
fn fc8_damaged_json_is_read_if_only_one_meaning_is_possible() {
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
    assert!(read(&form).1.is_some_and(|flaw| flaw.body == form.as_bytes()), "the body is stored as sent");
    assert!(is_refused(BILL.trim_end_matches('}')));
    // Text after the JSON does not change the event.
    for (body, events, reason) in [
        (format!("{RING}\0"), 1, None),
        (format!("{RING};"), 1, Some("behind the JSON")),
        (format!("{RING}\n<br />Notice: x"), 1, Some("behind the JSON")),
        (format!("detail={RING}x"), 1, Some("behind the JSON")),
        (format!("{RING},{BILL}"), 2, Some("brackets")),
        (RING.replace("\"013800138000\"", "013800138000"), 1, Some("dialled")),
    ] {
        let (read, flaw) = read(&body);
        assert_eq!(read.len(), events, "{body}");
        assert_eq!(*read[0].signal, signal_of(RING), "{body}");
        assert_eq!(flaw.as_ref().map(|flaw| reason.is_some_and(|reason| flaw.reason.contains(reason))), reason.map(|_| true), "{body}");
    }
    for body in [format!("{RING}\n{{"), format!("{RING},"), format!("{RING} and {{more}}")] {
        assert_eq!(parse(body.as_bytes(), &Zone::default()).is_err(), body.contains('{') && !body.ends_with(','), "{body}");
    }
}

#[test]
fn fc10_a_form_without_or_with_partial_escapes_is_read() {
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
    // A sender that escapes anything escapes everything, and a plus is a space then.
    let leg = leg_of(format!("detail={}", ring.replace('%', "%25").replace('+', "%2B").replace('&', "%26").replace(' ', "+")));
    assert_eq!((leg.callee.as_str(), leg.customer_id.as_deref(), leg.started_at), ("+8613800138000", Some("a&b=c;100%"), Some(AT)));
    // Everything but the plus is escaped, as by `encodeURI`; or only the plus of a number is not.
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
    // Only spaces may be escaped.
    assert_eq!(leg_of(format!("detail={}", RING.replace(' ', "+"))).started_at, Some(AT));
    for body in [format!("detail={RING}&detail={RING}"), format!("detail={RING}{RING}&detail={{}}")] {
        assert!(is_refused(&body), "{body}");
    }
    for body in [
        format!("a=b;detail={}", escaped(RING)),
        "type=call;status=ring;extnumber=7005;caller=013800138000;callee=7005;direction=callin;method=5;uuid=u-1;starttime=2026-01-14 14:16:46".to_owned(),
        format!("a=b&amp;detail={}", escaped(RING)),
        format!("detail={}", escaped(&escaped(RING))),
        format!("detail={}", RING.replace('"', "%2522")),
        format!("detail={}", escaped(&RING.replace('"', "\\\""))),
        escaped(RING),
        format!("{}=", RING.replace('"', "%22")),
    ] {
        assert_eq!(signal_of(&body), signal_of(RING), "{body}");
    }
    let flat = |custom: &str| leg_of(format!("type=call&status=ring&extnumber=7005&customuuid={custom}")).customer_id.unwrap();
    assert_eq!(
        (flat("%u5ba2%u8AA0!"), flat("%ud83d%ude00"), flat("%u12"), flat("%ud83dx")),
        ("客誠!".into(), "😀".into(), "%u12".into(), "%ud83dx".into())
    );
    assert_eq!(flat("a;b=c"), "a;b=c", "if `&` separates fields, `;` does not");
}

#[test]
fn fc11_forms_without_detail_are_read() {
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
        assert_eq!(read(&events[0].payload).0, events, "the stored payload gives the same event");
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
fn p10_a_callback_after_a_notice_is_read() {
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
