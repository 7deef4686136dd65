//! The doctor's checks at a desk behind the company's gateway, in the places of those of the platform.

use std::{sync::Arc, time::Duration};

use ringside_domain::{GatewayState, Phone, ProblemCode, QueueName, SeatState, SignInView};
use ringside_fleet::{desk::TimedState, words::Operation};
use ringside_store::Store;
use ringside_vault::Vault;
use tokio::{sync::mpsc, time::timeout};

use super::{Fleet, Means, USUAL, enrolment::Kept};
use crate::{
    Clock,
    config::Config,
    doctor::{About, Check, Finding, clock, examine_host, signed_out},
    log::Reads,
};

/// How long the doctor waits for the connection and for the leader's first state.
const PATIENCE: Duration = Duration::from_secs(12);

/// The checks of [`Handle::examine_platform`](crate::Handle::examine_platform) without a running engine, at a desk behind the company's gateway.
/// `connects`: whether to connect. False while a Ringside runs here, since the gateway would end its connection.
pub async fn examine_gateway(
    config: &Config,
    (vault, store): (&Vault, Store),
    clock: Arc<dyn Clock>,
    connects: bool,
    queues: &[QueueName],
    tell: impl FnMut(Check) + Send,
) {
    let Some(url) = config.values.fleet_url.clone() else { return };
    let kept = Kept::read(&store);
    // Nobody takes what the gateway sends meanwhile: the position in the store stays, so Ringside gets it at its next start.
    let (mail, _inbox) = mpsc::unbounded_channel();
    let (callbacks, _deliveries) = mpsc::channel(1);
    let means = Means {
        url,
        ca: config.values.fleet_ca.clone(),
        code: None,
        host: String::new(),
        version: String::new(),
        vault: vault.clone(),
        reads: Reads::new(store),
        clock,
        mail,
        callbacks,
    };
    let fleet = Fleet::new(means, kept.clone());
    if connects && kept.is_some() {
        fleet.start(None);
    }
    fleet.examine(queues, connects, None, tell).await;
    fleet.disconnect();
}

impl Fleet {
    /// `queues`: those that the agent wants to be in. `connects`: the connection is made, or is being made. `running`: the sign-in of the
    /// running Ringside, if this is it.
    pub async fn examine(&self, queues: &[QueueName], connects: bool, running: Option<&SignInView>, mut tell: impl FnMut(Check) + Send) {
        let kept = self.kept();
        let known = if connects { self.known().await } else { self.0.link.borrow().state };
        let setup = match (known, &kept) {
            (GatewayState::Revoked, _) => Finding::DeskRevoked,
            (GatewayState::NotEnrolled | GatewayState::Enrolling, _) | (_, None) => Finding::NotEnrolled,
            _ => Finding::Enrolled,
        };
        tell(Check::new(About::Setup, setup, kept.as_ref().map(|kept| kept.enrolled.extension.clone()).unwrap_or_default()));
        let url = &self.0.means.url;
        // The connection to the gateway uses no proxy.
        tell(Check::new(About::Proxy, Finding::NoProxy, ""));
        let (mut name, connection) = examine_host(url).await;
        name.about = name.about.behind_gateway();
        let is_connected = connection.finding == Finding::Connected;
        [name, connection].into_iter().for_each(&mut tell);
        let is_up = matches!(known, GatewayState::Reached | GatewayState::NoLeader);
        tell(match url.scheme() {
            "nats" | "ws" => Check::new(About::Tls, Finding::OnThisComputer, ""),
            _ if is_up => Check::new(About::Tls, Finding::Encrypted, ""),
            _ => Check::new(About::Tls, Finding::NeedsOthers, ""),
        });
        let last = self.last_state();
        let trouble = last.as_ref().and_then(|last| last.state.trouble.clone());
        let detail = self.0.link.borrow().problem.as_ref().map(|problem| problem.detail.clone()).unwrap_or_default();
        tell(match (known, trouble) {
            (GatewayState::Reached, Some(trouble)) => Check::new(About::Gateway, Finding::GatewayInTrouble, trouble.detail),
            (GatewayState::Reached, None) => Check::new(About::Gateway, Finding::GatewayAnswers, self.shown()),
            (GatewayState::NoLeader, _) => Check::new(About::Gateway, Finding::NoLeader, detail),
            (GatewayState::Away, _) if is_connected && setup == Finding::Enrolled => {
                Check::new(About::Gateway, Finding::GatewayAway, detail)
            }
            _ => Check::new(About::Gateway, Finding::NeedsOthers, ""),
        });
        tell(clock(self.clock_reading()));
        let login = self.examine_login(kept, known, running).await;
        let is_in = login.finding == Finding::SignedIn;
        tell(login);
        tell(Check::new(About::Extension, Finding::ByGateway, ""));
        tell(last.as_deref().map_or_else(|| Check::new(About::Phone, Finding::NeedsOthers, ""), phone));
        tell(if is_in { self.examine_queues(queues).await } else { Check::new(About::Queues, Finding::NeedsOthers, "") });
    }

