//! `ringside api`: calls a service of the platform, also while Ringside runs.

use std::{process::ExitCode, sync::Arc};

use ringside_domain::{Problem, ProblemCode, ServiceForm};
use ringside_engine::{Called, Clock, Entered, SystemClock, call_by_hand, not_through_gateway};
use ringside_platform::{Client, ClientOptions, Secrets, Service, service_form, service_forms};
use ringside_store::StoreError;
use ringside_vault::Vault;

use super::{
    Api, Cli, console,
    status::{DONE, FAILED, NOT_KNOWN, REFUSED, USAGE},
};
use crate::{
    doctor, floor,
    life::{
        environment,
        instance::{self, AskError, Reply, Request},
        paths::Paths,
        provision::{self, ProvisionError},
        start,
    },
    texts::Texts,
};

/// The services, for `--help`.
pub fn services() -> String {
    let line = |form: &ServiceForm| {
        let optional = form.optional.iter().map(|field| format!("[{field}]"));
        let fields: Vec<String> = form.required.iter().cloned().chain(optional).collect();
        format!("  {}: {} {}\n", short(&form.name), form.does, fields.join(" "))
    };
    std::iter::once("Services, with their fields:\n".to_owned()).chain(service_forms().iter().map(line)).collect()
}

fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

pub fn service(text: &str) -> Result<Service, String> {
    let known = Service::named(text).filter(|service| service_form(*service).is_some());
    known.ok_or_else(|| "expected a service of the list in --help; Ringside signs in by itself".to_owned())
}

pub fn field(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected a field and its value, such as queuename=queue-1")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    #[error("no keyring thread: {0}")]
    Vault(std::io::Error),
    #[error("the system gave no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    #[error("not sent, since it could not be entered in the ledger: {0}")]
    Ledger(StoreError),
    #[error("{0}")]
    SignIn(Problem),
    #[error("{0}")]
    Silent(&'static str),
}

/// Prints the answer; the exit status is as `--help` says.
pub async fn run(cli: &Cli, wanted: &Api, secrets: &environment::Secrets, paths: &Paths) -> ExitCode {
    if let Err(mistake) = check(wanted) {
        console::remark(&mistake);
        return USAGE.into();
    }
    if let Some(question) = question(wanted) {
        match console::ask(&question) {
            Some(true) => {}
            Some(false) => return REFUSED.into(),
            None => {
                console::remark(&format!("{question} Then add --yes."));
                return USAGE.into();
            }
        }
    }
    match call(cli, wanted, secrets, paths).await {
        Ok(reply) => {
            let (status, answer, remark) = outcome(&reply, Texts::system());
            if !answer.is_empty() {
                console::say(answer);
            }
            if let Some(remark) = remark {
                console::remark(&remark);
            }
            status.into()
        }
        Err(failure) => {
            console::remark(&failure.to_string());
            status_of(&failure, wanted.service).into()
        }
    }
}

/// An instance that took the request and did not answer may have sent it.
fn status_of(failure: &Failure, service: Service) -> u8 {
    if changes(service) && matches!(failure, Failure::Silent(_)) { NOT_KNOWN } else { FAILED }
}

fn changes(service: Service) -> bool {
    service_form(service).is_none_or(|form| form.changes)
}

/// Whether the service has these fields and no others, each once.
fn check(wanted: &Api) -> Result<(), String> {
    let Some(form) = service_form(wanted.service) else { return Err(format!("{} cannot be called", wanted.service.name())) };
    let known = || form.required.iter().chain(&form.optional);
    let given = |field: &str| wanted.fields.iter().filter(|(name, _)| name == field).count();
    if let Some((unknown, _)) = wanted.fields.iter().find(|(name, _)| !known().any(|field| field == name)) {
        let fields: Vec<&str> = known().map(String::as_str).collect();
        return Err(format!("{} has no field {unknown}; it has: {}", form.name, fields.join(", ")));
    }
    if let Some(twice) = known().find(|field| given(field) > 1) {
        return Err(format!("{twice} is given twice"));
    }
    let missing: Vec<&str> = form.required.iter().map(String::as_str).filter(|field| given(field) == 0).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("{} needs also: {}", form.name, missing.join(", "))) }
}

