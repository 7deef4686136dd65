use ringside_domain::{
    Absent, Account, ArchiveOrder, ArchiveScope, BreakReason, CardSettings, CardSize, CrmMode, CrmSettings, DoNotDisturb, Extension,
    Farewell, Language, Leaving, MainView, OwnAgent, Owner, QueueName, RecordingSettings, SavedState, SettingChange, ShortcutAction,
    Shortcuts, SignInPolicy, SoundDevice, SoundSettings, Theme, Timestamp,
};
use ringside_wire::Zone;
use secrecy::ExposeSecret;
use url::Url;

use super::*;

mod provision;

const WHOLE: &str = r#"
[platform]
url = "https://call.example.com/"
appid = "9027"
utc_offset = "+05:30"
[fleet]
url = "tls://gateway.example.com:4222"
ca = '//files/ringside/ca.pem'
code = "UWLR-Q7US-GNTB-VD2S"
[agent]
extension = "0100001"
agent_id = 10
queues = ["queue-1", "queue-2"]
after_sign_in = "available"
breaks = [{ name = "Lunch", minutes = 30 }, { name = "祷告" }]
[callbacks]
bind = "127.0.0.1:7790"
public_url = "https://desk.example.com/ringside"
secret = "0123456789abcdef"
allowed_sources = ["203.0.113.0/24", "::1"]
keep_foreign = true
[polling]
requests_per_second = 3
[log]
dispositions = ["Sold", "稍后再拨"]
number_prefixes = ["0", "+86"]
keep_days = 730
detailed = true
[supervisor]
enabled = true
[recordings]
archive = "mine"
order = "oldest"
folder = '//files/recordings'
limit_gb = 50
keep_days = 365
hosts = ["files.example.com", "10.0.0.5", "::1"]
[shortcuts]
available = "alt+ctrl+a"
busy = "Ctrl+Alt+B"
silence = "Super+F9"
show = "Ctrl+Alt+Space"
[network]
proxy = "http://proxy.example.com:3128"
[leaving]
quit = "sign_out"
log_off = "busy"
sleep = "stay"
[sound]
ring_devices = ["Headset", "扬声器"]
ring_volume = 40
connected_tone = false
recordings_device = "Headset"
recordings_volume = 50
[card]
size = "large"
masked = true
[notifications]
discreet = true
quiet_incoming = true
quiet_outgoing = true
[appearance]
language = "chinese"
theme = "dark"
[window]
always_on_top = true
start_with_system = true
hidden_views = ["day", "calls"]
[diagnostics]
capture = true
[wrap_up]
seconds = 20
disposition = ["queue-1"]
note = ["*"]
[crm]
mode = "on_answer"
template = "https://crm.example.com/{customer_number}"
schemes = ["https", "TEL"]
[updates]
address = "https://updates.example.com/ringside.json"
key = "RWS61U7pPwNFA2FlARx4w3PCXMw/OxNZvC37s5CgVYtXUitkCPPQ78Ok"
"#;

fn file<'a>(path: &'a str, text: &'a str) -> File<'a> {
    File { path: Path::new(path), text }
}

fn read(text: &str) -> Result<Config, ConfigError> {
    Config::read(Sources { user: Some(file("user.toml", text)), ..Sources::default() })
}

