//! Generated calls of a busy desk: the same seed gives the same calls.

use ringside_domain::{Call, CallId, Direction, Edit, Ending, Extension, HungUpBy, Method, QueueName, Timestamp};
use ringside_store::Write;

/// 2024-01-01T00:00:00Z.
pub const BEGINNING: i64 = 1_704_067_200_000;
pub const DAY: i64 = 86_400_000;
/// Records in one page of the platform's answer.
pub const PAGE: u64 = 1000;
/// The first fetch, of three months' calls; they have no notes.
pub const FIRST: u64 = 100_000;
/// Contained only in the notes of one call in 25,000.
pub const RARE: &str = "嬴政";

const SURNAMES: &[char] =
    &['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴', '徐', '孙', '胡', '朱', '高', '林', '何', '郭', '马', '罗'];
const SAYINGS: &[&str] = &[
    "客户要求明天下午回电",
    "已发短信，等待确认",
    "对价格不满意，需要经理跟进",
    "无人接听，稍后再拨",
    "询问退款进度",
    "地址变更，已登记",
    "同意续约一年",
    "不感兴趣，请勿再拨",
    "asked to be called back after 5 pm",
    "wrong number",
];
const DISPOSITIONS: &[&str] = &["成交", "跟进", "拒绝", "空号", "无人接听", "call back"];
pub const QUEUES: &[&str] = &["销售-1", "销售-2", "客服", "回访", "催收", "VIP"];

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) % end
    }

    fn one_in(&mut self, number: u64) -> bool {
        self.below(number) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.below(from.len() as u64)).unwrap_or(0)]
    }
}

/// A mobile number of this customer, as a platform writes it.
pub fn number(customer: u64) -> String {
    let mut random = Random(customer);
    let number = format!("1{}{:09}", 3 + random.below(7), random.below(1_000_000_000));
    match random.below(20) {
        0..4 => format!("0{number}"),
        4 => format!("86{number}"),
        _ => number,
    }
}

/// The call with this id among `total`. Ids are mostly in the order of the starts; there are 1,100 calls a day.
pub fn call(id: u64, total: u64, random: &mut Random) -> Call {
    let customer = random.below(total / 3 + 1);
    let day = i64::try_from(id / 1100).unwrap_or(0);
    let in_day = i64::try_from(id % 1100).unwrap_or(0) * 32_000 + i64::try_from(random.below(60_000)).unwrap_or(0);
    let started_at = BEGINNING + day * DAY + 3_600_000 + in_day / 1000 * 1000;
    let incoming = random.one_in(5);
    let answered = !random.one_in(3);
    let rang = incoming || answered || random.one_in(20);
    let (wait, talk) = (3 + random.below(25), random.below(400));
    let at = |seconds: u64| Some(Timestamp(started_at + i64::try_from(seconds * 1000).unwrap_or(0)));
    Call {
        id: CallId(id),
        uuid: Some(format!("{:08x}-6a79-11eb-{:04x}-{:012x}", random.below(1 << 32), random.below(1 << 16), random.below(1 << 48))),
        buuid: None,
        record_id: Some((7_000_000 + id).to_string()),
        account: "demo".to_owned(),
        extension: Extension("100001".to_owned()),
        agent: None,
        queue: (!random.one_in(10)).then(|| QueueName((*random.pick(QUEUES)).to_owned())),
        customer_number: number(customer),
        display_number: "02912345678".to_owned(),
        direction: if incoming { Direction::Incoming } else { Direction::Outgoing },
        method: if incoming { Method::Ivr } else { Method::Predictive },
        started_at: Timestamp(started_at),
        rang_at: at(1).filter(|_| rang),
        answered_at: at(wait).filter(|_| answered),
        ended_at: at(wait + if answered { talk } else { 0 }),
        hung_up_by: Some(if random.one_in(2) { HungUpBy::Caller } else { HungUpBy::Called }),
        ending: Some(if answered { Ending::Normal } else { Ending::NoAnswer }),
        waited_seconds: u32::try_from(wait).ok(),
        talked_seconds: if answered { u32::try_from(talk).ok() } else { Some(0) },
        recording: answered.then(|| format!("2024/{day}/{id}.wav")),
        member_id: (!random.one_in(4)).then(|| format!("M{:06}", customer % 1_000_000)),
        customer_id: random.one_in(2).then(|| format!("{:08}", customer * 7919 % 100_000_000)),
        maturity: None,
    }
}

/// The agent's notes, for three calls in ten.
pub fn edits(id: u64, random: &mut Random) -> Vec<Edit> {
    let rare = if id.is_multiple_of(25_000) { RARE } else { "" };
    if random.below(10) >= 3 && rare.is_empty() {
        return Vec::new();
    }
    let given = |random: &mut Random| char::from_u32(0x4e00 + u32::try_from(random.below(3000)).unwrap_or(0)).unwrap_or('一');
    let name: String = [*random.pick(SURNAMES), given(random), given(random)].iter().collect();
    let text = format!("{name}{}{rare}", random.pick(SAYINGS));
    vec![Edit::Text(text), Edit::Disposition(Some((*random.pick(DISPOSITIONS)).to_owned()))]
}

/// All calls, page by page: first those of the first fetch, then all others with their notes.
pub fn pages(total: u64, seed: u64) -> impl Iterator<Item = Vec<Write>> {
    let mut random = Random(seed);
    (0..total).step_by(usize::try_from(PAGE).unwrap_or(1)).map(move |first| {
        let mut writes = Vec::new();
        for id in first..total.min(first + PAGE) {
            writes.push(Write::Call(Box::new(call(id, total, &mut random))));
            if id >= FIRST {
                let edits = edits(id, &mut random);
                writes.extend(edits.into_iter().map(|edit| Write::Note { call: CallId(id), edit }));
            }
        }
        writes
    })
}
