//! Generated numbers, campaigns and bills: the same in each run.

use fastrand::Rng;
use ringside_domain::{
    Account, Campaign, CampaignId, CampaignLimits, CampaignPlan, Customer, Dialled, DialledOutcome, DoNotCall, Extension, QueueName,
    ReadRow, RowRefusal, Target, TaskKnown, Timestamp,
};
use ringside_store::StagedRow;

/// 2024-01-01T00:00:00Z.
pub const BEGINNING: i64 = 1_704_067_200_000;
pub const DAY: i64 = 86_400_000;
/// Numbers that are shown to customers.
pub const SHOWN: u16 = 8;

/// Each customer has another number; neighbours have numbers far from each other.
pub fn phone(customer: u32) -> String {
    let scattered = u64::from(customer) * 7_368_787 % 9_999_999_967;
    format!("1{scattered:010}")
}

pub fn rows(first: u32, count: u32) -> Vec<StagedRow> {
    (first..first + count).map(|customer| good(customer - first + 2, phone(customer))).collect()
}

/// Rows of an import of new numbers: of 100 rows 2 are unreadable, 3 are duplicates, 5 wait in another campaign.
pub fn import_rows(numbers: u32, first: u32, count: u32) -> Vec<StagedRow> {
    let row = |at: u32| match at % 100 {
        3 | 53 => StagedRow {
            row: at + 2,
            read: ReadRow::Refused { reason: RowRefusal::Invalid, text: "n/a".to_owned() },
            text: format!("n/a,{at}"),
        },
        7 | 37 | 67 => good(at + 2, phone(numbers + at - 5)),
        11 | 31 | 51 | 71 | 91 => good(at + 2, phone(at)),
        _ => good(at + 2, phone(numbers + at)),
    };
    (first..first + count).map(row).collect()
}

fn good(row: u32, phone: String) -> StagedRow {
    let customer = Customer { member_id: format!("M{row:07}"), customer_id: format!("{:08}", row * 7), phone, ..Customer::default() };
    StagedRow { row, text: customer.phone.clone(), read: ReadRow::Good { customer, repaired: row.is_multiple_of(10) } }
}

pub fn do_not_call(count: u32) -> Vec<DoNotCall> {
    let entry = |number: u32| DoNotCall {
        phone: phone(3_000_000 + number),
        since: Timestamp(BEGINNING + i64::from(number)),
        by: "10".to_owned(),
        reason: "asked for it".to_owned(),
    };
    (0..count).map(entry).collect()
}

pub fn account() -> Account {
    Account { url: "https://example.com".to_owned(), appid: "demo".to_owned() }
}

pub fn campaign(id: CampaignId) -> Campaign {
    Campaign {
        id,
        account: account(),
        plan: CampaignPlan {
            name: format!("campaign {}", id.0),
            target: Target::Queue(QueueName("1000".to_owned())),
            agents: 1,
            calls: 2,
            display_numbers: Vec::new(),
            limits: CampaignLimits::default(),
        },
        source: "customers.csv".to_owned(),
        made_at: Timestamp(BEGINNING),
        made_by: "10".to_owned(),
        task_id: Some(id.0.to_string()),
        task: TaskKnown::None,
        holds: Vec::new(),
        ended: None,
        finished_at: None,
        sending_stopped: false,
        problem: None,
        removed_at: None,
    }
}

/// Bills of the first numbers over 31 days: of ten calls four are answered, one of them by nobody.
pub struct Bills {
    random: Rng,
    numbers: u32,
    count: u32,
}

impl Bills {
    pub fn new(numbers: u32, count: u32) -> Self {
        Self { random: Rng::with_seed(1), numbers, count }
    }

    pub fn page(&mut self, first: u32, rows: u32) -> Vec<Dialled> {
        (first..first + rows).map(|number| self.bill(number)).collect()
    }

    fn bill(&mut self, number: u32) -> Dialled {
        let random = &mut self.random;
        let began_at = BEGINNING + i64::from(number) * 31 * DAY / i64::from(self.count) + 1;
        let outcome = match random.u32(..10) {
            0..6 => DialledOutcome::NotAnswered,
            6 => DialledOutcome::Abandoned,
            _ => DialledOutcome::Reached,
        };
        Dialled {
            key: format!("{:08x}-6a79-11eb-{:04x}-{:012x}", random.u32(..), random.u16(..), random.u64(..1 << 48)),
            phone: phone(random.u32(..self.numbers)),
            began_at: Timestamp(began_at),
            ended_at: Timestamp(began_at + 60_000),
            outcome,
            talked_seconds: 30,
            waited_seconds: random.u32(3..30),
            extension: (outcome == DialledOutcome::Reached).then(|| Extension("100001".to_owned())),
            shown: format!("2190170{:03}", random.u16(..SHOWN)),
            ending: None,
            customer_id: String::new(),
            campaign: None,
        }
    }
}
