//! Groups of extensions and their members: read while a page shows them, changed member by member.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ringside_domain::{
    ChangeProgress, Extension, FloorAct, FloorAnswer, FloorGroup, FloorRequest, GroupMemberView, GroupsView, MemberChange, MemberOrder,
    Now, Priority, Problem, Target, Topic,
};

use crate::{
    Errand, Floor,
    changes::{Changes, Over},
    desk::{Entry, nobody_signed_in, result_of},
    readings::Reading,
    turns::{Ended, Purpose, Want},
};

const LIST: Duration = Duration::from_secs(60);
const MEMBERS: Duration = Duration::from_secs(10);
const MEMBERS_PER_GROUP: Duration = Duration::from_secs(2);
const URGENT: Duration = Duration::from_secs(2);
const AFTER_CHANGE: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
struct Members {
    reading: Reading,
    members: Vec<GroupMemberView>,
}

#[derive(Debug, Default)]
pub(crate) struct Groups {
    reading: Reading,
    list: Vec<(String, Option<u32>)>,
    members: BTreeMap<String, Members>,
    changes: Changes<(String, Extension), MemberOrder>,
}

impl Groups {
    /// None: the list was not read.
    pub fn has(&self, name: &str) -> Option<bool> {
        self.reading.read_at().map(|_| self.list.iter().any(|(known, _)| known == name))
    }

    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    pub fn members_reading(&self, name: &str) -> Option<&Reading> {
        self.members.get(name).map(|members| &members.reading)
    }

    pub fn members(&self, name: &str) -> &[GroupMemberView] {
        self.members.get(name).map_or(&[], |members| &members.members)
    }

    pub fn read_list_by(&mut self, at: Duration) {
        self.reading.by(at);
    }

    pub fn read_now(&mut self, now: Now) {
        self.reading.now(now);
        self.members.values_mut().for_each(|members| members.reading.now(now));
    }

    pub fn deadline(&self) -> Option<Duration> {
        self.changes.deadline()
    }
}

fn shows(members: &[GroupMemberView], extension: &Extension, order: MemberOrder) -> Option<bool> {
    let member = members.iter().find(|member| member.extension == *extension);
    match order {
        MemberOrder::Add => Some(member.is_some()),
        MemberOrder::Remove => Some(member.is_none()),
        MemberOrder::Idle => member.map(|member| member.busy == Some(false)),
        MemberOrder::Busy => member.map(|member| member.busy == Some(true)),
    }
}

fn word(order: MemberOrder) -> &'static str {
    match order {
        MemberOrder::Add => "memberAdd",
        MemberOrder::Idle => "memberIdle",
        MemberOrder::Busy => "memberBusy",
        MemberOrder::Remove => "memberRemove",
    }
}

fn act(order: MemberOrder) -> FloorAct {
    match order {
        MemberOrder::Add => FloorAct::MemberAdd,
        MemberOrder::Idle => FloorAct::MemberIdle,
        MemberOrder::Busy => FloorAct::MemberBusy,
        MemberOrder::Remove => FloorAct::MemberRemove,
    }
}

impl Floor {
    pub(crate) fn set_members(&mut self, group: &str, extensions: Vec<Extension>, order: MemberOrder, by: &str, now: Now) {
        for extension in extensions {
            let subject = format!("{extension} · {group}");
            self.enter(Entry { by, what: word(order), subject: &subject, result: "", detail: "" }, now.wall);
            let key = (group.to_owned(), extension);
            if self.desk.account().is_some() {
                self.groups.changes.order(key, order, by, now);
            } else {
                self.groups.changes.refuse(key.clone(), order, by, nobody_signed_in(), now);
                self.member_over(Over { key, order, by: by.to_owned(), failure: Some(nobody_signed_in()) }, now);
            }
        }
    }

    /// The groups of the campaigns that a page shows.
    fn groups_of_shown_campaigns(&self) -> BTreeSet<&String> {
        self.shown_targets().filter_map(|target| if let Target::Group(name) = target { Some(name) } else { None }).collect()
    }

    pub(crate) fn group_wants(&self, wants: &mut Vec<Want>) {
        let is_watched = self.watched.contains(&Topic::Groups);
        let of_campaigns = self.groups_of_shown_campaigns();
        if is_watched || !of_campaigns.is_empty() || self.waits_for_group_list() {
            wants.push(Want { purpose: Purpose::Groups, priority: Priority::Seats, due: self.groups.reading.due(LIST) });
        }
        let count = u32::try_from(self.groups.list.len()).unwrap_or(u32::MAX);
        let regular = MEMBERS.max(MEMBERS_PER_GROUP.saturating_mul(count));
        let awaited: BTreeSet<&String> = self.groups.changes.unconfirmed().map(|((group, _), _)| group).collect();
        let listed = self.groups.list.iter().map(|(name, _)| name).filter(|name| is_watched || of_campaigns.contains(name));
        let mut add = |name: &String, interval, priority| {
            let due = self.groups.members.get(name).map_or(Duration::ZERO, |members| members.reading.due(interval));
            wants.push(Want { purpose: Purpose::Members(name.clone()), priority, due });
        };
        listed.filter(|name| !awaited.contains(name)).for_each(|name| add(name, regular, Priority::Seats));
        awaited.iter().for_each(|name| add(name, URGENT, Priority::Person));
        wants.extend(self.groups.changes.to_send().map(|((group, extension), due)| Want {
            purpose: Purpose::Member(group.clone(), extension.clone()),
            priority: Priority::Person,
            due,
        }));
    }

