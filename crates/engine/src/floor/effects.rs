//! Carrying out the floor's effects, in their order.

use ringside_domain::{Account, CampaignId, FloorAnswer, FloorChange, FloorRequest, Problem, ProblemCode, RequestId, Sought};
use ringside_floor::{Effect, Errand, Input};
use ringside_platform::{
    PlatformError,
    floor::{carry_out, requests_of},
};

use super::{
    day::{day_of, since_30_days, utc_minutes},
    task::{Core, Desk, Mail},
    turns::Turn,
    worker::ended,
};
use crate::{sign_in::failed, supervise::part_failed};

impl Desk {
    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::WantTurn { id, kind, priority } => self.turns.want(id, kind, priority),
                Effect::DropTurn { id } => self.turns.give_back(id),
                Effect::Ask { id, errand } => self.ask(id, errand),
                Effect::Store { id, changes } => self.store(id, changes),
                Effect::Count { campaigns } => {
                    let at = self.now().wall;
                    let (today, since) = (day_of(&self.core.zone, at), since_30_days(at));
                    self.read("count", move |store| store.counts(&campaigns, today, since).map(Input::Counted));
                }
                Effect::ReadToday { account } => {
                    let at = self.now().wall;
                    let (today, minutes) = (day_of(&self.core.zone, at), utc_minutes(&self.core.zone, at));
                    self.read("day", move |store| {
                        let sums = store.today(&account, today, minutes)?;
                        Ok(Input::Today(account, Box::new(sums)))
                    });
                }
                Effect::ReadElsewhere { account } => {
                    let since = since_30_days(self.now().wall);
                    self.read("elsewhere", move |store| {
                        let calls = store.elsewhere(&account, since)?;
                        Ok(Input::Elsewhere(account, calls))
                    });
                }
                Effect::FindNumbers { campaign, sought } => self.find_numbers(campaign, sought),
                Effect::DropImport { import } => self.drop_import(import),
                Effect::ReadEvidence { campaign } => self.read_evidence(campaign),
                Effect::Show(event) => drop(self.shown.insert(event.topic.clone(), event)),
            }
        }
    }

    fn store(&mut self, id: u64, changes: Vec<FloorChange>) {
        for change in &changes {
            if let FloorChange::Campaign(campaign) = change {
                self.plans.insert(campaign.id, campaign.plan.clone());
                self.core.note(campaign);
            }
        }
        let taken =
            changes.iter().filter_map(|change| if let FloorChange::TakeImport { import, .. } = change { Some(*import) } else { None });
        let taken: Vec<u64> = taken.collect();
        self.storing += 1;
        let stored = self.core.worker.queue(move |store| store.apply(&changes));
        let (core, generation) = (self.core.clone(), self.generation);
        tokio::spawn(async move {
            let outcome = ended(stored.await);
            if outcome.is_ok() {
                taken.into_iter().for_each(|import| core.imports.taken(import));
            }
            core.tell(Mail::Input { generation, input: Input::Stored { id, outcome } });
        });
    }

    /// A reading of the store that fails is wanted again by the floor, at the latest when its tables change.
    fn read(
        &self,
        what: &'static str,
        query: impl FnOnce(&ringside_store::FloorStore) -> Result<Input, ringside_store::StoreError> + Send + 'static,
    ) {
        let read = self.core.worker.queue(query);
        let (core, generation) = (self.core.clone(), self.generation);
        tokio::spawn(async move {
            match ended(read.await) {
                Ok(input) => core.tell(Mail::Input { generation, input }),
                Err(problem) => tracing::warn!(what, %problem, "the floor's tables could not be read"),
            }
        });
    }

    /// An orderly end waits for it as for a transaction.
    fn find_numbers(&mut self, campaign: CampaignId, sought: Sought) {
        self.storing += 1;
        let found = self.core.worker.queue(move |store| store.find_numbers(campaign, &sought));
        let (core, generation) = (self.core.clone(), self.generation);
        tokio::spawn(async move {
            let outcome = ended(found.await);
            core.tell(Mail::Input { generation, input: Input::NumbersFound { campaign, outcome } });
        });
    }

    fn drop_import(&self, import: u64) {
        let imports = self.core.imports.clone();
        tokio::spawn(async move {
            if let Err(problem) = imports.forget(import).await {
                tracing::warn!(%problem, "an import could not be deleted; the next start tries again");
            }
        });
    }

    fn read_evidence(&self, campaign: CampaignId) {
        let at = self.now().wall;
        self.read("evidence", move |store| {
            Ok(Input::Evidence {
                campaign,
                parts: store.evidence(campaign)?,
                preset: store.preset(campaign, at)?,
                endings: store.endings(campaign)?,
            })
        });
    }

    /// Sends the request on a task of its own; its answer comes in any case.
    fn ask(&mut self, id: RequestId, errand: Errand) {
        let (core, generation) = (self.core.clone(), self.generation);
        let answer = move |core: &Core, outcome| {
            core.tell(Mail::Input { generation, input: Input::Answered { id, outcome: Box::new(outcome) } });
        };
        let Some(turn) = self.turns.take(id) else {
            tracing::error!(id = id.0, "a request of the floor has no turn and is not sent");
            return answer(&core, Err(not_sent(ProblemCode::PartFailed)));
        };
        let Some(account) = self.account.clone() else {
            return answer(&core, Err(failed(&PlatformError::NotSignedIn)));
        };
        let plan = if let Errand::SendPart { campaign, .. } = &errand {
            self.sending.insert(id);
            self.plans.get(campaign).cloned()
        } else {
            None
        };
        tokio::spawn(async move {
            let sending = {
                let core = core.clone();
                tokio::spawn(async move {
                    let request = match errand {
                        Errand::Plain(request) => request,
                        Errand::SendPart { campaign, part, task_id } => {
                            let numbers = core.worker.read(move |store| store.part_numbers(campaign, part)).await;
                            let numbers = numbers.map_err(|problem| problem.known_not_done(true))?;
                            if numbers.is_empty() {
                                return Ok(FloorAnswer::Sent { task_id: None, accepted: 0, refused: Vec::new() });
                            }
                            match (task_id, plan) {
                                (Some(task_id), _) => FloorRequest::AddNumbers { task_id, numbers },
                                (None, Some(plan)) => FloorRequest::CreateTask { plan, numbers },
                                (None, None) => return Err(not_sent(ProblemCode::PartFailed)),
                            }
                        }
                    };
                    send(&core, turn, &account, request).await
                })
            };
            // A panic may have come after the request was sent, so this problem does not say that it was not.
            let outcome = sending.await.unwrap_or_else(|error| Err(part_failed("request of the floor", &error)));
            core.session.requests.learn().await;
            answer(&core, outcome);
        });
    }
}

async fn send(core: &Core, turn: Turn, account: &Account, request: FloorRequest) -> Result<FloorAnswer, Problem> {
    let more = requests_of(&request) - 1;
    let outcome = carry_out(&core.client.only_for(account), &core.numbers, request).await;
    turn.end(outcome.as_ref().map(drop).map_err(Clone::clone), more);
    outcome
}

fn not_sent(code: ProblemCode) -> Problem {
    Problem::new(code, "", true).known_not_done(true)
}
