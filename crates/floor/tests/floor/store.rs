//! A model of the store: it applies the floor's changes as the real one does.

use std::collections::BTreeMap;

use ringside_domain::*;

/// The model's parts are small, so that few numbers make several.
pub const PART: usize = 3;

#[derive(Clone, Debug)]
pub struct Row {
    pub part: u32,
    pub phone: String,
    pub fate: NumberFate,
}

#[derive(Clone, Debug, Default)]
pub struct Store {
    pub campaigns: BTreeMap<CampaignId, Campaign>,
    pub parts: BTreeMap<CampaignId, Vec<CampaignPart>>,
    pub rows: BTreeMap<CampaignId, Vec<Row>>,
    pub imports: BTreeMap<u64, Vec<String>>,
    pub ledger: Vec<FloorEntry>,
    pub do_not_call: Vec<String>,
    pub dialled: BTreeMap<String, Dialled>,
    pub dialled_until: Option<Timestamp>,
    pub reached: Vec<ReachedOtherwise>,
    pub elsewhere: Vec<(Account, ElsewhereTask)>,
    /// What is stored of the calls of other accounts than `acme`.
    pub others_until: Vec<(Account, Timestamp)>,
    pub others_dialled: Vec<(Account, Dialled)>,
    pub others_reached: Vec<(Account, ReachedOtherwise)>,
    pub breaks: Vec<StoredTeamBreak>,
    pub called_enough: Vec<String>,
    /// The days for which attempts were checked.
    pub days_checked: Vec<Timestamp>,
    pub removals: BTreeMap<u64, StoredRemoval>,
}

impl Store {
    pub fn apply(&mut self, changes: &[FloorChange]) -> Vec<CampaignPart> {
        let mut made = Vec::new();
        for change in changes {
            match change.clone() {
                FloorChange::Campaign(campaign) => {
                    self.campaigns.insert(campaign.id, *campaign);
                }
                FloorChange::TakeImport { import, campaign } => {
                    let phones = self.imports.remove(&import).unwrap();
                    let parts = self.parts.entry(campaign).or_default();
                    for phones in phones.chunks(PART) {
                        let part = CampaignPart { number: parts.len() as u32, count: phones.len() as u32, state: PartState::Waiting };
                        let row = |phone: &String| Row { part: part.number, phone: phone.clone(), fate: NumberFate::Waiting };
                        self.rows.entry(campaign).or_default().extend(phones.iter().map(row));
                        parts.push(part.clone());
                        made.push(part);
                    }
                }
                FloorChange::Part { campaign, part, state, refused } => {
                    let is_sent = matches!(state, PartState::Sending { .. });
                    self.set_part(campaign, part, state, &refused);
                    if is_sent {
                        self.keep_out(campaign, |other| other.number == part);
                    }
                }
                FloorChange::CheckAttempts { campaign, part, today, .. } => {
                    // The model knows no calls of numbers: a test says which were called often enough.
                    self.days_checked.push(today);
                    let refused = &self.called_enough;
                    let rows = self.rows.entry(campaign).or_default().iter_mut();
                    let waits = |row: &&mut Row| row.part == part && row.fate == NumberFate::Waiting && refused.contains(&row.phone);
                    rows.filter(waits).for_each(|row| row.fate = NumberFate::Refused);
                }
                FloorChange::RemoveNumbers { campaign, phones } => {
                    let rows = self.rows.entry(campaign).or_default();
                    rows.iter_mut().filter(|row| phones.contains(&row.phone)).for_each(|row| row.fate = NumberFate::Removed);
                }
                FloorChange::Removal(removal) => drop(self.removals.insert(removal.id, removal)),
                FloorChange::RemovalOver { id } => drop(self.removals.remove(&id)),
                FloorChange::Dialled { account, calls } if account.appid == "acme" => {
                    self.dialled.extend(calls.into_iter().map(|call| (call.key.clone(), call)))
                }
                FloorChange::Dialled { account, calls } => {
                    self.others_dialled.extend(calls.into_iter().map(|call| (account.clone(), call)))
                }
                FloorChange::Reached { account, customers } if account.appid == "acme" => self.reached.extend(customers),
                FloorChange::Reached { account, customers } => {
                    self.others_reached.extend(customers.into_iter().map(|customer| (account.clone(), customer)))
                }
                FloorChange::ElsewhereTask { account, task } => {
                    self.elsewhere.retain(|(other, known)| *other != account || known.task_id != task.task_id);
                    self.elsewhere.insert(0, (account, task));
                }
                FloorChange::DialledUntil { account, until } if account.appid == "acme" => self.dialled_until = Some(until),
                FloorChange::DialledUntil { account, until } => {
                    self.others_until.retain(|(other, _)| *other != account);
                    self.others_until.push((account, until));
                }
                FloorChange::AddDoNotCall(entries) => {
                    self.do_not_call.extend(entries.into_iter().map(|entry| entry.phone));
                    let open: Vec<CampaignId> = self.open().collect();
                    let rests = |part: &CampaignPart| !matches!(part.state, PartState::Sending { .. });
                    open.into_iter().for_each(|campaign| self.keep_out(campaign, rests));
                }
                FloorChange::RemoveDoNotCall(phones) => self.do_not_call.retain(|phone| !phones.contains(phone)),
                FloorChange::TeamBreak(stored) => {
                    self.breaks.retain(|other| other.queue != stored.queue || other.account != stored.account);
                    self.breaks.push(*stored);
                }
                FloorChange::TeamBreakOver { account, queue } => {
                    self.breaks.retain(|other| other.queue != queue || other.account != account);
                }
                FloorChange::Enter(entry) => self.ledger.push(entry),
            }
        }
        made
    }

