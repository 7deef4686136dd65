//! Requests from the command line to the running instance.

use std::{process::ExitCode, time::Duration};

use tokio::time::{Instant, sleep};

use crate::{
    cli::{
        console,
        status::{DONE, FAILED, IN_PART, NOT_RUNNING, REFUSED},
    },
    life::{
        instance::{self, AskError, Lock, Reply, Request},
        paths::Paths,
    },
    texts::Texts,
};

/// `--set`, `--show` and `--silence`: sends the request, prints the outcome, and returns the exit status.
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

/// The time for the first instance to end or to answer.
const PATIENCE: Duration = Duration::from_secs(12);
/// The pause between two requests to the first instance.
const AGAIN: Duration = Duration::from_millis(50);

/// How a second start continues.
pub enum Second {
    /// It ends with this status.
    Over(ExitCode),
    /// The first instance has ended, so this process becomes the instance.
    Begins(Lock),
}

/// Makes a running instance show a window (T18), or waits until an instance that is ending has ended.
pub async fn second_start(paths: &Paths, request: &Request) -> Second {
    let texts = Texts::system();
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        match instance::ask(paths, request).await {
            // The first instance is ending, has ended, or does not listen yet.
            Ok(Reply::Ending) | Err(AskError::NotRunning) => {}
            Ok(Reply::Shown) => {
                console::say(texts.already_running);
                return Second::Over(DONE.into());
            }
            Ok(reply) => {
                let (status, text) = outcome(&reply, texts);
                console::say(&text);
                return Second::Over(status.into());
            }
            Err(AskError::Silent) => break,
        }
        if let Ok(Some(lock)) = instance::lock(paths) {
            return Second::Begins(lock);
        }
        sleep(AGAIN).await;
    }
    console::complain(texts.silent);
    Second::Over(FAILED.into())
}

fn failure(error: &AskError, texts: &Texts) -> ExitCode {
    match error {
        AskError::NotRunning => {
            console::say(texts.not_running);
            NOT_RUNNING.into()
        }
        AskError::Silent => {
            console::report(texts.silent);
            FAILED.into()
        }
    }
}