#[test]
fn a_whole_file_is_read() {
    let config = read(WHOLE).unwrap();
    let mut saved = SavedState::default();
    config.provision(&mut saved);
    let settings = &saved.settings;
    assert_eq!((config.values.url.as_str(), config.values.appid.as_str()), ("https://call.example.com/", "9027"));
    assert_eq!(config.values.utc_offset, Zone::fixed(19_800).unwrap());
    assert_eq!(config.values.extension, Extension("0100001".into()));
    assert_eq!(config.values.agent_id, "10");
    assert_eq!(config.values.queues, [QueueName("queue-1".into()), QueueName("queue-2".into())]);
    assert_eq!(config.values.after_sign_in, SignInPolicy::Available);
    let reason = |name: &str, minutes| BreakReason { name: name.into(), minutes };
    assert_eq!(config.values.breaks, [reason("Lunch", Some(30)), reason("祷告", None)]);
    assert_eq!(config.values.bind.to_string(), "127.0.0.1:7790");
    assert_eq!(config.values.public_url.as_ref().map(Url::as_str), Some("https://desk.example.com/ringside"));
    assert_eq!(config.values.secret.as_ref().map(ExposeSecret::expose_secret), Some("0123456789abcdef"));
    assert_eq!(config.values.allowed_sources, ["203.0.113.0/24", "::1"]);
    assert!((config.values.requests_per_second - 3.0).abs() < f64::EPSILON);
    assert_eq!(config.values.dispositions, ["Sold", "稍后再拨"]);
    assert_eq!(config.values.detailed_log, Some(true));
    assert!(settings.has_supervisor());
    assert_eq!(config.values.number_prefixes, ["0", "+86"]);
    let recordings = RecordingSettings {
        archive: Some(ArchiveScope::Mine),
        order: Some(ArchiveOrder::Oldest),
        folder: Some("//files/recordings".into()),
        limit_gb: Some(50),
        keep_days: Some(365),
        keep_calls_days: Some(730),
    };
    assert_eq!(settings.recordings, recordings);
    assert_eq!(config.values.recording_hosts, ["files.example.com", "10.0.0.5", "::1"]);
    let keys = |keys: &str| Some(keys.to_owned());
    let [available, busy, silence, show] = ["Ctrl+Alt+A", "Ctrl+Alt+B", "Super+F9", "Ctrl+Alt+Space"].map(keys);
    assert_eq!(settings.shortcuts, Shortcuts { available, busy, silence, show });
    let queues = |name: &str| vec![QueueName(name.into())];
    let values = &config.values;
    assert_eq!((values.wrap_up_seconds, &values.disposition_required, &values.note_required), (20, &queues("queue-1"), &queues("*")));
    let template = Some("https://crm.example.com/{customer_number}".to_owned());
    assert_eq!(settings.crm, CrmSettings { mode: Some(CrmMode::OnAnswer), template });
    assert_eq!(config.values.crm_schemes, ["https", "tel"]);
    assert_eq!(config.values.proxy.to_string(), "http://proxy.example.com:3128");
    assert_eq!(settings.leaving, Leaving { quit: Some(Farewell::SignOut), log_off: Some(Farewell::Busy), sleep: Some(Farewell::Stay) });
    let device = |name: &str| SoundDevice { id: name.into(), name: name.into() };
    let sound = SoundSettings {
        devices: vec![device("Headset"), device("扬声器")],
        volume: 40,
        connected_tone: false,
        recordings_device: Some(device("Headset")),
        recordings_volume: 50,
    };
    assert_eq!(settings.sound, sound);
    assert_eq!(settings.card, CardSettings { size: CardSize::Large, discreet: true, masked: true });
    assert_eq!(settings.do_not_disturb, DoNotDisturb { incoming: true, outgoing: true });
    assert_eq!((settings.language, settings.theme, settings.window.always_on_top), (Language::Chinese, Theme::Dark, true));
    let values = &config.values;
    assert_eq!((values.start_with_system, values.capture), (Some(true), Some(true)));
    assert_eq!(values.hidden_views, [MainView::Day, MainView::Calls]);
    assert_eq!(values.update_address.as_ref().map(url::Url::as_str), Some("https://updates.example.com/ringside.json"));
    assert!(values.update_key.starts_with("RWS61U7p"));
    assert_eq!(config.file.as_deref(), Some(Path::new("user.toml")));
    assert!(SETTINGS.iter().all(|setting| config.origin(setting.key) == Origin::UserFile), "the file sets every key");
}

#[test]
fn missing_values_and_empty_strings_give_the_defaults() {
    let text = "[platform]\nurl = \"\"\n[agent]\nextension = \"\"\n[callbacks]\nbind = \"\"\npublic_url = \"\"\nsecret = \"\"\n";
    for config in [Config::read(Sources::default()).unwrap(), read("").unwrap(), read(text).unwrap()] {
        let mut saved = SavedState::default();
        config.provision(&mut saved);
        assert_eq!(saved, SavedState::default());
        assert_eq!(config.values.after_sign_in, SignInPolicy::Busy);
        assert_eq!(config.values.breaks, BreakReason::usual());
        assert_eq!(config.values.utc_offset, Zone::default());
        assert_eq!(config.values.bind.to_string(), "127.0.0.1:7780");
        assert!(config.values.public_url.is_none() && config.values.secret.is_none());
        assert!(SETTINGS.iter().all(|setting| config.origin(setting.key) == Origin::Default));
    }
}

