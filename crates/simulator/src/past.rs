//! Bills of calls from before the simulator started. A past day depends only on its date and the options: a company that is started
//! again has the same bills under the same ids.

use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::call::{Bill, Direction, Method};
use crate::codes;
use crate::customers;
use crate::options::ExtensionSpec;
use crate::random::Random;
use crate::world::{World, after};

/// Office hours at the platform, in seconds after midnight.
const OPENS: u64 = 9 * 3600;
const CLOSES: u64 = 18 * 3600;
/// Ids that a day of the past may use.
const IDS_A_DAY: u64 = 10_000;

impl World {
    /// Makes bills of the first extension over the last days, in office hours.
    pub(crate) fn remember_past(&mut self, now: Timestamp) {
        let wanted = self.options.past_bills;
        let Some(own) = self.options.extensions.first().cloned().filter(|_| wanted > 0) else {
            return;
        };
        let today = now.to_zoned(self.zone.clone());
        let today = today.start_of_day().unwrap_or(today).timestamp();
        let mut bills = Vec::new();
        for days_ago in 0.. {
            let midnight = today - SignedDuration::from_hours(24 * days_ago);
            let mut day = self.past_day(&own, midnight, wanted.div_ceil(self.options.past_days.max(1)));
            // No call of the past ends in the last quarter of an hour.
            day.retain(|bill| bill.ended < now - 15.minutes());
            bills.extend(day.into_iter().rev());
            if bills.len() >= wanted {
                break;
            }
        }
        bills.truncate(wanted);
        bills.reverse();
        self.bills = bills;
    }

    /// The bills of the day that begins at `midnight`, one after the other.
    fn past_day(&mut self, own: &ExtensionSpec, midnight: Timestamp, count: usize) -> Vec<Bill> {
        let count = count as u64;
        let day = u64::try_from(midnight.as_second() / 86_400).unwrap_or(0);
        let mut random = Random::new(self.options.seed ^ (day << 20));
        // Seconds for one call and a pause.
        let slot = (CLOSES - OPENS) / count.max(1);
        let bills = (0..count).map(|n| {
            let seconds = OPENS + n * slot + random.between(0, slot / 2);
            let started = after(midnight, seconds) + SignedDuration::from_micros(random.between(0, 999_999) as i64);
            self.past_bill(own, started, day * IDS_A_DAY + n, slot / 2, &mut random)
        });
        bills.collect()
    }

    /// The bill of a call with up to `longest` seconds of talk, but at least 12 and at most 420.
    fn past_bill(&mut self, own: &ExtensionSpec, started: Timestamp, id: u64, longest: u64, random: &mut Random) -> Bill {
        let customer = random.pick(&self.customers).cloned();
        let (customer, custom) = customer.map(|c| (c.number, c.custom)).unwrap_or_default();
        let incoming = random.one_in(8);
        let (answered, ended, cause) = if random.percent(80) {
            let answered = after(started, random.between(4, 18));
            let ended = after(answered, random.between(12, longest.clamp(12, 420)));
            (Some(answered), ended, codes::HUNG_UP)
        } else {
            let causes = [codes::TIMED_OUT, codes::CANCELLED, codes::UNLISTED_CAUSE];
            let cause = random.pick(&causes).copied();
            (None, after(started, random.between(8, 35)), cause.unwrap_or(codes::TIMED_OUT))
        };
        let uuid = self.mint.mint(started);
        let recorded = answered.filter(|_| random.percent(75));
        let recording = recorded.map(|at| self.recording_name(&own.number, &customer, &uuid, at));
        let hung_up_by = if random.percent(60) { codes::CALLED_HUNG_UP } else { codes::CALLER_HUNG_UP };
        Bill {
            call: None,
            id,
            uuid,
            extension: own.number.clone(),
            agent: own.agent.clone(),
            customer,
            display_number: customers::display_number(&self.options.account.company_code, random),
            started,
            answered,
            ended,
            direction: if incoming { Direction::CallIn } else { Direction::CallOut },
            method: if incoming || random.one_in(10) { Method::Manual } else { Method::Predictive },
            queue: None,
            custom,
            recording: recording.unwrap_or_default(),
            hung_up_by,
            cause,
            synced: false,
        }
    }
}
