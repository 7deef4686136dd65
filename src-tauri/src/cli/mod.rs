//! The command line. Each provisioning flag can also be given by the environment; the flag wins.

mod archive_flags;
pub mod console;
mod crm_flags;
pub mod doctor;
pub mod export;
pub mod receipt;
pub mod remote;
pub mod verify_archive;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Parser, ValueEnum};
use jiff::{civil::Date, tz::TimeZone};
use ringside_domain::{BreakReason, ExportFormat, Extension, Filter, QueueName, Shortcuts, SignInPolicy, Timestamp, Wish};
use ringside_engine::config::{Given, parse};
use ringside_platform::Zone;
use ringside_store::ChainHash;
use tauri::Url;

use crate::life::{instance::Request, provision::Flags};

/// Ringside, the desktop companion of a call-centre agent.
///
/// The accesskey is never a flag: it is typed in the window, or read once from RINGSIDE_ACCESSKEY, and kept in the keyring.
#[derive(Debug, Parser)]
#[command(name = "ringside", version)]
pub struct Cli {
    /// Tell the running Ringside to switch, print the outcome, and exit: 0 done, 3 not running, 4 refused
    #[arg(long, value_name = "idle|busy|break:NAME", conflicts_with = "show", value_parser = wish)]
    set: Option<Wish>,
    /// Show the running Ringside's window, and exit: 0 done, 3 not running
    #[arg(long)]
    show: bool,
    /// Silence the calls that ring at the running Ringside, and exit: 0 done, 3 not running
    #[arg(long, conflicts_with_all = ["set", "show"])]
    silence: bool,
    /// Start without showing the window, where there is a tray
    #[arg(long)]
    pub hidden: bool,
    /// Run against an embedded platform, with data of its own
    #[arg(long, global = true)]
    pub demo: bool,
    /// Read this configuration file
    #[arg(long, value_name = "FILE", env = "RINGSIDE_CONFIG")]
    config: Option<PathBuf>,
    /// Keep everything in this folder
    #[arg(long, value_name = "DIR", env = "RINGSIDE_DATA_DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    #[command(flatten)]
    provisioning: Provisioning,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Write the calls of all who use the data folder to a file there, print its path, and exit: 0 done, 1 failed
    Export(Export),
    /// Look after the archive of recordings
    Archive {
        #[command(subcommand)]
        task: Archive,
    },
    /// Print the receipt of a day's shift, and exit: 0 done, 1 failed, or the ledger is not sound
    Receipt(Receipt),
    /// Check the setup, say what is wrong and how to cure it, and exit: 0 nothing failed, 1 otherwise
    Doctor(Doctor),
}

