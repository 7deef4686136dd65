use ringside_domain::Language;
use ringside_engine::config::Given;

use super::*;

fn checks() -> Vec<Check> {
    vec![
        Check::new(About::Name, Finding::NameFound, "call.example.com: 192.0.2.1"),
        Check::new(About::Phone, Finding::PhoneNotRegistered, "100001"),
        Check::new(About::Tray, Finding::NoDesktop, ""),
    ]
}

#[test]
fn each_check_is_a_line_and_a_fault_has_its_remedy_below() {
    let text = in_words(&checks(), &Texts::of(Language::English).doctor);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("ok") && lines[0].ends_with("(call.example.com: 192.0.2.1)"), "{text}");
    assert!(lines[1].starts_with("FAILED") && lines[2].trim_start().starts_with('→'), "{text}");
    assert!(lines[3].starts_with("not checked"), "{text}");
}

#[test]
fn the_json_contains_the_verdict_the_finding_and_the_remedy() {
    let said = as_json(&checks(), false, &Texts::of(Language::English).doctor);
    assert_eq!(said["healthy"], false);
    assert_eq!(said["checks"][1]["verdict"], "failed");
    assert_eq!((&said["checks"][1]["about"], &said["checks"][1]["finding"]), (&json!("phone"), &json!("phoneNotRegistered")));
    assert!(!said["checks"][1]["cure"].as_str().unwrap().is_empty());
}

#[test]
fn what_is_not_in_effect_is_named_in_the_check_of_the_setup() {
    let warnings = ["HKLM\\a: no such setting".to_owned(), "b".to_owned()];
    let setup = |finding| Check::new(About::Setup, finding, "").warned(&warnings);
    let well = setup(Finding::Complete);
    assert_eq!((well.finding, well.detail.as_str()), (Finding::SettingsPassedOver, "HKLM\\a: no such setting; b"));
    assert_eq!(well.finding.verdict(), Verdict::Warning);
    assert_eq!(setup(Finding::NoAccount).finding, Finding::NoAccount, "what is worse is said first");
    let refused = Check::new(About::Setup, Finding::PolicyRefused, "/etc: others").warned(&warnings);
    assert!(refused.detail.starts_with("/etc: others; HKLM"), "{}", refused.detail);
    for check in checks() {
        assert_eq!(check.clone().warned(&warnings), check, "only the setup");
    }
    assert_eq!(Check::new(About::Setup, Finding::Complete, "").warned(&[]).finding, Finding::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_has_its_own_callbacks_and_keyring_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let flags = Flags { file: None, command_line: Given::default(), environment: Given::default() };
    let paths = Paths::new(Some(folder.path().to_owned()), true);
    let checks = examine(flags, &Secrets::default(), &paths).await.unwrap();
    for about in [About::Callbacks, About::Keyring] {
        assert_eq!(checks.iter().find(|check| check.about == about).unwrap().finding, Finding::NotInDemo, "{about:?}");
    }
    assert_eq!(checks.iter().map(|check| check.about).collect::<Vec<_>>(), About::ALL);
}

#[test]
fn the_gateway_is_called_by_its_name() {
    let text = |language| {
        let checks = [About::Name, About::Platform].map(|about| Check::new(about.behind_gateway(), Finding::NeedsOthers, ""));
        in_words(&checks, &Texts::of(language).doctor)
    };
    let english = text(Language::English);
    assert!(english.contains("Gateway's name:") && english.contains("Gateway:") && !english.contains("Platform"), "{english}");
    assert!(!text(Language::Chinese).contains("平台"), "{}", text(Language::Chinese));
}
