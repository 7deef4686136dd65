//! A model of the platform: tasks, queues with agents, groups.

use std::collections::BTreeMap;

use ringside_domain::*;

#[derive(Clone, Debug)]
pub struct Task {
    pub state: Running,
    pub numbers: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Platform {
    pub tasks: BTreeMap<String, Task>,
    /// Each number with the number of requests that it was accepted from.
    pub accepted: BTreeMap<String, u32>,
    pub queues: BTreeMap<QueueName, (QueueSettings, Vec<FloorAgent>)>,
    pub groups: BTreeMap<String, Vec<GroupMemberView>>,
    pub bills: Vec<Dialled>,
    pub extensions: Vec<FloorExtension>,
    /// These queues have no predictive dialling.
    pub no_dialler: Vec<QueueName>,
    next: u64,
}

pub fn refused(number: u32) -> Problem {
    Problem::new(ProblemCode::Refused, "", false).numbered(Some(number)).known_not_done(true)
}

pub fn unreachable() -> Problem {
    Problem::new(ProblemCode::Unreachable, "", true).known_not_done(true)
}

pub fn unknown() -> Problem {
    Problem::new(ProblemCode::FateUnknown, "", true)
}

pub fn agent(extension: &str, state: SeatState) -> FloorAgent {
    FloorAgent {
        extension: Extension(extension.into()),
        name: String::new(),
        agent_id: format!("5{extension}"),
        phone: Phone::Ready,
        state,
        since: None,
        answered: 0,
        missed: 0,
        last_answer_at: None,
        change: None,
    }
}

impl Platform {
    /// TaskCreat (None) or TaskAdd. Numbers that end with 9 are refused.
    pub fn send(&mut self, task_id: Option<String>, phones: &[String]) -> Result<FloorAnswer, Problem> {
        if phones.is_empty() {
            return Ok(FloorAnswer::Sent { task_id: None, accepted: 0, refused: Vec::new() });
        }
        let id = match task_id {
            Some(id) => {
                let task = self.tasks.get(&id).ok_or_else(|| refused(1024))?;
                if task.state == Running::Over {
                    return Err(refused(1028));
                }
                id
            }
            None => {
                self.next += 1;
                let id = format!("t{}", self.next);
                self.tasks.insert(id.clone(), Task { state: Running::Open, numbers: Vec::new() });
                id
            }
        };
        let (bad, good): (Vec<String>, Vec<String>) = phones.iter().cloned().partition(|phone| phone.ends_with('9'));
        for phone in &good {
            *self.accepted.entry(phone.clone()).or_default() += 1;
        }
        let accepted = good.len() as u32;
        self.tasks.get_mut(&id).unwrap().numbers.extend(good);
        Ok(FloorAnswer::Sent { task_id: Some(id), accepted, refused: bad })
    }

    pub fn carry_out(&mut self, request: &FloorRequest) -> Result<FloorAnswer, Problem> {
        match request.clone() {
            FloorRequest::CreateTask { .. } | FloorRequest::AddNumbers { .. } => unreachable!("the engine sends parts"),
            FloorRequest::SetTask { task_id, state } => {
                let task = self.tasks.get_mut(&task_id).ok_or_else(|| refused(1024))?;
                if task.state == Running::Over && state != Running::Over {
                    return Err(refused(1028));
                }
                task.state = state;
            }
            // As the engine does (N16).
            FloorRequest::RemoveNumbers { phones, .. } if phones.len() > 10_000 => {
                return Err(Problem::new(ProblemCode::BadRequest, "", false).known_not_done(true));
            }
            FloorRequest::RemoveNumbers { task_id, phones } => {
                let task = self.tasks.get_mut(&task_id).ok_or_else(|| refused(1024))?;
                let before = task.numbers.len();
                task.numbers.retain(|number| !phones.contains(number));
                if task.numbers.len() == before {
                    return Err(refused(1020));
                }
            }
            FloorRequest::ReadQueues => {
                let read = |(name, (settings, _)): (&QueueName, &(QueueSettings, Vec<FloorAgent>))| QueueRead {
                    name: name.clone(),
                    settings: settings.clone(),
                    announcement: None,
                    dialler: if self.no_dialler.contains(name) { DiallerState::Unavailable } else { DiallerState::Idle },
                };
                return Ok(FloorAnswer::Queues(self.queues.iter().map(read).collect()));
            }
            FloorRequest::ReadSeats { queue } => {
                let (_, agents) = self.queues.get(&queue).ok_or_else(|| refused(1211))?;
                return Ok(FloorAnswer::Seats { queue, agents: agents.clone() });
            }
            FloorRequest::AddQueue { name, remark, .. } => {
                self.queues.insert(name, (QueueSettings { remark, ..QueueSettings::default() }, Vec::new()));
            }
            FloorRequest::EditQueue { name, settings } => self.queues.get_mut(&name).ok_or_else(|| refused(1211))?.0 = settings,
            FloorRequest::DeleteQueue { name } => {
                self.queues.remove(&name).ok_or_else(|| refused(1211))?;
            }
            FloorRequest::SetSeat { seat, order } => {
                let (_, agents) = self.queues.get_mut(&seat.queue).ok_or_else(|| refused(1211))?;
                // The platform changes no seat without the agent's own number.
                if seat.agent_id != format!("5{}", seat.extension) {
                    return Err(refused(1002));
                }
                let row = agents.iter().position(|row| row.extension == seat.extension);
                match (row, order) {
                    (Some(row), SeatOrder::Busy) => agents[row].state = SeatState::Paused,
                    (Some(row), SeatOrder::Available) => agents[row].state = SeatState::Waiting,
                    (Some(row), SeatOrder::SignOut) => drop(agents.remove(row)),
                    (None, SeatOrder::SignIn) => agents.push(agent(&seat.extension.0, SeatState::Waiting)),
                    _ => return Err(refused(1012)),
                }
            }
            FloorRequest::ReadGroups => return Ok(FloorAnswer::Groups(self.groups.keys().map(|name| (name.clone(), None)).collect())),
            FloorRequest::ReadMembers { group } => {
                let members = self.groups.get(&group).cloned().ok_or_else(|| refused(1003))?;
                return Ok(FloorAnswer::Members { group, members });
            }
            FloorRequest::AddGroup { name } => drop(self.groups.insert(name, Vec::new())),
            FloorRequest::SetMember { group, extension, order } => {
                let members = self.groups.get_mut(&group).ok_or_else(|| refused(1003))?;
                members.retain(|member| member.extension != extension || order != MemberOrder::Remove);
                if order == MemberOrder::Add {
                    members.push(GroupMemberView { extension, busy: Some(false), call: String::new(), change: None });
                } else if let Some(member) = members.iter_mut().find(|member| member.extension == extension) {
                    member.busy = Some(order == MemberOrder::Busy);
                }
            }
            FloorRequest::ReadExtensions => {
                return Ok(FloorAnswer::Extensions { extensions: self.extensions.clone(), untold: Vec::new() });
            }
            FloorRequest::ReadDialled { from, to, page } => {
                let within: Vec<&Dialled> = self.bills.iter().filter(|bill| bill.began_at >= from && bill.began_at < to).collect();
                let calls: Vec<Dialled> = within.iter().skip((page as usize - 1) * 1000).take(1000).map(|bill| (*bill).clone()).collect();
                return Ok(FloorAnswer::Dialled { total: within.len() as u32, rows: calls.len() as u32, calls, reached: Vec::new() });
            }
        }
        Ok(FloorAnswer::Done)
    }
}