    fn set_part(&mut self, campaign: CampaignId, number: u32, state: PartState, refused: &[String]) {
        for row in self.rows.entry(campaign).or_default().iter_mut().filter(|row| row.part == number && row.fate != NumberFate::Removed) {
            row.fate = match &state {
                PartState::Taken { .. } if refused.contains(&row.phone) || row.fate == NumberFate::Refused => NumberFate::Refused,
                PartState::Taken { .. } => NumberFate::Taken,
                PartState::Unknown { .. } => NumberFate::Unknown,
                PartState::GivenUp { .. } if row.fate == NumberFate::Waiting => NumberFate::Removed,
                PartState::GivenUp { .. } => row.fate,
                _ if row.fate == NumberFate::Unknown => NumberFate::Waiting,
                _ => row.fate,
            };
        }
        let parts = self.parts.entry(campaign).or_default();
        parts.iter_mut().find(|part| part.number == number).unwrap().state = state;
    }

    fn open(&self) -> impl Iterator<Item = CampaignId> {
        self.campaigns
            .values()
            .filter(|campaign| campaign.wanted() != Running::Over && campaign.removed_at.is_none())
            .map(|campaign| campaign.id)
    }

    /// Numbers on the do-not-call list that wait in these parts are removed.
    fn keep_out(&mut self, campaign: CampaignId, is_meant: impl Fn(&CampaignPart) -> bool) {
        let meant: Vec<u32> =
            self.parts.entry(campaign).or_default().iter().filter(|part| is_meant(part)).map(|part| part.number).collect();
        let (listed, rows) = (&self.do_not_call, self.rows.entry(campaign).or_default());
        let waits = |row: &&mut Row| meant.contains(&row.part) && row.fate == NumberFate::Waiting && listed.contains(&row.phone);
        rows.iter_mut().filter(waits).for_each(|row| row.fate = NumberFate::Removed);
    }

    /// Dashes and spaces make no difference.
    pub fn find(&self, campaign: CampaignId, sought: &Sought) -> FoundNumbers {
        let rows = self.rows.get(&campaign).map_or(&[][..], |rows| rows);
        let mut numbers = FoundNumbers::default();
        match sought {
            Sought::Typed(phones) => {
                for phone in phones.iter().map(|phone| phone.replace(['-', ' '], "")) {
                    match rows.iter().find(|row| row.phone == phone) {
                        Some(row) => numbers.found.push((row.phone.clone(), row.fate)),
                        None => numbers.missing += 1,
                    }
                }
            }
            Sought::Listed => {
                let sends = |row: &Row| {
                    self.parts[&campaign].iter().any(|part| part.number == row.part && matches!(part.state, PartState::Sending { .. }))
                };
                let may_be_there = |row: &&Row| match row.fate {
                    NumberFate::Taken | NumberFate::Unknown => true,
                    NumberFate::Waiting => sends(row),
                    _ => false,
                };
                let listed = rows.iter().filter(may_be_there).filter(|row| self.do_not_call.contains(&row.phone));
                numbers.found = listed.map(|row| (row.phone.clone(), row.fate)).collect();
            }
        }
        numbers
    }

    /// The numbers that the engine sends with a part.
    pub fn waiting(&self, campaign: CampaignId, part: u32) -> Vec<String> {
        let rows = self.rows.get(&campaign).into_iter().flatten();
        rows.filter(|row| row.part == part && row.fate == NumberFate::Waiting).map(|row| row.phone.clone()).collect()
    }

    pub fn counts(&self, campaign: CampaignId) -> CampaignCounts {
        let rows = self.rows.get(&campaign).map_or(&[][..], |rows| rows);
        let of = |fate| rows.iter().filter(|row| row.fate == fate).count() as u32;
        CampaignCounts {
            waiting: of(NumberFate::Waiting),
            taken: of(NumberFate::Taken),
            uncalled: of(NumberFate::Taken),
            refused: of(NumberFate::Refused),
            unknown: of(NumberFate::Unknown),
            removed: of(NumberFate::Removed),
            ..CampaignCounts::default()
        }
    }

    pub fn stored(&self) -> Vec<StoredCampaign> {
        let stored = |campaign: &Campaign| StoredCampaign {
            campaign: campaign.clone(),
            parts: self.parts.get(&campaign.id).cloned().unwrap_or_default(),
            counts: self.counts(campaign.id),
        };
        self.campaigns.values().map(stored).collect()
    }

    pub fn entered(&self, what: &str) -> Vec<(&str, &str)> {
        self.ledger.iter().filter(|entry| entry.what == what).map(|entry| (entry.by.as_str(), entry.result.as_str())).collect()
    }
}