#[test]
fn flags_and_environment_take_precedence_over_the_file() {
    let given = Given { url: Some("http://127.0.0.1:8080/".into()), queues: Some(Vec::new()), ..Given::default() };
    let config = Config::read(Sources { user: Some(file("user.toml", WHOLE)), command_line: given, ..Sources::default() }).unwrap();
    assert_eq!(config.values.url, "http://127.0.0.1:8080/");
    assert_eq!(config.origin("platform.url"), Origin::CommandLine);
    assert!(config.values.queues.is_empty());
    assert_eq!(config.values.appid, "9027");
}

#[test]
fn only_the_first_file_is_used_and_the_machines_file_only_if_there_is_no_other() {
    let machine = file("machine.toml", "[platform]\nurl = \"https://machine.example.com/\"\nappid = \"1\"\n");
    let user = file("user.toml", "[platform]\nurl = \"https://user.example.com/\"\n");
    let both = Config::read(Sources { user: Some(user), machine: Some(machine), ..Sources::default() }).unwrap();
    assert_eq!((both.values.url.as_str(), both.values.appid.as_str()), ("https://user.example.com/", ""));
    let alone = Config::read(Sources { machine: Some(machine), ..Sources::default() }).unwrap();
    assert_eq!((alone.values.url.as_str(), alone.values.appid.as_str()), ("https://machine.example.com/", "1"));
    assert_eq!(alone.file.as_deref(), Some(Path::new("machine.toml")));
}

#[test]
fn a_locked_key_cannot_be_changed_by_flag_environment_or_user_file() {
    let machine = "locked = [\"platform.url\", \"callbacks.bind\"]\n[platform]\nurl = \"https://machine.example.com/\"\nappid = \"1\"\n";
    let given = Given { url: Some("https://given.example.com/".into()), bind: Some(([127, 0, 0, 1], 1).into()), ..Given::default() };
    let config = Config::read(Sources {
        user: Some(file("user.toml", WHOLE)),
        machine: Some(file("machine.toml", machine)),
        command_line: given,
        ..Sources::default()
    })
    .unwrap();
    assert_eq!(config.values.url, "https://machine.example.com/");
    assert_eq!(config.values.bind.port(), 7780, "locked without a value: the default");
    assert_eq!(config.values.appid, "9027", "not locked");
    assert!(config.is_locked("platform.url") && config.is_locked("callbacks.bind") && !config.is_locked("platform.appid"));
    assert_eq!(config.locked, ["platform.url", "callbacks.bind"]);
}

#[test]
fn only_the_machines_file_can_lock_keys() {
    let text = "locked = [\"platform.url\"]\n[platform]\nurl = \"https://user.example.com/\"\n";
    let given = Given { url: Some("https://given.example.com/".into()), ..Given::default() };
    let config = Config::read(Sources { user: Some(file("user.toml", text)), command_line: given, ..Sources::default() }).unwrap();
    assert!(!config.is_locked("platform.url") && config.locked.is_empty());
    assert_eq!(config.values.url, "https://given.example.com/");
    assert_eq!(config.warnings, ["user.toml: `locked` counts in the machine's file only"]);
}

#[test]
fn what_the_machines_file_has_for_another_version_is_passed_over_and_said() {
    let text = "locked = [\"platform.url\",\n\"platform.colour\"]\n[platform]\nurl = \"https://a.example.com/\"\ncolour = \"blue\"\n[phone]\nx = 1\n";
    let config = Config::read(Sources { machine: Some(file("machine.toml", text)), ..Sources::default() }).unwrap();
    assert_eq!((config.values.url.as_str(), &config.locked[..]), ("https://a.example.com/", &["platform.url".to_owned()][..]));
    let said = |place: &str, name: &str| config.warnings.iter().any(|warning| warning.starts_with(place) && warning.contains(name));
    assert!(said("machine.toml, line 1: ", "`platform.colour`"), "{:?}", config.warnings);
    assert!(said("machine.toml, line 5: ", "`colour`") && said("machine.toml, line 6: ", "`phone`"), "{:?}", config.warnings);
    assert_eq!(config.warnings.len(), 3);
    let wrong = file("machine.toml", "[platform]\nurl = 5\n");
    assert!(Config::read(Sources { machine: Some(wrong), ..Sources::default() }).is_err(), "a wrong value is no other version's");
}

