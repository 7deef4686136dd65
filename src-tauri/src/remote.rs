//! Speaking to the running instance from the command line.

use std::process::ExitCode;

use crate::{
    console,
    instance::{self, AskError, Reply, Request},
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

/// A second start shows the first (T18).
pub async fn second_start(paths: &Paths) -> ExitCode {
    let texts = Texts::system();
    match instance::ask_owner(paths, &Request::Show).await {
        Ok(_) => {
            console::say(texts.already_running);
            DONE.into()
        }
        Err(error) => failure(&error, texts),
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