    pub(crate) fn member_turned(&mut self, group: &str, extension: &Extension) -> Option<Errand> {
        let order = self.groups.changes.turned(&(group.to_owned(), extension.clone()))?;
        Some(Errand::Plain(FloorRequest::SetMember { group: group.to_owned(), extension: extension.clone(), order }))
    }

    pub(crate) fn member_answered(&mut self, group: String, extension: Extension, outcome: Result<FloorAnswer, Problem>, now: Now) {
        let unit = self.desk.unit();
        let key = (group, extension);
        let repeats = self.groups.changes.progress(&key).is_some_and(|(order, ..)| matches!(order, MemberOrder::Idle | MemberOrder::Busy));
        if let Some(over) = self.groups.changes.answered(&key, outcome.err(), repeats, unit, now) {
            self.member_over(over, now);
        }
        self.groups.members.entry(key.0).or_default().reading.by(now.mono + AFTER_CHANGE);
    }

    pub(crate) fn groups_answered(&mut self, ended: &Ended, outcome: Result<FloorAnswer, Problem>, now: Now) {
        let unit = self.desk.unit();
        match outcome {
            Ok(FloorAnswer::Groups(list)) => {
                self.groups.reading.succeeded(ended.asked_at, unit, now);
                let known: BTreeSet<&String> = list.iter().map(|(name, _)| name).collect();
                self.groups.members.retain(|name, _| known.contains(name));
                self.groups.list = list;
                self.orders_read_groups(ended.asked_at, now);
            }
            Ok(_) => {}
            Err(problem) => self.groups.reading.failed(problem, unit, now),
        }
    }

    pub(crate) fn members_answered(&mut self, name: &str, ended: &Ended, outcome: Result<FloorAnswer, Problem>, now: Now) {
        let unit = self.desk.unit();
        let known = self.groups.members.entry(name.to_owned()).or_default();
        match outcome {
            Ok(FloorAnswer::Members { members, .. }) => {
                known.reading.succeeded(ended.asked_at, unit, now);
                known.members = members;
                let members = &known.members;
                let shows = |(group, extension): &(String, Extension), order: &MemberOrder| {
                    (group == name).then(|| shows(members, extension, *order)).flatten()
                };
                for over in self.groups.changes.read(ended.asked_at, shows, now) {
                    self.member_over(over, now);
                }
            }
            Ok(_) => {}
            Err(problem) => known.reading.failed(problem, unit, now),
        }
    }

    pub(crate) fn settle_groups(&mut self, now: Now) {
        for over in self.groups.changes.settle(now) {
            self.member_over(over, now);
        }
    }

    pub(crate) fn leave_groups(&mut self, now: Now) {
        for over in self.groups.changes.leave(&nobody_signed_in(), now) {
            self.member_over(over, now);
        }
    }

    fn member_over(&mut self, over: Over<(String, Extension), MemberOrder>, now: Now) {
        let (group, extension) = &over.key;
        let subject = format!("{extension} · {group}");
        let (result, detail) = result_of(over.failure.as_ref());
        self.enter(Entry { by: &over.by, what: word(over.order), subject: &subject, result, detail: &detail }, now.wall);
        let members = self.groups.members.get(group);
        let has_row = members.is_some_and(|members| members.members.iter().any(|member| member.extension == *extension));
        if let Some(problem) = over.failure.filter(|_| !has_row) {
            self.desk.notify(act(over.order), &subject, ChangeProgress::Failed { problem }, now.wall);
        }
    }

    pub(crate) fn groups_view(&self) -> GroupsView {
        let change = |name: &str, extension: &Extension| {
            let (order, since, progress) = self.groups.changes.progress(&(name.to_owned(), extension.clone()))?;
            Some(MemberChange { order: *order, since, progress })
        };
        let view = |(name, code): &(String, Option<u32>)| {
            let known = self.groups.members.get(name);
            let members = known.map_or(&[][..], |known| &known.members);
            FloorGroup {
                name: name.clone(),
                code: *code,
                read_at: known.and_then(|known| known.reading.read_at()),
                problem: known.and_then(|known| known.reading.problem()),
                members: members
                    .iter()
                    .map(|member| GroupMemberView { change: change(name, &member.extension), ..member.clone() })
                    .collect(),
            }
        };
        GroupsView {
            read_at: self.groups.reading.read_at(),
            problem: self.groups.reading.problem(),
            groups: self.groups.list.iter().map(view).collect(),
        }
    }
}