#[test]
fn what_has_no_effect_is_said() {
    let warnings = |text: &str| read(text).unwrap().warnings;
    let address = "address = \"https://updates.example.com/ringside.json\"\n";
    let key = "key = \"RWS61U7pPwNFA2FlARx4w3PCXMw/OxNZvC37s5CgVYtXUitkCPPQ78Ok\"\n";
    for (text, named) in [
        (format!("[updates]\n{address}"), "`updates.address` has no effect without `updates.key`"),
        (format!("[updates]\n{key}"), "`updates.key` has no effect without `updates.address`"),
        ("[crm]\ntemplate = \"tel:{customer_number}\"\n".to_owned(), "addresses that begin with tel: are not allowed"),
        ("[shortcuts]\nbusy = \"Ctrl+Alt+B\"\nshow = \"Ctrl+Alt+B\"\n".to_owned(), "`shortcuts.show` has no effect: `shortcuts.busy`"),
    ] {
        let found = warnings(&text);
        assert!(found.len() == 1 && found[0].contains(named), "{text}: {found:?}");
    }
    for text in [
        format!("[updates]\n{address}{key}"),
        "[crm]\ntemplate = \"tel:{customer_number}\"\nschemes = [\"tel\"]\n".to_owned(),
        "[shortcuts]\nbusy = \"Ctrl+Alt+B\"\nshow = \"Ctrl+Alt+S\"\n".to_owned(),
    ] {
        assert!(warnings(&text).is_empty(), "{text}: {:?}", warnings(&text));
    }
}

#[test]
fn an_error_names_the_file_the_line_and_the_expected_value() {
    for (text, line, expected) in [
        ("[platform]\nurll = \"x\"\n", 2, "url"),
        ("\n[phone]\n", 2, "platform"),
        ("[platform]\nurl = 5\n", 2, "a string"),
        ("[platform]\nurl = \"call.example.com\"\n", 2, "https://"),
        ("[platform]\n\nutc_offset = \"8\"\n", 3, "+08:00"),
        ("[agent]\nextension = 100001\n", 2, "a string"),
        ("[agent]\nagent_id = \"ten\"\n", 2, "digits"),
        ("[agent]\nagent_id = 1.5\n", 2, "digits"),
        ("[agent]\nqueues = \"queue-1\"\n", 2, "a sequence"),
        ("[agent]\nafter_sign_in = \"idle\"\n", 2, "available"),
        ("[agent]\nbreaks = [\n{ name = \"Lunch\", minutes = 0 }]\n", 3, "1 to 600"),
        ("[agent]\nbreaks = [{ name = \"\" }]\n", 2, "1 to 24"),
        ("[agent]\nbreaks = [{ minutes = 5 }]\n", 2, "name"),
        ("[callbacks]\nbind = \"7780\"\n", 2, "127.0.0.1:7780"),
        ("[callbacks]\nsecret = \"short\"\n", 2, "16"),
        ("[callbacks]\nallowed_sources = [\n\"::1\",\n\"10.0.0.0/33\"]\n", 4, "10.0.0.0/8"),
        ("[polling]\nrequests_per_second = 0\n", 2, "0.1"),
        ("[wrap_up]\nseconds = 601\n", 2, "600"),
        ("[recordings]\narchive = \"everything\"\n", 2, "`mine`"),
        ("[recordings]\nfolder = \"recordings\"\n", 2, "the whole path"),
        ("[recordings]\nlimit_gb = -1\n", 2, "from 0"),
        ("[crm]\nmode = \"always\"\n", 2, "on_ring"),
        ("[crm]\ntemplate = \"javascript:alert({queue})\"\n", 2, "javascript: are not allowed"),
        ("[crm]\ntemplate = \"https://crm.example.com/{number}\"\n", 2, "customer_number"),
        ("[crm]\nschemes = [\"https\", \"file\"]\n", 2, "none that runs programs"),
        ("[recordings]\nhosts = [\"https://files.example.com/\"]\n", 2, "files.example.com"),
        ("[shortcuts]\nbusy = \"Shift+B\"\n", 2, "Ctrl+Alt+A"),
        ("[network]\nproxy = \"http://me:hunter2@proxy.example.com\"\n", 2, "environment variable HTTPS_PROXY"),
        ("[network]\nproxy = \"proxy:3128\"\n", 2, "or system, or none"),
        ("[window]\nhidden_views = [\"work\"]\n", 2, "connection or settings"),
        ("[leaving]\nquit = \"sleep\"\n", 2, "`sign_out`"),
        ("[platform\n", 1, "]"),
    ] {
        let error = read(text).expect_err(text);
        assert_eq!(error.line, Some(line), "{error}");
        assert!(error.message.contains(expected), "{error}");
        assert!(error.to_string().starts_with(&format!("user.toml, line {line}: ")), "{error}");
    }
}

