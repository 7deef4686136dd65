//! Speaking to the running instance from the command line.

use std::{process::ExitCode, time::Duration};

use crate::{
    console,
    instance::{self, AskError, Lock, Reply, Request},
    paths::Paths,
    texts::Texts,
};

const DONE: u8 = 0;
const FAILED: u8 = 1;
const NOT_RUNNING: u8 = 3;
const REFUSED: u8 = 4;
const IN_PART: u8 = 6;

/// `--set`, `--show` and `--silence`: asks, prints the outcome, and says it by the exit status.
pub async fn request(paths: &Paths, request: &Request) -> ExitCode {
    let texts = Texts::system();
    match instance::ask(paths, request).await {
        Ok(reply) => {
            let (status, text) = outcome(&reply, texts);
            console::say(&text);
            status.into()
        }
        Err(error) => failure(&error, texts),
    }
}

/// Until the first instance has taken its leave and stored what it holds: longer than that may take (L43).
const LEAVE: Duration = Duration::from_secs(20);

/// What is left to do for a second start.
pub enum Second {
    /// To end with this status.
    Over(ExitCode),
    /// The first one has ended: this one begins in its place.
    Begins(Lock),
}

/// A second start shows the first (T18); of one that is about to end it takes the place.
pub async fn second_start(paths: &Paths) -> Second {
    let texts = Texts::system();
    let held = match instance::ask_owner(paths, &Request::Show).await {
        Ok(Reply::Ending) => instance::lock_after(paths, LEAVE).await,
        Ok(_) => {
            console::say(texts.already_running);
            return Second::Over(DONE.into());
        }
        // It may have ended since this one looked.
        Err(error) => match instance::lock(paths) {
            Ok(None) => return Second::Over(failure(&error, texts)),
            held => held,
        },
    };
    match held {
        Ok(Some(lock)) => Second::Begins(lock),
        Ok(None) | Err(_) => Second::Over(failure(&AskError::Silent, texts)),
    }
}

fn failure(error: &AskError, texts: &Texts) -> ExitCode {
    match error {
        AskError::NotRunning => {
            console::say(texts.not_running);
            NOT_RUNNING.into()
        }
        AskError::Silent => {
            console::complain(texts.silent);
            FAILED.into()
        }
    }
}

fn outcome(reply: &Reply, texts: &Texts) -> (u8, String) {
    match reply {
        Reply::Shown => (DONE, texts.shown.to_owned()),
        Reply::Ending => (NOT_RUNNING, texts.ending.to_owned()),
        Reply::Silenced => (DONE, texts.silenced.to_owned()),
        // Asked by the doctor, who prints them.
        Reply::Examined { .. } => (DONE, String::new()),
        Reply::Confirmed => (DONE, texts.confirmed.to_owned()),
        Reply::AfterCall => (DONE, texts.after_call.to_owned()),
        Reply::Unconfirmed => (REFUSED, texts.unconfirmed.to_owned()),
        Reply::Refused { problem } => (REFUSED, format!("{} {problem}", texts.refused)),
        Reply::InPart { queues } => (IN_PART, texts.in_part(queues)),
        Reply::NotSignedIn => (REFUSED, texts.not_signed_in.to_owned()),
        Reply::UnknownBreak { known } => (REFUSED, texts.unknown_break(known)),
    }
}

#[cfg(test)]
mod tests {
    use ringside_domain::{Language, Problem, ProblemCode, QueueName, SettingView};

    use super::*;

    #[test]
    fn fs24_what_is_done_in_part_has_a_status_of_its_own_and_names_each_queue() {
        let problem = Problem::new(ProblemCode::QueueUnknown, "code 1211", false);
        let queues = vec![
            (QueueName("queue-1".into()), SettingView::Confirmed),
            (QueueName("queue-2".into()), SettingView::Failed { problem }),
            (QueueName("queue-3".into()), SettingView::Accepted),
        ];
        let reply = Reply::InPart { queues };
        let said: Reply = serde_json::from_str(&serde_json::to_string(&reply).unwrap()).unwrap();
        assert_eq!(said, reply, "over the socket");
        for language in [Language::English, Language::Chinese] {
            let (status, text) = outcome(&reply, Texts::of(language));
            assert_eq!(status, 6);
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines.len(), 4, "{text}");
            assert!(lines[2].contains("queue-2") && lines[2].contains("1211"), "{text}");
            assert_ne!(lines[1].replace("queue-1", ""), lines[3].replace("queue-3", ""));
        }
    }
}
