use ringside_domain::QueueName;

use super::*;

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn flags_are_validated_like_the_file() {
    let given = |arguments: &[&str]| Cli::try_parse_from([&["ringside"], arguments].concat()).map(|cli| cli.flags().command_line);
    let read = given(&["--url", "https://call.example.com/", "--queue", "a", "--queue", "b", "--utc-offset", "-03:00"]).unwrap();
    assert_eq!(read.url.as_deref(), Some("https://call.example.com/"));
    assert_eq!(read.queues, Some(vec![QueueName("a".into()), QueueName("b".into())]));
    assert_eq!(read.utc_offset.map(|zone| zone.offset_at(ringside_domain::Timestamp(0))), Some(-10_800));
    let breaks = given(&["--break", "Lunch=30", "--break", "Meeting"]).unwrap().breaks.unwrap();
    assert_eq!(breaks.iter().map(|each| (each.name.as_str(), each.minutes)).collect::<Vec<_>>(), [("Lunch", Some(30)), ("Meeting", None)]);
    for wrong in
        [["--break", "Lunch=0"], ["--url", "call.example.com"], ["--bind", "7780"], ["--agent-id", "x"], ["--requests-per-second", "0"]]
    {
        assert!(given(&wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn set_show_and_silence_are_requests() {
    let request = |arguments: &[&str]| Cli::try_parse_from([&["ringside"], arguments].concat()).unwrap().request();
    assert_eq!(request(&["--set", "idle"]), Some(Request::Set { wish: Wish::Available }));
    assert_eq!(request(&["--set", "busy", "--demo"]), Some(Request::Set { wish: Wish::Busy { reason: None } }));
    let lunch = Wish::Busy { reason: Some("Lunch".into()) };
    assert_eq!(request(&["--set", "break:Lunch"]), Some(Request::Set { wish: lunch }));
    for wrong in ["break", "break:", "away", "busy:Lunch"] {
        assert!(Cli::try_parse_from(["ringside", "--set", wrong]).is_err(), "{wrong}");
    }
    assert_eq!(request(&["--show"]), Some(Request::Show));
    assert_eq!(request(&["--silence"]), Some(Request::Silence));
    assert_eq!(request(&["--demo"]), None);
    let supervisor = Cli::try_parse_from(["ringside", "--supervisor"]).unwrap();
    assert_eq!((supervisor.request(), supervisor.second_request()), (None, Request::Supervisor), "it starts where none runs");
    assert_eq!(Cli::try_parse_from(["ringside"]).unwrap().second_request(), Request::Show);
    assert!(Cli::try_parse_from(["ringside", "--show", "--supervisor"]).is_err());
    assert!(Cli::try_parse_from(["ringside", "--show", "--silence"]).is_err());
    assert!(Cli::try_parse_from(["ringside", "--show", "--set", "idle"]).is_err());
}

#[test]
fn a_command_with_an_error_is_told_from_a_start_with_one() {
    let asked = |line: &str| is_command(line.split(' ').map(OsString::from));
    for command in ["--set foo", "--set=foo", "export --from x", "--proxy none config", "--silence --show", "archive"] {
        assert!(asked(command), "{command}");
    }
    for start in ["--hidden", "--hidden --url foo", "--config=bad.toml", "--supervisor"] {
        assert!(!asked(start), "{start}");
    }
    let requests = ["--set=idle", "--show", "--silence"].map(|flag| Cli::try_parse_from(["ringside", flag]).unwrap().request());
    assert!(requests.iter().all(Option::is_some));
}

#[test]
fn archive_verify_is_a_command_with_optional_json_output() {
    let is_json = |arguments: &[&str]| match Cli::try_parse_from([&["ringside"], arguments].concat()).unwrap().command {
        Some(Command::Archive { task: Archive::Verify { json } }) => Some(json),
        _ => None,
    };
    assert_eq!(is_json(&["archive", "verify"]), Some(false));
    assert_eq!(is_json(&["archive", "verify", "--json", "--demo"]), Some(true));
    assert_eq!((is_json(&["export"]), is_json(&[])), (None, None));
    assert!(Cli::try_parse_from(["ringside", "archive"]).is_err());
}

#[test]
fn receipt_prints_a_day_or_verifies_the_ledger() {
    let read = |arguments: &[&str]| Cli::try_parse_from([&["ringside", "receipt"], arguments].concat());
    let hash = "0".repeat(64);
    let checked = read(&["verify", "--json", "--noted", &hash]).unwrap();
    let Some(Command::Receipt(receipt)) = &checked.command else { panic!("expected a receipt") };
    let verify = receipt.verify().unwrap();
    assert!(verify.json && verify.noted == Some(ChainHash::default()));
    let day = read(&["--day", "2026-03-08", "--out", "a.txt", "--demo"]).unwrap();
    assert!(matches!(&day.command, Some(Command::Receipt(receipt)) if receipt.verify().is_none()));
    for wrong in [["--day", "yesterday"], ["--day", "2026-02-30"], ["verify", "--noted=12"]] {
        assert!(read(&wrong).is_err(), "{wrong:?}");
    }
}