#[derive(Debug, clap::Subcommand)]
pub enum Archive {
    /// Check every recording that is kept, name those that are damaged, and exit: 0 all whole, 1 not checked, 5 damaged
    Verify {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
pub struct Doctor {
    /// For machines
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Receipt {
    /// Of this day, such as 2026-01-31 [default: today]
    #[arg(long, value_name = "DAY")]
    pub day: Option<Date>,
    /// Write it to this file, and print the file's path
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<ReceiptCommand>,
}

#[derive(Debug, clap::Subcommand)]
enum ReceiptCommand {
    /// Check the whole ledger, and name the first entry that does not fit: 0 sound, 1 not
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
pub struct Verify {
    /// A last hash that was noted elsewhere, to be looked for in the chain
    #[arg(long, value_name = "HASH")]
    pub noted: Option<ChainHash>,
    /// For machines
    #[arg(long)]
    pub json: bool,
}

impl Receipt {
    pub fn verify(&self) -> Option<&Verify> {
        self.command.as_ref().map(|ReceiptCommand::Verify(verify)| verify)
    }
}

#[derive(Debug, clap::Args)]
pub struct Export {
    /// From the beginning of this day, such as 2026-01-31 [default: the first call]
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// To the end of this day [default: the last call]
    #[arg(long, value_name = "DAY")]
    to: Option<Date>,
    /// A workbook (xlsx), comma-separated values, or one JSON object a line
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Csv,
    Xlsx,
    Jsonl,
}

impl Export {
    /// Days are those of this time zone.
    pub fn filter(&self, zone: &TimeZone) -> Result<Filter, jiff::Error> {
        let begins = |day: Date| day.to_zoned(zone.clone()).map(|at| Timestamp(at.timestamp().as_millisecond()));
        let from = self.from.map(begins).transpose()?;
        let to = self.to.map(|day| day.tomorrow().and_then(begins)).transpose()?;
        Ok(Filter { from, to, ..Filter::default() })
    }

    pub fn format(&self) -> ExportFormat {
        match self.format {
            Format::Csv => ExportFormat::Csv,
            Format::Xlsx => ExportFormat::Xlsx,
            Format::Jsonl => ExportFormat::JsonLines,
        }
    }
}

/// Which breaks there are is known where Ringside runs.
fn wish(text: &str) -> Result<Wish, String> {
    match text.split_once(':') {
        Some(("break", reason)) if !reason.is_empty() => Ok(Wish::Busy { reason: Some(reason.to_owned()) }),
        None if text == "idle" => Ok(Wish::Available),
        None if text == "busy" => Ok(Wish::Busy { reason: None }),
        _ => Err("expected idle, busy, or break: with a reason such as break:Lunch".to_owned()),
    }
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Provisioning (wins over config.toml, but for locked keys)")]
struct Provisioning {
    /// The platform's address
    #[arg(long, env = "RINGSIDE_URL", value_parser = parse::url)]
    url: Option<String>,
    /// The account
    #[arg(long, env = "RINGSIDE_APPID")]
    appid: Option<String>,
    /// The platform's clock: its offset from UTC, or a zone's name such as America/Mexico_City [default: +08:00]
    #[arg(long, value_name = "OFFSET", env = "RINGSIDE_UTC_OFFSET", value_parser = parse::utc_offset, allow_hyphen_values = true)]
    utc_offset: Option<Zone>,
    /// The agent's extension
    #[arg(long, value_name = "NUMBER", env = "RINGSIDE_EXTENSION", value_parser = parse::extension)]
    extension: Option<Extension>,
    /// The agent's number (crmid)
    #[arg(long, value_name = "NUMBER", env = "RINGSIDE_AGENT_ID", value_parser = parse::agent_id)]
    agent_id: Option<String>,
    /// A queue to be signed in to; may be given several times
    #[arg(long = "queue", value_name = "NAME", env = "RINGSIDE_QUEUES", value_delimiter = ',')]
    queues: Option<Vec<String>>,
    /// What to be after signing in to a queue [default: busy]
    #[arg(long, value_name = "STATE", env = "RINGSIDE_AFTER_SIGN_IN")]
    after_sign_in: Option<AfterSignIn>,
    /// A reason to be away, with minutes it may last, such as Lunch=45; may be given several times
    #[arg(long = "break", value_name = "NAME[=MINUTES]", env = "RINGSIDE_BREAKS", value_delimiter = ',', value_parser = parse::break_reason)]
    breaks: Option<Vec<BreakReason>>,
    /// Where callbacks are listened for [default: 127.0.0.1:7780]
    #[arg(long, value_name = "ADDRESS", env = "RINGSIDE_BIND", value_parser = parse::bind)]
    bind: Option<SocketAddr>,
    /// The listener as the platform sees it, through a proxy or a tunnel
    #[arg(long, value_name = "URL", env = "RINGSIDE_PUBLIC_URL", value_parser = parse::public_url)]
    public_url: Option<Url>,
    /// An address or network that may call back; may be given several times [default: any]
    #[arg(long = "allowed-source", value_name = "SOURCE", env = "RINGSIDE_ALLOWED_SOURCES", value_delimiter = ',', value_parser = parse::source)]
    allowed_sources: Option<Vec<String>>,
    /// Keep callbacks for other extensions as they came, with their customers' numbers [default: false]
    #[arg(long, value_name = "BOOL", env = "RINGSIDE_KEEP_FOREIGN")]
    keep_foreign: Option<bool>,
    /// Requests to the platform per second, at most, for polling [default: 1.5]
    #[arg(long, value_name = "NUMBER", env = "RINGSIDE_REQUESTS_PER_SECOND", value_parser = budget)]
    requests_per_second: Option<f64>,
    /// What a call can be said to have come to; may be given several times
    #[arg(long = "disposition", value_name = "NAME", env = "RINGSIDE_DISPOSITIONS", value_delimiter = ',', value_parser = parse::disposition)]
    dispositions: Option<Vec<String>>,
    /// What comes off customers' numbers for comparing them; may be given several times
    #[arg(long = "number-prefix", value_name = "PREFIX", env = "RINGSIDE_NUMBER_PREFIXES", value_delimiter = ',', value_parser = parse::number_prefix)]
    number_prefixes: Option<Vec<String>>,
    #[command(flatten)]
    crm: crm_flags::Crm,
    #[command(flatten)]
    recordings: archive_flags::Recordings,
    /// After-call work where the queue has no time of its own [default: 0]
    #[arg(long, value_name = "SECONDS", env = "RINGSIDE_WRAP_UP_SECONDS", value_parser = wrap_up_seconds)]
    wrap_up_seconds: Option<u32>,
    /// A queue after whose calls a disposition is required, * for all; may be given several times
    #[arg(long = "require-disposition", value_name = "QUEUE", env = "RINGSIDE_REQUIRE_DISPOSITION", value_delimiter = ',')]
    disposition_required: Option<Vec<String>>,
    /// A queue after whose calls a note is required, * for all; may be given several times
    #[arg(long = "require-note", value_name = "QUEUE", env = "RINGSIDE_REQUIRE_NOTE", value_delimiter = ',')]
    note_required: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AfterSignIn {
    Busy,
    Available,
}

fn budget(text: &str) -> Result<f64, String> {
    parse::requests_per_second(text.parse().map_err(|_| "expected a number".to_owned())?)
}

fn wrap_up_seconds(text: &str) -> Result<u32, String> {
    parse::wrap_up_seconds(text.parse().map_err(|_| "expected a number".to_owned())?)
}

impl Cli {
    /// What is asked of the running instance instead of starting one.
    pub fn request(&self) -> Option<Request> {
        match &self.set {
            Some(wish) => Some(Request::Set { wish: wish.clone() }),
            None if self.silence => Some(Request::Silence),
            None => self.show.then_some(Request::Show),
        }
    }

    /// What is wanted instead of a window.
    pub fn wanted(&self) -> Option<&Command> {
        self.command.as_ref()
    }

    /// What flags and environment say of the configuration, apart from secrets.
    pub fn flags(&self) -> Flags {
        Flags { file: self.config.clone(), given: self.given() }
    }

    fn given(&self) -> Given {
        let given = &self.provisioning;
        let named = |queues: &Option<Vec<String>>| queues.as_ref().map(|queues| queues.iter().cloned().map(QueueName).collect());
        Given {
            url: given.url.clone(),
            appid: given.appid.clone(),
            utc_offset: given.utc_offset.clone(),
            extension: given.extension.clone(),
            agent_id: given.agent_id.clone(),
            queues: named(&given.queues),
            after_sign_in: given.after_sign_in.map(|state| match state {
                AfterSignIn::Busy => SignInPolicy::Busy,
                AfterSignIn::Available => SignInPolicy::Available,
            }),
            breaks: given.breaks.clone(),
            bind: given.bind,
            public_url: given.public_url.clone(),
            secret: None,
            allowed_sources: given.allowed_sources.clone(),
            keep_foreign: given.keep_foreign,
            requests_per_second: given.requests_per_second,
            dispositions: given.dispositions.clone(),
            number_prefixes: given.number_prefixes.clone(),
            detailed_log: None,
            crm: given.crm.settings(),
            crm_schemes: given.crm.schemes(),
            recordings: given.recordings.settings(),
            recording_hosts: given.recordings.hosts(),
            shortcuts: Shortcuts::default(),
            wrap_up_seconds: given.wrap_up_seconds,
            disposition_required: named(&given.disposition_required),
            note_required: named(&given.note_required),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_are_checked_as_the_file_is() {
        let given = |arguments: &[&str]| Cli::try_parse_from([&["ringside"], arguments].concat()).map(|cli| cli.given());
        let read = given(&["--url", "https://call.example.com/", "--queue", "a", "--queue", "b", "--utc-offset", "-03:00"]).unwrap();
        assert_eq!(read.url.as_deref(), Some("https://call.example.com/"));
        assert_eq!(read.queues, Some(vec![QueueName("a".into()), QueueName("b".into())]));
        assert_eq!(read.utc_offset.map(|zone| zone.offset_at(ringside_domain::Timestamp(0))), Some(-10_800));
        let breaks = given(&["--break", "Lunch=30", "--break", "Meeting"]).unwrap().breaks.unwrap();
        assert_eq!(
            breaks.iter().map(|each| (each.name.as_str(), each.minutes)).collect::<Vec<_>>(),
            [("Lunch", Some(30)), ("Meeting", None)]
        );
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
        assert!(Cli::try_parse_from(["ringside", "--show", "--silence"]).is_err());
        assert!(Cli::try_parse_from(["ringside", "--show", "--set", "idle"]).is_err());
    }

    #[test]
    fn the_archive_can_be_checked() {
        let is_json = |arguments: &[&str]| match Cli::try_parse_from([&["ringside"], arguments].concat()).unwrap().wanted() {
            Some(Command::Archive { task: Archive::Verify { json } }) => Some(*json),
            _ => None,
        };
        assert_eq!(is_json(&["archive", "verify"]), Some(false));
        assert_eq!(is_json(&["archive", "verify", "--json", "--demo"]), Some(true));
        assert_eq!((is_json(&["export"]), is_json(&[])), (None, None));
        assert!(Cli::try_parse_from(["ringside", "archive"]).is_err());
    }

    #[test]
    fn a_receipt_is_of_a_day_or_checked() {
        let read = |arguments: &[&str]| Cli::try_parse_from([&["ringside", "receipt"], arguments].concat());
        let hash = "0".repeat(64);
        let checked = read(&["verify", "--json", "--noted", &hash]).unwrap();
        let Some(Command::Receipt(receipt)) = checked.wanted() else { panic!("a receipt is wanted") };
        let verify = receipt.verify().unwrap();
        assert!(verify.json && verify.noted == Some(ChainHash::default()));
        let day = read(&["--day", "2026-03-08", "--out", "a.txt", "--demo"]).unwrap();
        assert!(matches!(day.wanted(), Some(Command::Receipt(receipt)) if receipt.verify().is_none()));
        for wrong in [["--day", "yesterday"], ["--day", "2026-02-30"], ["verify", "--noted=12"]] {
            assert!(read(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_export_is_of_whole_days() {
        let cli = Cli::try_parse_from(["ringside", "export", "--from", "2026-03-08", "--to", "2026-03-08", "--format", "jsonl"]).unwrap();
        let Some(Command::Export(wanted)) = cli.wanted() else { panic!("an export is wanted") };
        assert_eq!(wanted.format(), ExportFormat::JsonLines);
        let filter = wanted.filter(&TimeZone::get("America/New_York").unwrap()).unwrap();
        assert_eq!(filter.to.unwrap().since(filter.from.unwrap()).as_secs(), 23 * 3600, "the day the clocks go forward");
        assert!(Cli::try_parse_from(["ringside", "export", "--from", "yesterday"]).is_err());
    }
}
