//! Removes harmful characters from texts of other systems.

use std::borrow::Cow;

use crate::{Intent, NoteEdit, SettingChange, SoundDevice, Wish};

/// The text without NUL and other control characters except tab and line feed, and without direction controls, which can show a number
/// backwards.
pub fn clean(text: &str) -> Cow<'_, str> {
    // Most texts: no character of them has to be looked up.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n')) {
        return Cow::Borrowed(text);
    }
    if text.chars().any(is_harmful) { Cow::Owned(text.chars().filter(|c| !is_harmful(*c)).collect()) } else { Cow::Borrowed(text) }
}

fn is_harmful(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || (c.is_control() && !matches!(c, '\t' | '\n'))
}

/// Like [`clean`], in place.
pub(crate) fn scrub(text: &mut String) {
    if let Cow::Owned(cleaned) = clean(text) {
        *text = cleaned;
    }
}

impl Intent {
    /// Cleans every text that a person types, pastes or sets.
    pub(crate) fn cleaned(mut self) -> Self {
        match &mut self {
            Self::SignIn { account, agent, .. } => {
                let texts = [&mut account.url, &mut account.appid, &mut agent.extension.0, &mut agent.agent_id];
                texts.into_iter().chain(agent.queues.iter_mut().map(|queue| &mut queue.0)).for_each(scrub);
            }
            Self::JoinQueue { queue } | Self::LeaveQueue { queue } => scrub(&mut queue.0),
            Self::Wish { wish: Wish::Busy { reason }, .. } => reason.iter_mut().for_each(scrub),
            Self::EditNote { edit: NoteEdit::Text { text }, .. } => scrub(text),
            Self::EditNote { edit: NoteEdit::Disposition { disposition }, .. } => disposition.iter_mut().for_each(scrub),
            Self::ChangeSettings { change } => change.scrub(),
            _ => {}
        }
        self
    }
}

impl SettingChange {
    fn scrub(&mut self) {
        match self {
            Self::RingOn(SoundDevice { id, name }) | Self::RecordingsDevice(Some(SoundDevice { id, name })) => {
                [id, name].into_iter().for_each(scrub)
            }
            Self::RingDevices(devices) => devices.iter_mut().flat_map(|SoundDevice { id, name }| [id, name]).for_each(scrub),
            Self::RingNotOn(text) | Self::ArchiveFolder(text) | Self::CrmTemplate(text) | Self::Shortcut { keys: text, .. } => scrub(text),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CallId, Settings, ShortcutAction};

    #[test]
    fn fc20_control_characters_are_removed_from_every_text_of_a_person() {
        let note = |edit| Intent::EditNote { call: CallId(1), edit }.cleaned();
        let text = NoteEdit::Text { text: "a\0b\u{202e}c\nd".into() };
        assert!(matches!(note(text), Intent::EditNote { edit: NoteEdit::Text { text }, .. } if text == "abc\nd"));
        let disposition = NoteEdit::Disposition { disposition: Some("So\0ld".into()) };
        let told = note(disposition);
        assert!(matches!(told, Intent::EditNote { edit: NoteEdit::Disposition { disposition: Some(text) }, .. } if text == "Sold"));
        let reason = Intent::Wish { wish: Wish::Busy { reason: Some("Lun\0ch".into()) }, by: crate::SetBy::Window };
        let wished = reason.cleaned();
        assert!(matches!(wished, Intent::Wish { wish: Wish::Busy { reason: Some(reason) }, .. } if reason == "Lunch"));
        let mut settings = Settings::default();
        for change in [
            SettingChange::RingOn(SoundDevice { id: "v".into(), name: "w".into() }),
            SettingChange::RingOn(SoundDevice { id: "\0x".into(), name: "y\0".into() }),
            SettingChange::RingNotOn("v\0".into()),
            SettingChange::RecordingsDevice(Some(SoundDevice { id: "h\0dmi".into(), name: "HD\0MI".into() })),
            SettingChange::ArchiveFolder("/a\0b".into()),
            SettingChange::CrmTemplate("https://a.example/\0".into()),
            SettingChange::Shortcut { action: ShortcutAction::Show, keys: "Alt\0+F1".into() },
        ] {
            let Intent::ChangeSettings { change } = (Intent::ChangeSettings { change }).cleaned() else {
                unreachable!("it stays what it is")
            };
            settings.change(change);
        }
        assert_eq!(settings.sound.devices, [SoundDevice { id: "x".into(), name: "y".into() }]);
        assert_eq!(settings.sound.recordings_device, Some(SoundDevice { id: "hdmi".into(), name: "HDMI".into() }));
        let devices = SettingChange::RingDevices(vec![SoundDevice { id: "\0v".into(), name: "w\0".into() }]);
        let cleaned = (Intent::ChangeSettings { change: devices }).cleaned();
        let Intent::ChangeSettings { change: SettingChange::RingDevices(devices) } = cleaned else { unreachable!("it stays what it is") };
        assert_eq!(devices, [SoundDevice { id: "v".into(), name: "w".into() }]);
        assert_eq!(settings.recordings.folder.as_deref(), Some("/ab"));
        assert_eq!(settings.crm.template.as_deref(), Some("https://a.example/"));
        assert_eq!(settings.shortcuts.show.as_deref(), Some("Alt+F1"));
        let account = crate::Account { url: "https://a.example/\0".into(), appid: "ac\0me".into() };
        let agent = crate::Agent {
            extension: crate::Extension("\u{202e}7005".into()),
            agent_id: "1\u{0}0".into(),
            queues: vec![crate::QueueName("queue\0-1".into())],
        };
        let Intent::SignIn { account, agent, .. } = (Intent::SignIn { account, agent, accesskey: None }).cleaned() else {
            unreachable!("it stays what it is")
        };
        assert_eq!((account.url.as_str(), account.appid.as_str()), ("https://a.example/", "acme"));
        assert_eq!((agent.extension.0.as_str(), agent.agent_id.as_str(), agent.queues[0].0.as_str()), ("7005", "10", "queue-1"));
        let queue = crate::QueueName("queue\0-1".into());
        assert!(matches!((Intent::JoinQueue { queue }).cleaned(), Intent::JoinQueue { queue } if queue.0 == "queue-1"));
    }

    #[test]
    fn clean_removes_control_characters_only() {
        assert_eq!(clean("138\u{0}\u{202e}00\u{7f}\u{85}"), "13800");
        assert!(matches!(clean("line\n\ttab 匿名 Ж"), Cow::Borrowed("line\n\ttab 匿名 Ж")));
    }
}
