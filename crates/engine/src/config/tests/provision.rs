//! How provisioned values meet those that the user chose.

use super::*;

fn saved() -> SavedState {
    SavedState {
        own_account: Some(Account { url: "https://saved.example.com/".into(), appid: "1".into() }),
        own_agent: Some(OwnAgent {
            extension: Extension("200".into()),
            agent_id: String::new(),
            queues: Some(vec![QueueName("saved".into())]),
        }),
        ..SavedState::default()
    }
}

fn chosen(changes: impl IntoIterator<Item = SettingChange>) -> SavedState {
    let mut saved = SavedState::default();
    changes.into_iter().for_each(|change| saved.choose(change));
    saved
}

fn with_machine(user: &str, machine: &str) -> Config {
    Config::read(Sources { user: Some(file("user.toml", user)), machine: Some(file("machine.toml", machine)), ..Sources::default() })
        .unwrap()
}

#[test]
fn a_value_from_a_file_is_used_only_where_none_was_chosen() {
    let config = read(WHOLE).unwrap();
    let mut first = SavedState::default();
    config.provision(&mut first);
    assert_eq!(first.account.map(|account| account.appid).as_deref(), Some("9027"));
    assert_eq!(first.agent.map(|agent| agent.extension), Some(Extension("0100001".into())));
    assert_eq!(first.settings.after_sign_in, SignInPolicy::Available);

    let mut later = saved();
    later.choose(SettingChange::Theme(Theme::System));
    config.provision(&mut later);
    assert_eq!(later.account, saved().own_account);
    let agent = later.agent.unwrap();
    assert_eq!((agent.extension.0.as_str(), agent.agent_id.as_str()), ("200", "10"));
    assert_eq!(agent.queues, [QueueName("saved".into())]);
    assert_eq!((later.settings.theme, later.settings.language), (Theme::System, Language::Chinese), "one was chosen, the other not");
}

#[test]
fn recording_settings_of_the_user_stay_unless_they_are_locked() {
    let choices = [SettingChange::Archive(ArchiveScope::Off), SettingChange::KeepCallsDays(0)];
    let mut saved = chosen(choices.clone());
    read(WHOLE).unwrap().provision(&mut saved);
    let kept = &saved.settings.recordings;
    assert_eq!((kept.archive, kept.keep_calls_days), (Some(ArchiveScope::Off), Some(0)), "chosen by the user");
    assert_eq!((kept.order, kept.limit_gb), (Some(ArchiveOrder::Oldest), Some(50)), "not chosen by the user");
    with_machine(WHOLE, "locked = [\"recordings.archive\", \"log.keep_days\"]\n[recordings]\narchive = \"all\"\n").provision(&mut saved);
    let kept = saved.settings.recordings.clone();
    assert_eq!((kept.archive, kept.keep_calls_days), (Some(ArchiveScope::All), None), "locked with a value, and locked without one");
    assert_eq!(saved.choices, choices, "the choice is there again when the lock is gone");
}

#[test]
fn shortcuts_of_the_user_stay_unless_they_are_locked() {
    let shortcut = |action, keys: &str| SettingChange::Shortcut { action, keys: keys.to_owned() };
    let mut saved = chosen([shortcut(ShortcutAction::Busy, ""), shortcut(ShortcutAction::Show, "Alt+F1")]);
    with_machine(WHOLE, "locked = [\"shortcuts.show\"]\n").provision(&mut saved);
    let kept = saved.settings.shortcuts;
    assert_eq!(kept.available.as_deref(), Some("Ctrl+Alt+A"), "never chosen by the user");
    assert_eq!((kept.busy.as_deref(), kept.show), (Some(""), None), "switched off by the user; locked without a value");
}

#[test]
fn flags_environment_and_locked_values_replace_chosen_values() {
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
    let mut saved = SavedState { absent: vec![Absent { owner, ..Absent::default() }], ..saved() };
    saved.choose(SettingChange::AfterSignIn(SignInPolicy::Busy));
    config.provision(&mut saved);
    assert_eq!(saved.absent[0].settings.after_sign_in, SignInPolicy::Available, "also in the settings of an agent who is not signed in");
    let (account, agent) = (saved.account.unwrap(), saved.agent.unwrap());
    assert_eq!((account.url.as_str(), account.appid.as_str()), ("https://machine.example.com/", "1"));
    assert_eq!(agent.extension, Extension("300".into()));
    assert_eq!(saved.settings.after_sign_in, SignInPolicy::Available);
}

#[test]
fn crm_settings_of_the_user_stay_unless_they_are_locked() {
    let own = [SettingChange::CrmMode(CrmMode::Off), SettingChange::CrmTemplate("https://mine.example.com/".into())];
    let settled = |config: &Config, changes: &[SettingChange]| {
        let mut saved = chosen(changes.iter().cloned());
        config.provision(&mut saved);
        saved.settings.crm
    };
    let preset = "[crm]\nmode = \"on_ring\"\ntemplate = \"https://crm.example.com/{queue}\"\n";
    let theirs = CrmSettings { mode: Some(CrmMode::OnRing), template: Some("https://crm.example.com/{queue}".into()) };
    assert_eq!(settled(&read(preset).unwrap(), &[]), theirs);
    let mine = CrmSettings { mode: Some(CrmMode::Off), template: Some("https://mine.example.com/".into()) };
    assert_eq!(settled(&read(preset).unwrap(), &own), mine);
    let machine = format!("locked = [\"crm.mode\", \"crm.template\", \"crm.schemes\"]\n{preset}");
    let locked = with_machine("[crm]\nschemes = [\"http\"]\n", &machine);
    assert_eq!(locked.values.crm_schemes, ["https"]);
    assert_eq!(settled(&locked, &own), theirs);
}

#[test]
fn nothing_that_is_provisioned_is_stored_as_a_choice() {
    let mut saved = SavedState::default();
    read(WHOLE).unwrap().provision(&mut saved);
    let json = serde_json::to_string(&saved).unwrap();
    let mut stored = serde_json::from_str(&json).unwrap();
    Config::default().provision(&mut stored);
    assert_eq!(stored, SavedState::default(), "{json}");
}
