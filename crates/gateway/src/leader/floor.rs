//! Carries out the requests of the supervisors' desks.

use std::time::Duration;

use ringside_domain::{Extension, FloorAnswer, FloorRequest, NumberRules};
use ringside_fleet::words::{DeskId, Done, ErrorCode, Operation, Refusal, Secret};
use ringside_platform::floor;
use secrecy::ExposeSecret;

use super::{Leader, budget::Class, open::Outcome, shared_readings::Reading};

impl Leader {
    pub(super) async fn floor(&self, desk: &DeskId, until: Duration, request: FloorRequest, prefixes: Vec<String>) -> Outcome {
        floor::check_count(&request).map_err(Refusal::from)?;
        let operation = Operation::Floor { request, prefixes };
        let is_reading = operation.is_reading_of_floor();
        let name = if is_reading { serde_json::to_string(&operation).ok() } else { None };
        let Operation::Floor { request, prefixes } = operation else { return Ok(Done::Done) };
        let numbers = NumberRules { prefixes };
        if let Some(name) = name {
            let read = || self.read_for_floor(until, &numbers, request);
            let Reading { answer, asked_at } = self.shared.of(name, self.clock.mono(), read).await?;
            let age = self.clock.mono().saturating_sub(asked_at);
            return Ok(Done::Floor { answer, age_ms: u64::try_from(age.as_millis()).unwrap_or(u64::MAX) });
        }
        let class = class_of(&request);
        let changes_seats = matches!(request, FloorRequest::SetSeat { .. });
        let answer = self.in_time_as(class, until, |client| async move { floor::ask(&client, &numbers, request).await }).await;
        // Also if it failed: it may have been carried out.
        if changes_seats {
            self.seat_changed();
        } else {
            self.shared.changed();
        }
        let answer = answer?;
        if let FloorAnswer::Sent { task_id: Some(task_id), .. } = &answer {
            self.task_was_made(desk, task_id).await;
        }
        Ok(Done::Floor { answer, age_ms: 0 })
    }

    async fn read_for_floor(&self, until: Duration, numbers: &NumberRules, request: FloorRequest) -> Result<Reading, Refusal> {
        let class = class_of(&request);
        // A reading of several requests takes as many turns: those of the others first.
        for _ in 1..floor::services_of(&request).len() {
            let left = until.saturating_sub(self.clock.mono());
            // Without a turn, the reading itself is refused below.
            let _ = tokio::time::timeout(left, self.turns.come(&self.lead, class)).await;
        }
        let mut asked_at = self.clock.mono();
        let answer = self
            .in_time_as(class, until, |client| {
                let (clock, asked_at) = (self.clock, &mut asked_at);
                async move {
                    *asked_at = clock.mono();
                    floor::ask(&client, numbers, request).await
                }
            })
            .await?;
        Ok(Reading { answer, asked_at })
    }

    pub(super) async fn password(&self, until: Duration, extension: Extension) -> Outcome {
        let asked = extension.clone();
        let found = self.in_time_as(Class::Person, until, |client| async move { floor::password(&client, &asked).await }).await?;
        let password = found.ok_or_else(|| Refusal::new(ErrorCode::ExtensionUnknown, extension.0, false))?;
        Ok(Done::Password { password: Secret(password.expose_secret().to_owned()) })
    }
}

/// A person waits for what changes something, except for the later numbers of a campaign: they must delay no agent.
fn class_of(request: &FloorRequest) -> Class {
    match request {
        FloorRequest::ReadDialled { .. } => Class::Past,
        FloorRequest::AddNumbers { .. }
        | FloorRequest::ReadQueues
        | FloorRequest::ReadSeats { .. }
        | FloorRequest::ReadGroups
        | FloorRequest::ReadMembers { .. }
        | FloorRequest::ReadExtensions => Class::Regular,
        _ => Class::Person,
    }
}

#[cfg(test)]
mod tests {
    use ringside_domain::{
        CampaignLimits, CampaignPlan, MemberOrder, QueueName, QueueSettings, Running, SeatId, SeatOrder, Target, Timestamp,
    };
    use ringside_platform::Repeat;

    use super::*;

    fn seat(order: SeatOrder) -> FloorRequest {
        let seat = SeatId { queue: QueueName("A".into()), extension: Extension("7001".into()), agent_id: "10".into() };
        FloorRequest::SetSeat { seat, order }
    }

    fn member(order: MemberOrder) -> FloorRequest {
        FloorRequest::SetMember { group: "g".into(), extension: Extension("7001".into()), order }
    }

    /// One request of each kind.
    fn requests() -> Vec<FloorRequest> {
        let (queue, settings) = (QueueName("A".into()), QueueSettings::default());
        let plan = CampaignPlan {
            name: String::new(),
            target: Target::Queue(queue.clone()),
            agents: 1,
            calls: 1,
            display_numbers: Vec::new(),
            limits: CampaignLimits::default(),
        };
        let mut requests = vec![
            FloorRequest::CreateTask { plan, numbers: Vec::new() },
            FloorRequest::AddNumbers { task_id: "1".into(), numbers: Vec::new() },
            FloorRequest::RemoveNumbers { task_id: "1".into(), phones: Vec::new() },
            FloorRequest::SetTask { task_id: "1".into(), state: Running::Paused },
            FloorRequest::ReadQueues,
            FloorRequest::ReadSeats { queue: queue.clone() },
            FloorRequest::AddQueue { name: queue.clone(), remark: String::new(), dials: true, settings: settings.clone() },
            FloorRequest::EditQueue { name: queue.clone(), settings },
            FloorRequest::DeleteQueue { name: queue },
            FloorRequest::ReadGroups,
            FloorRequest::ReadMembers { group: "g".into() },
            FloorRequest::AddGroup { name: "g".into() },
            FloorRequest::ReadExtensions,
            FloorRequest::ReadDialled { from: Timestamp(1), to: Timestamp(2), page: 1 },
        ];
        requests.extend([SeatOrder::Busy, SeatOrder::Available, SeatOrder::SignIn, SeatOrder::SignOut].map(seat));
        requests.extend([MemberOrder::Add, MemberOrder::Idle, MemberOrder::Busy, MemberOrder::Remove].map(member));
        requests
    }

    #[test]
    fn a6_a_request_is_journalled_if_and_only_if_its_service_must_not_be_asked_twice() {
        for request in requests() {
            let unless_sent = floor::services_of(&request).iter().any(|service| service.repeat() == Repeat::UnlessSent);
            let operation = Operation::Floor { request, prefixes: Vec::new() };
            assert_eq!(operation.must_not_repeat(), unless_sent, "{operation:?}");
        }
    }

    #[test]
    fn readings_and_later_numbers_give_way_and_what_a_person_waits_for_does_not() {
        for request in requests() {
            let class = class_of(&request);
            let operation = Operation::Floor { request, prefixes: Vec::new() };
            let gives_way =
                operation.is_reading_of_floor() || matches!(&operation, Operation::Floor { request: FloorRequest::AddNumbers { .. }, .. });
            assert_eq!(class > Class::Person, gives_way, "{operation:?}");
        }
    }
}