/// The question before something is changed at the platform.
fn question(wanted: &Api) -> Option<String> {
    let form = service_form(wanted.service).filter(|form| form.changes && !wanted.yes)?;
    Some(format!("{}: {} Send it?", form.name, form.does))
}

async fn call(cli: &Cli, wanted: &Api, secrets: &environment::Secrets, paths: &Paths) -> Result<Reply, Failure> {
    let Api { service, fields, show_secrets, .. } = wanted;
    let request = Request::Call { service: service.name().to_owned(), fields: fields.clone(), show_secrets: *show_secrets };
    // A running instance uses its own token: a login here could end it (N8).
    match instance::ask(paths, &request).await {
        Ok(reply) => return Ok(reply),
        Err(AskError::Silent) => return Err(Failure::Silent(Texts::system().silent)),
        Err(AskError::NotRunning) => {}
    }
    let config = provision::read(cli.flags(), secrets)?.config;
    let saved = doctor::kept(paths, &config);
    if !saved.settings.has_supervisor() {
        return Ok(Reply::SupervisorOff);
    }
    if config.values.fleet_url.is_some() {
        return Ok(Reply::Called { answer: String::new(), problem: Some(not_through_gateway()) });
    }
    let vault = Vault::keyring(&start::namespace(paths)).map_err(Failure::Vault)?;
    let clock = Arc::new(SystemClock::new());
    let options = ClientOptions {
        zone: config.values.utc_offset.clone(),
        seed: getrandom::u64()?,
        proxy: config.values.proxy.clone(),
        ..ClientOptions::default()
    };
    let client = Client::new(options, {
        let clock = Arc::clone(&clock);
        Arc::new(move || clock.now().wall)
    });
    let account = saved.account.unwrap_or_default();
    let shown = if *show_secrets { Secrets::Shown } else { Secrets::Masked };
    let store = match changes(*service) || *show_secrets {
        true => floor::existing(&paths.data, clock.now().wall).map_err(Failure::Ledger)?,
        false => None,
    };
    let by = floor::user();
    let ledger = store.as_ref().map(|store| Entered { store, by: &by, clock: &*clock });
    let called = call_by_hand((&client, &vault), &account, secrets.accesskey.clone(), (service.name(), fields), shown, ledger).await;
    let Called { answer, problem } = called.map_err(Failure::SignIn)?;
    Ok(Reply::Called { answer, problem })
}