#[test]
fn fr5_the_error_for_a_windows_path_in_double_quotes_says_how_to_write_it() {
    for (text, line) in [
        ("[recordings]\nfolder = \"C:\\Users\\x\"\n", 2),
        ("[recordings]\n\nfolder = \"D:\\Data\"\n", 3),
        ("[recordings]\nfolder = \"D:\\recordings\"\n", 2),
        ("[recordings]\nfolder = \"C:\\temp\\new\"\n", 2),
        ("[recordings]\nfolder = \"\\\\files\\share\"\n", 2),
        ("[recordings]\nhosts = [\"a\",\n\"b\\n\"]\n", 3),
    ] {
        let error = read(text).expect_err(text);
        assert_eq!(error.line, Some(line), "{error}");
        assert!(error.message.contains("write it in '…', or double it (\\\\)"), "{error}");
    }
    let fine = read("[recordings]\nhosts = ['files.example.com']\n").unwrap();
    assert_eq!(fine.values.recording_hosts, ["files.example.com"]);
}

#[test]
fn fc20_a_control_character_in_a_file_is_an_error() {
    for text in [
        "[platform]\nappid = \"a\\u0000\"\n",
        "[agent]\nqueues = [\"queue\\u0000-1\"]\n",
        "[agent]\nbreaks = [{ name = \"Lun\\u0000ch\" }]\n",
        "[log]\ndispositions = [\"So\\u0007ld\"]\n",
        "[wrap_up]\nnote = [\"q\\u0000\"]\n",
    ] {
        let error = read(text).expect_err(text);
        assert_eq!((error.line, error.message.contains("control character")), (Some(2), true), "{error}");
    }
}

#[test]
fn errors_and_debug_output_hold_no_secret() {
    for text in ["[callbacks]\nsecret = 98765432109876543\n", "[callbacks]\nsecret = \"hunter2 hunter2 hunter2\"\n"] {
        let error = read(text).expect_err(text).to_string();
        assert!(!error.contains("98765432109876543") && !error.contains("hunter2"), "{error}");
    }
    let shown = format!("{:?}", read(WHOLE).unwrap());
    assert!(shown.contains("7790") && !shown.contains("0123456789abcdef"), "{shown}");
}

#[test]
fn a_byte_order_mark_is_ignored() {
    assert_eq!(read(&format!("\u{feff}{WHOLE}")).unwrap().values.appid, "9027");
}

#[test]
fn utc_offsets_are_read_and_malformed_ones_refused() {
    let seconds = |text| parse::utc_offset(text).map(|zone| zone.offset_at(Timestamp(0))).ok();
    assert_eq!(["+08:00", "-03:30", "+00:00", "Z"].map(seconds), [Some(28_800), Some(-12_600), Some(0), Some(0)]);
    for text in ["", "8", "+8:00", "+08:60", "+15:00", "+0800", "++8:00", "+08:0é", "08:00"] {
        assert_eq!(seconds(text), None, "{text}");
    }
}

#[test]
fn fr4_zone_names_and_extension_names_are_accepted() {
    let config = read("[platform]\nutc_offset = \"America/Mexico_City\"\n[agent]\nextension = \"9024-0005\"\n").unwrap();
    let at = |seconds: i64| config.values.utc_offset.offset_at(Timestamp(seconds * 1000));
    // January and July 2022: standard time and daylight saving time.
    assert_eq!((at(1_642_190_400), at(1_657_828_800)), (-6 * 3600, -5 * 3600));
    assert_eq!(config.values.extension, Extension("9024-0005".into()));
    for zone in ["Asia/Shanghai", "Europe/Berlin", "UTC"] {
        assert!(parse::utc_offset(zone).is_ok(), "{zone}");
    }
    for zone in ["Asia", "Mexico City", "Etc/Unknown", "../Asia/Shanghai", "EST5EDT,M3.2.0,M11.1.0"] {
        assert!(parse::utc_offset(zone).is_err(), "{zone}");
    }
    for extension in ["jdoe.1", "9024_0005", "a-b.c", "0001"] {
        assert_eq!(parse::extension(extension).unwrap().0, extension);
    }
    for extension in ["", "-", "7005,7006", "70 05", "7005@a", "7005\u{0}", "号"] {
        assert!(parse::extension(extension).is_err(), "{extension}");
    }
}