    /// The state of the connection, once it is known.
    async fn known(&self) -> GatewayState {
        let mut link = self.0.link.subscribe();
        let known = timeout(PATIENCE, link.wait_for(|link| link.state != GatewayState::Connecting)).await;
        known.ok().and_then(Result::ok).map_or(GatewayState::Away, |link| link.state)
    }

    async fn examine_login(&self, kept: Option<Kept>, known: GatewayState, running: Option<&SignInView>) -> Check {
        if !matches!(known, GatewayState::Reached | GatewayState::NoLeader) {
            return Check::new(About::Login, Finding::NeedsOthers, "");
        }
        if let Some(check) = running.and_then(signed_out) {
            return check;
        }
        match self.say_hello(kept.and_then(|kept| kept.agent)).await {
            Ok(welcome) => Check::new(About::Login, Finding::SignedIn, welcome.company),
            Err(problem) => Check::new(About::Login, Finding::GatewayRefused, problem.to_string()),
        }
    }

    async fn examine_queues(&self, wanted: &[QueueName]) -> Check {
        let found = |finding: Finding, queues: &[&str]| Check::new(About::Queues, finding, queues.join(", "));
        let offered = match self.ask(Operation::ListQueues, USUAL).await {
            Ok(ringside_fleet::words::Done::Queues { queues }) => queues,
            Ok(_) => return Check::new(About::Queues, Finding::QuestionRefused, ""),
            Err(problem) => return Check::new(About::Queues, Finding::QuestionRefused, problem.to_string()),
        };
        let (known, unknown): (Vec<&str>, Vec<&str>) =
            wanted.iter().map(|queue| queue.0.as_str()).partition(|queue| offered.iter().any(|offered| offered.name == *queue));
        if !unknown.is_empty() {
            return found(Finding::QueueUnknown, &unknown);
        }
        if known.is_empty() {
            return found(Finding::NoQueues, &offered.iter().map(|queue| queue.name.as_str()).collect::<Vec<_>>());
        }
        let mut out = Vec::new();
        for queue in known.clone() {
            match self.read_seats(QueueName(queue.to_owned())).await {
                Ok(reading) if reading.seats.iter().any(|seat| seat.state != SeatState::Other(0)) => {}
                Ok(_) => out.push(queue),
                Err(problem) if problem.code == ProblemCode::QueueUnknown => out.push(queue),
                Err(problem) => return Check::new(About::Queues, Finding::QuestionRefused, format!("{queue}: {problem}")),
            }
        }
        if out.is_empty() { found(Finding::InQueues, &known) } else { found(Finding::NotInQueues, &out) }
    }
}

/// The phone, as the last state shows it by itself or in a queue.
fn phone(last: &TimedState) -> Check {
    let by_itself = last.state.phone.as_ref().map(|phone| Phone::from(phone.row.phone));
    let in_queues = last.state.read.iter().filter_map(|read| read.seat.as_ref()).map(|seat| Phone::from(seat.phone));
    let phone = by_itself.into_iter().chain(in_queues).find(|phone| *phone != Phone::Unknown);
    let finding = match phone {
        Some(Phone::Ready) => Finding::PhoneRegistered,
        Some(Phone::NotRegistered) => Finding::PhoneNotRegistered,
        Some(Phone::Disabled) => Finding::ExtensionDisabled,
        Some(Phone::NotFound) => Finding::ExtensionUnknown,
        Some(Phone::Unknown) | None => Finding::ByGateway,
    };
    Check::new(About::Phone, finding, "")
}