/// The exit status, the answer for standard output, and the remark for standard error.
fn outcome<'a>(reply: &'a Reply, texts: &Texts) -> (u8, &'a str, Option<String>) {
    match reply {
        Reply::Called { answer, problem: Some(Problem { code: ProblemCode::GatewayRefuses, .. }) } => {
            (REFUSED, answer, Some(texts.no_services_by_hand.to_owned()))
        }
        Reply::Called { answer, problem: None } => (DONE, answer, None),
        Reply::Called { answer, problem: Some(problem) } => {
            let status = match problem.code {
                ProblemCode::FateUnknown => NOT_KNOWN,
                // The platform gave a code of its own.
                _ if problem.number.is_some() => REFUSED,
                _ => FAILED,
            };
            (status, answer, Some(problem.to_string()))
        }
        Reply::SupervisorOff => (REFUSED, "", Some(texts.supervisor_off.to_owned())),
        _ => (FAILED, "", Some(texts.silent.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use ringside_domain::Language;

    use super::*;
    use crate::cli::Command;

    fn parsed(arguments: &[&str]) -> Result<Api, clap::Error> {
        let cli = Cli::try_parse_from([&["ringside", "api"], arguments].concat())?;
        match cli.command {
            Some(Command::Api(api)) => Ok(api),
            _ => panic!("expected a call"),
        }
    }

    #[test]
    fn a_service_and_its_fields_are_read_from_the_command_line() {
        let api = parsed(&["GetQueueSipStatus", "queuename=queue-1", "state=a=b"]).unwrap();
        assert_eq!(api.service, Service::GetQueueSipStatus);
        assert_eq!(api.fields, [("queuename", "queue-1"), ("state", "a=b")].map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(!api.yes && !api.show_secrets);
        assert_eq!(parsed(&["App.Sip_Queue.GetQueueList"]).unwrap().service, Service::GetQueueList);
        for wrong in [&["GetQueue"][..], &["Login"], &["GetQueueList", "queuename"], &[]] {
            assert_eq!(parsed(wrong).unwrap_err().exit_code(), 2, "{wrong:?}");
        }
    }

    #[test]
    fn a_field_that_is_unknown_missing_or_given_twice_is_named() {
        let mistake = |arguments: &[&str]| check(&parsed(arguments).unwrap());
        assert_eq!(mistake(&["GetQueueList"]), Ok(()));
        assert_eq!(mistake(&["GetSipnumberInfo", "status=1"]), Ok(()));
        for (arguments, named) in [
            (&["GetQueueList", "queue=1"][..], "queue; it has: queuename"),
            (&["TaskSet", "taskid=1"], "taskstatus"),
            (&["GetQueueList", "queuename=1", "queuename=2"], "queuename"),
            (&["GetQueueList", "token=1"], "token"),
        ] {
            let said = mistake(arguments).unwrap_err();
            assert!(said.contains(named), "{said}");
        }
    }

    #[test]
    fn a_service_that_changes_something_is_asked_about_unless_yes_is_given() {
        let asks = |arguments: &[&str]| question(&parsed(arguments).unwrap()).is_some();
        assert!(asks(&["DelQueue", "queuename=queue-1"]) && asks(&["TaskSet", "taskid=1", "taskstatus=3"]));
        assert!(!asks(&["DelQueue", "queuename=queue-1", "--yes"]) && !asks(&["GetQueueList"]));
    }

    #[test]
    fn the_exit_status_says_whether_the_platform_did_it() {
        let texts = Texts::of(Language::English);
        let status = |problem: Option<Problem>| outcome(&Reply::Called { answer: "{}".into(), problem }, texts).0;
        assert_eq!(status(None), 0);
        assert_eq!(status(Some(Problem::new(ProblemCode::Unreachable, "", true))), 1);
        assert_eq!(status(Some(Problem::new(ProblemCode::QueueUnknown, "", false).numbered(Some(1211)))), 4);
        assert_eq!(status(Some(Problem::new(ProblemCode::FateUnknown, "", false))), 7);
        assert_eq!(outcome(&Reply::SupervisorOff, texts).0, 4);
        let behind_gateway = Reply::Called { answer: String::new(), problem: Some(not_through_gateway()) };
        for (language, means) in [(Language::English, "the supervisor's window"), (Language::Chinese, "班长席窗口")] {
            let (status, _, remark) = outcome(&behind_gateway, Texts::of(language));
            assert!(status == 4 && remark.as_ref().is_some_and(|remark| remark.contains(means)), "{remark:?}");
        }
        assert_eq!(status_of(&Failure::Silent(""), Service::TaskSet), 7, "it may have been sent");
        assert_eq!(status_of(&Failure::Silent(""), Service::GetQueueList), 1);
    }

    #[test]
    fn the_help_names_each_service_with_its_fields() {
        let help = services();
        assert!(help.contains("TaskSet: Opens, pauses or ends a task. taskid taskstatus\n"), "{help}");
        assert!(help.contains("GetQueueList: The queues of the company. [queuename]\n") && !help.contains("Login"), "{help}");
    }
}
