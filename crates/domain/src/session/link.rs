//! The link to a recording: requested on demand, valid for five minutes (N13). A recording without a name has its address in the bill (P7).

use std::time::Duration;

use secrecy::SecretString;

use super::{Purpose, Session};
use crate::{CallId, Effect, FoundRecording, LINKED, LinkAnswer, LinkState, LinkView, Now, Problem, ProblemCode, Request, Timestamp};

/// How long the address from a bill is offered. Its validity is not documented; it is treated like a link of the platform.
const AT_HAND: Duration = Duration::from_secs(5 * 60);

#[derive(Debug)]
pub(super) struct RecordingLink {
    call: CallId,
    state: State,
}

#[derive(Debug)]
enum State {
    Asking,
    Ready { url: SecretString, expires_at: Timestamp, dies: Duration },
    Expired,
    Failed(Problem),
}

impl RecordingLink {
    pub fn deadline(&self) -> Option<Duration> {
        match &self.state {
            State::Ready { dies, .. } => Some(*dies),
            _ => None,
        }
    }

    pub fn settle(&mut self, now: Now) {
        if self.deadline().is_some_and(|dies| dies <= now.mono) {
            self.state = State::Expired;
        }
    }

    pub fn view(&self) -> LinkView {
        let state = match &self.state {
            State::Asking => LinkState::Asking,
            State::Ready { expires_at, .. } => LinkState::Ready { expires_at: *expires_at },
            State::Expired => LinkState::Expired,
            State::Failed(problem) => LinkState::Failed { problem: problem.clone() },
        };
        LinkView { call: self.call, state }
    }
}

impl Session {
    /// The URL of this call's recording while it is valid. It is for the shell, which opens or copies it; the webview never gets it.
    pub fn recording_link(&self, call: CallId) -> Option<SecretString> {
        match &self.link {
            Some(RecordingLink { call: of, state: State::Ready { url, .. } }) if *of == call => Some(url.clone()),
            _ => None,
        }
    }

    pub(super) fn fetch_link(&mut self, call: CallId, now: Now, out: &mut Vec<Effect>) {
        if self.link.as_ref().is_some_and(|link| link.call == call && matches!(link.state, State::Asking)) {
            return;
        }
        self.link = Some(RecordingLink { call, state: State::Asking });
        match self.calls.recording_of(call) {
            Some(file) if file != LINKED => self.ask(Request::FetchLink { file }, Purpose::Link(call), now, out),
            _ => out.push(Effect::FindRecording { call }),
        }
    }

    pub(super) fn recording_found(
        &mut self,
        call: CallId,
        found: Result<Option<FoundRecording>, Problem>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let Some(link) = self.link.as_mut().filter(|link| link.call == call && matches!(link.state, State::Asking)) else { return };
        match found {
            Ok(Some(FoundRecording::Address(url))) => {
                let answer = LinkAnswer { url, expires_at: now.wall.plus(AT_HAND) };
                self.link_answered(call, Ok(answer), now);
            }
            Ok(Some(FoundRecording::Name(file))) => self.ask(Request::FetchLink { file }, Purpose::Link(call), now, out),
            Ok(None) => link.state = State::Failed(Problem::new(ProblemCode::RecordingMissing, "", false)),
            Err(problem) => link.state = State::Failed(problem),
        }
    }

    pub(super) fn link_answered(&mut self, call: CallId, answer: Result<LinkAnswer, Problem>, now: Now) {
        // The link of another call may have been asked for since.
        let Some(link) = self.link.as_mut().filter(|link| link.call == call) else { return };
        link.state = match answer {
            Ok(LinkAnswer { url, expires_at }) => State::Ready { url, expires_at, dies: now.mono + expires_at.since(now.wall) },
            Err(problem) => State::Failed(problem),
        };
        link.settle(now);
    }
}
