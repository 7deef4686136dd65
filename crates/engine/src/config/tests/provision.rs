//! How provisioned values meet those that the user saved.

use super::*;

fn saved() -> SavedState {
    SavedState {
        account: Some(Account { url: "https://saved.example.com/".into(), appid: "1".into() }),
        agent: Some(Agent { extension: Extension("200".into()), agent_id: String::new(), queues: vec![QueueName("saved".into())] }),
        ..SavedState::default()
    }
}

#[test]
fn a_value_from_a_file_is_used_only_where_none_was_saved() {
    let config = read(WHOLE).unwrap();
    let mut first = SavedState::default();
    config.provision(&mut first);
    assert_eq!(first.account.map(|account| account.appid).as_deref(), Some("9027"));
    assert_eq!(first.agent.map(|agent| agent.extension), Some(Extension("0100001".into())));
    assert_eq!(first.settings.after_sign_in, SignInPolicy::Available);

    let mut later = saved();
    config.provision(&mut later);
    assert_eq!(later.account, saved().account);
    let agent = later.agent.unwrap();
    assert_eq!((agent.extension.0.as_str(), agent.agent_id.as_str()), ("200", "10"));
    assert_eq!(agent.queues, [QueueName("saved".into())]);
    assert_eq!(later.settings.after_sign_in, SignInPolicy::Busy, "the saved value stays");
}

#[test]
fn recording_settings_of_the_user_stay_unless_they_are_locked() {
    let chosen = RecordingSettings { archive: Some(ArchiveScope::Off), keep_calls_days: Some(0), ..RecordingSettings::default() };
    let mut saved = SavedState::default();
    saved.settings.recordings = chosen.clone();
    read(WHOLE).unwrap().provision(&mut saved);
    let kept = &saved.settings.recordings;
    assert_eq!((kept.archive, kept.keep_calls_days), (Some(ArchiveScope::Off), Some(0)), "chosen by the user");
    assert_eq!((kept.order, kept.limit_gb), (Some(ArchiveOrder::Oldest), Some(50)), "not chosen by the user");
    let machine = "locked = [\"recordings.archive\", \"log.keep_days\"]\n[recordings]\narchive = \"all\"\n";
    let config =
        Config::read(Sources { user: Some(file("user.toml", WHOLE)), machine: Some(file("machine.toml", machine)), ..Sources::default() })
            .unwrap();
    saved.settings.recordings = chosen;
    config.provision(&mut saved);
    let kept = saved.settings.recordings;
    assert_eq!((kept.archive, kept.keep_calls_days), (Some(ArchiveScope::All), None), "locked with a value, and locked without one");
}

#[test]
fn shortcuts_of_the_user_stay_unless_they_are_locked() {
    let mut saved = SavedState::default();
    saved.settings.shortcuts = Shortcuts { busy: Some(String::new()), show: Some("Alt+F1".into()), ..Shortcuts::default() };
    let machine = "locked = [\"shortcuts.show\"]\n";
    let config =
        Config::read(Sources { user: Some(file("user.toml", WHOLE)), machine: Some(file("machine.toml", machine)), ..Sources::default() })
            .unwrap();
    config.provision(&mut saved);
    let kept = saved.settings.shortcuts;
    assert_eq!(kept.available.as_deref(), Some("Ctrl+Alt+A"), "never chosen by the user");
    assert_eq!((kept.busy.as_deref(), kept.show), (Some(""), None), "switched off by the user; locked without a value");
}

#[test]
fn flags_environment_and_locked_values_replace_saved_values() {
    let machine = "locked = [\"platform.url\"]\n[platform]\nurl = \"https://machine.example.com/\"\n";
    let given = Given { extension: Some(Extension("300".into())), after_sign_in: Some(SignInPolicy::Available), ..Given::default() };
    let config = Config::read(Sources {
        user: Some(file("user.toml", WHOLE)),
        machine: Some(file("machine.toml", machine)),
        command_line: given,
        ..Sources::default()
    })
    .unwrap();
    let owner = Owner { account: "1".into(), ..Owner::default() };
    let mut saved = SavedState { absent: vec![Absent { owner, queues: vec![], settings: Settings::default() }], ..saved() };
    config.provision(&mut saved);
    assert_eq!(saved.absent[0].settings.after_sign_in, SignInPolicy::Available, "also in the settings of an agent who is not signed in");
    let (account, agent) = (saved.account.unwrap(), saved.agent.unwrap());
    assert_eq!((account.url.as_str(), account.appid.as_str()), ("https://machine.example.com/", "1"));
    assert_eq!(agent.extension, Extension("300".into()));
    assert_eq!(saved.settings.after_sign_in, SignInPolicy::Available);
}

#[test]
fn crm_settings_of_the_user_stay_unless_they_are_locked() {
    let chosen = CrmSettings { mode: Some(CrmMode::Off), template: Some("https://mine.example.com/".into()) };
    let settled = |config: Result<Config, ConfigError>, crm: &CrmSettings| {
        let mut saved = SavedState::default();
        saved.settings.crm = crm.clone();
        config.unwrap().provision(&mut saved);
        saved.settings.crm
    };
    let preset = "[crm]\nmode = \"on_ring\"\ntemplate = \"https://crm.example.com/{queue}\"\n";
    let theirs = CrmSettings { mode: Some(CrmMode::OnRing), template: Some("https://crm.example.com/{queue}".into()) };
    assert_eq!(settled(read(preset), &CrmSettings::default()), theirs);
    assert_eq!(settled(read(preset), &chosen), chosen);
    let machine = format!("locked = [\"crm.mode\", \"crm.template\", \"crm.schemes\"]\n{preset}");
    let user = file("user.toml", "[crm]\nschemes = [\"http\"]\n");
    let locked = Config::read(Sources { user: Some(user), machine: Some(file("machine.toml", &machine)), ..Sources::default() });
    assert_eq!(locked.as_ref().unwrap().values.crm_schemes, ["https"]);
    assert_eq!(settled(locked, &chosen), theirs);
}