fn outcome(reply: &Reply, texts: &Texts) -> (u8, String) {
    match reply {
        Reply::Shown => (DONE, texts.shown.to_owned()),
        Reply::SupervisorShown => (DONE, texts.supervisor_shown.to_owned()),
        Reply::SupervisorOff => (REFUSED, texts.supervisor_off.to_owned()),
        Reply::Ending => (NOT_RUNNING, texts.ending.to_owned()),
        Reply::Silenced => (DONE, texts.silenced.to_owned()),
        // Only `ringside doctor` and `ringside api` ask for these, and print them themselves.
        Reply::Examined { .. } | Reply::Called { .. } => (DONE, String::new()),
        Reply::Confirmed => (DONE, texts.confirmed.to_owned()),
        Reply::AfterCall => (DONE, texts.after_call.to_owned()),
        Reply::Unconfirmed => (REFUSED, texts.unconfirmed.to_owned()),
        Reply::Refused { problem } => (REFUSED, format!("{} {problem}", texts.refused)),
        Reply::InPart { queues } => (IN_PART, texts.in_part(queues)),
        Reply::Newest => (DONE, texts.newest.to_owned()),
        Reply::Updated { version } => (DONE, format!("{} {version}", texts.updated)),
        Reply::NotSignedIn => (REFUSED, texts.not_signed_in.to_owned()),
        Reply::UnknownBreak { known } => (REFUSED, texts.unknown_break(known)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    #[cfg(windows)]
    use ringside_domain::Wish;
    use ringside_domain::{Language, Problem, ProblemCode, QueueName, WishStage};
    use ringside_engine::doctor::{About, Check, Finding};
    use tokio::{sync::mpsc, task::JoinHandle};

    use super::*;

    fn paths(folder: &tempfile::TempDir) -> Paths {
        Paths { data: folder.path().to_owned(), given_data: None, is_default: false, is_demo: false }
    }

    /// An instance that answers every request with `reply`. The receiver gets the requests.
    fn running(paths: &Paths, reply: Reply) -> (JoinHandle<()>, mpsc::UnboundedReceiver<Request>) {
        let (tell, told) = mpsc::unbounded_channel();
        let listener = Arc::new(instance::listen(paths).unwrap());
        let answer = move |request| {
            tell.send(request).unwrap();
            std::future::ready(reply.clone())
        };
        (tokio::spawn(instance::serve(listener, answer)), told)
    }

    #[tokio::test]
    async fn fd9_a_start_while_the_first_instance_ends_becomes_the_instance() {
        let folder = tempfile::tempdir().unwrap();
        let lock = instance::lock(&paths(&folder)).unwrap().unwrap();
        let (first, mut asked) = running(&paths(&folder), Reply::Ending);
        let of = paths(&folder);
        let second = tokio::spawn(async move { second_start(&of, &Request::Show).await });
        assert_eq!(asked.recv().await, Some(Request::Show));
        assert_eq!(asked.recv().await, Some(Request::Show), "it asks again until the first instance has ended");
        // As at the end of the process: requests in progress get no answer.
        first.abort();
        drop(lock);
        let Second::Begins(_lock) = second.await.unwrap() else { panic!("the second start gave up") };
        assert!(instance::lock(&paths(&folder)).unwrap().is_none(), "the second start holds the folder's lock");
        let _next = instance::listen(&paths(&folder)).unwrap();
        assert!(instance::is_there(&paths(&folder)).await);
    }

    #[tokio::test]
    async fn a_second_start_shows_the_running_instance() {
        let folder = tempfile::tempdir().unwrap();
        let _lock = instance::lock(&paths(&folder)).unwrap().unwrap();
        let (_first, mut asked) = running(&paths(&folder), Reply::Shown);
        assert!(matches!(second_start(&paths(&folder), &Request::Show).await, Second::Over(_)));
        assert_eq!(asked.recv().await, Some(Request::Show));
    }

    #[tokio::test]
    async fn a_second_start_for_the_supervisors_desk_opens_it_in_the_running_instance() {
        for reply in [Reply::SupervisorShown, Reply::SupervisorOff] {
            let folder = tempfile::tempdir().unwrap();
            let _lock = instance::lock(&paths(&folder)).unwrap().unwrap();
            let (_first, mut asked) = running(&paths(&folder), reply);
            assert!(matches!(second_start(&paths(&folder), &Request::Supervisor).await, Second::Over(_)));
            assert_eq!(asked.recv().await, Some(Request::Supervisor));
        }
        let text = |reply| outcome(&reply, Texts::of(Language::English));
        assert_eq!((text(Reply::SupervisorShown).0, text(Reply::SupervisorOff).0), (0, 4));
    }

    #[tokio::test]
    async fn an_answer_of_the_platform_comes_over_the_socket_whole() {
        let folder = tempfile::tempdir().unwrap();
        let reply = Reply::Called { answer: "\"号\"".repeat(1 << 20), problem: None };
        let (_first, _asked) = running(&paths(&folder), reply.clone());
        let request = Request::Call { service: "GetBill".into(), fields: vec![("extnumber".into(), "1".into())], show_secrets: false };
        assert_eq!(instance::ask(&paths(&folder), &request).await.unwrap(), reply);
    }

    #[tokio::test]
    async fn fs21_the_checks_of_the_running_instance_come_over_the_socket() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(instance::ask(&paths(&folder), &Request::Examine).await.unwrap_err().to_string(), AskError::NotRunning.to_string());
        let checks: Vec<Check> = About::ALL.iter().map(|about| Check::new(*about, Finding::NeedsOthers, "detail")).collect();
        let (_first, mut asked) = running(&paths(&folder), Reply::Examined { checks: checks.clone() });
        assert_eq!(instance::ask(&paths(&folder), &Request::Examine).await.unwrap(), Reply::Examined { checks });
        assert_eq!(asked.recv().await, Some(Request::Examine));
    }

    #[test]
    fn fs24_a_partial_success_has_its_own_status_and_names_each_queue() {
        let problem = Problem::new(ProblemCode::QueueUnknown, "code 1211", false);
        let queues = vec![
            (QueueName("queue-1".into()), WishStage::Confirmed),
            (QueueName("queue-2".into()), WishStage::Failed { problem }),
            (QueueName("queue-3".into()), WishStage::Accepted),
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

    /// This process is the instance, and `ringside.exe`, which `RINGSIDE_BIN` names, asks it. On Linux the tests of the real app do this.
    #[cfg(windows)]
    #[tokio::test(flavor = "multi_thread")]
    async fn requests_of_other_processes_reach_the_instance_and_its_replies_become_exit_statuses() {
        let folder = tempfile::Builder::new().prefix("通话 记录 ").tempdir().unwrap();
        let _lock = instance::lock(&paths(&folder)).unwrap().unwrap();
        let listener = Arc::new(instance::listen(&paths(&folder)).unwrap());
        let answer = |request| {
            std::future::ready(match request {
                Request::Set { wish: Wish::Available } => Reply::Confirmed,
                Request::Set { wish: Wish::Busy { reason: None } } => Reply::NotSignedIn,
                Request::Set { wish: Wish::Busy { .. } } => {
                    Reply::InPart { queues: vec![(QueueName("队列".into()), WishStage::Confirmed)] }
                }
                Request::Show => Reply::Shown,
                Request::Silence => Reply::Silenced,
                Request::Supervisor => Reply::SupervisorOff,
                Request::Call { .. } => Reply::Called { answer: "\"号\"".into(), problem: None },
                Request::Examine => Reply::Examined { checks: vec![Check::new(About::Login, Finding::SignedIn, "detail")] },
                Request::Update => Reply::Newest,
            })
        };
        let first = tokio::spawn(instance::serve(listener, answer));
        let texts = Texts::system();
        for (arguments, status, said) in [
            (&["--set", "idle"][..], DONE, texts.confirmed),
            (&["--set", "busy"], REFUSED, texts.not_signed_in),
            (&["--set", "break:Lunch"], IN_PART, "队列"),
            (&["--show"], DONE, texts.shown),
            (&["--silence"], DONE, texts.silenced),
            (&["api", "GetQueueList"], DONE, "\"号\""),
            (&["doctor", "--json"], DONE, "signedIn"),
            // Starts beside the instance.
            (&["--supervisor"], REFUSED, texts.supervisor_off),
            (&[], DONE, texts.already_running),
            (&["--hidden"], DONE, ""),
        ] {
            let mut command = std::process::Command::new(std::env::var_os("RINGSIDE_BIN").unwrap());
            command.arg("--data-dir").arg(folder.path()).args(arguments).env("RINGSIDE_NO_DIALOGUE", "1");
            let ended = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
            let output = String::from_utf8(ended.stdout).unwrap();
            assert_eq!(ended.status.code(), Some(status.into()), "{arguments:?}: {output}");
            assert!(output.contains(said), "{arguments:?}: {output}");
        }
        first.abort();
    }
}
