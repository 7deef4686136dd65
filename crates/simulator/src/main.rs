//! `ringside-simulator`: the simulated platform as a program.

use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use ringside_simulator::{CallbackFaultRule, Clock, Encoding, Exercise, FaultRule, IsBLeg, Options, Simulator};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use url::Url;

/// The hosted predictive dialler, simulated: 26 services, callbacks, agents and customers.
///
/// Sign in with appid «demo», accesskey «demo-key», extension 100001, agent number 10, queue-1. Open the printed
/// address in a browser to see what is going on.
#[derive(Parser)]
#[command(name = "ringside-simulator", version)]
struct Flags {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Address to listen on; anything but loopback lets others in
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// The same seed gives the same company and the same chances
    #[arg(long, default_value_t = 3)]
    seed: u64,
    /// How many times as fast as the wall the platform's clock runs
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// How many other agents there are
    #[arg(long, default_value_t = 12)]
    agents: usize,
    /// How many queues there are (queue-1, queue-2, ...)
    #[arg(long, default_value_t = 2)]
    queues: usize,
    /// How many customers' numbers the company calls
    #[arg(long, default_value_t = 160)]
    numbers: usize,
    /// Where callbacks are posted, for example http://127.0.0.1:7780/callbacks/SECRET
    #[arg(long)]
    callback_url: Option<Url>,
    /// How callbacks are written
    #[arg(long, value_enum, default_value_t = EncodingFlag::Json)]
    encoding: EncodingFlag,
    /// Which documented meaning isbleg has
    #[arg(long, value_enum, default_value_t = IsBLegFlag::SideB)]
    isbleg: IsBLegFlag,
    /// An hour with a character of its own: calm, busy, angry or dropping
    #[arg(long, value_parser = exercise, value_name = "NAME")]
    exercise: Option<Exercise>,
    /// How often a callback is tried while it is not answered with 2xx
    #[arg(long, default_value_t = 1)]
    attempts: u32,
    /// Nothing happens by itself: no calls, no other agents' lives
    #[arg(long)]
    still: bool,
    /// Chinese descriptions in the answers
    #[arg(long)]
    chinese: bool,
    /// Numbers as strings, strings as numbers, null and absent fields, by chance
    #[arg(long)]
    drift: bool,
    /// A second login ends the first token
    #[arg(long)]
    one_token: bool,
    /// A failure on demand, SERVICE=FAULT[:VALUE][*TIMES]; may be given several times
    ///
    /// SERVICE is a service's name or its last part, «download», or * for all. FAULT is one of slow:MS, timeout,
    /// reset, lost, http:STATUS, retry-after:STATUS,SECONDS, redirect:URL, html, not-json, truncated, huge:BYTES, trickle:MS, changed, ret:RET, ret-object:RET,
    /// done-but-ret:RET, done-but-http:STATUS, ret-as-text, failed:CODE, empty-data, wrong-types, nulls, byte-order-mark, php-notice,
    /// gbk, lists-as-objects, lists-with-null. Without *TIMES it lasts. For example: GetBill=slow:3000,
    /// SetSeatsStatus=ret:600*1, "*=http:503*5".
    #[arg(long, value_name = "RULE")]
    fault: Vec<FaultRule>,
    /// A callback's failure, KIND=FAULT[:VALUE][*TIMES]; may be given several times
    ///
    /// KIND is ring, answer, hangup, bill, task, or * for all. FAULT is one of drop, repeat:TIMES, twice-at-once,
    /// late:MS, again:MS, shuffle:TOGETHER. For example: ring=late:2000, "*=twice-at-once".
    #[arg(long, value_name = "RULE")]
    callback_fault: Vec<CallbackFaultRule>,
}

#[derive(Clone, Copy, ValueEnum)]
enum EncodingFlag {
    Json,
    Urlencoded,
    Multipart,
}

#[derive(Clone, Copy, ValueEnum)]
enum IsBLegFlag {
    SideB,
    CustomerPhone,
}

impl Flags {
    fn options(&self) -> Options {
        let sized = Options::sized(self.agents, self.queues, self.numbers);
        Options {
            clock: Clock::fast(self.speed),
            seed: self.seed,
            pace: sized.pace.filter(|_| !self.still),
            callback_url: self.callback_url.clone(),
            encoding: match self.encoding {
                EncodingFlag::Json => Encoding::Json,
                EncodingFlag::Urlencoded => Encoding::UrlEncoded,
                EncodingFlag::Multipart => Encoding::Multipart,
            },
            is_b_leg: match self.isbleg {
                IsBLegFlag::SideB => IsBLeg::SideB,
                IsBLegFlag::CustomerPhone => IsBLeg::CustomerPhone,
            },
            callback_attempts: self.attempts,
            chinese: self.chinese,
            drift: self.drift,
            one_token: self.one_token,
            ..sized
        }
    }
}

fn exercise(text: &str) -> Result<Exercise, String> {
    let mut all = Exercise::ALL.into_iter();
    all.find(|exercise| exercise.name() == text).ok_or_else(|| "choose calm, busy, angry or dropping".into())
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(std::io::stdout().is_terminal()).init();
    let flags = Flags::parse();
    match run(flags).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs until Ctrl-C; the error says what failed.
async fn run(flags: Flags) -> Result<(), String> {
    let address = SocketAddr::new(flags.bind, flags.port);
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|error| format!("cannot listen on {address}: {error}; choose another --port"))?;
    let simulator = Simulator::start(listener, flags.options()).map_err(|error| error.to_string())?;
    if flags.exercise.is_some() {
        simulator.practise(flags.exercise);
    }
    for rule in flags.fault {
        simulator.fault(&rule.service, rule.fault, rule.times);
    }
    for rule in flags.callback_fault {
        simulator.callback_fault(rule.kind, rule.fault, rule.times);
    }
    tracing::info!(url = %simulator.url(), "the simulated platform is up; Ctrl-C stops it");
    tokio::signal::ctrl_c().await.map_err(|error| error.to_string())?;
    simulator.stop().await;
    Ok(())
}
