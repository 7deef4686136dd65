//! The simulated company's customers: numbers in the documentation's formats, ids in formats that companies use.

use crate::call::Custom;
use crate::random::Random;

#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) number: String,
    pub(crate) custom: Custom,
}

const NAMES: [&str; 24] = [
    "王芳",
    "李伟",
    "张敏",
    "刘洋",
    "陈静",
    "杨磊",
    "赵丽",
    "黄强",
    "周杰",
    "吴霞",
    "徐明",
    "孙悦",
    "smith.j",
    "okafor.c",
    "garcia.m",
    "novak.p",
    "haddad.l",
    "tanaka.y",
    "mueller.k",
    "rossi.g",
    "dubois.a",
    "kowalska.e",
    "silva.r",
    "jensen.o",
];

/// Makes `count` customers; their numbers are of ranges that are used in examples.
pub(crate) fn book(count: usize, random: &mut Random) -> Vec<Customer> {
    (0..count).map(|_| customer(random)).collect()
}

fn customer(random: &mut Random) -> Customer {
    let digits = random.between(0, 9999);
    let number = match random.between(0, 9) {
        0..=3 => format!("1380013{digits:04}"),
        4 | 5 => format!("1590000{digits:04}"),
        6 => format!("01500000{digits:04}"),
        7 => format!("0215550{digits:04}"),
        8 => format!("00852555{digits:04}"),
        _ => format!("001202555{:04}", 100 + digits % 100),
    };
    let name = random.pick(&NAMES).copied().unwrap_or_default();
    let customer_id = match random.between(0, 5) {
        0 => String::new(),
        1 | 2 => format!("1100{:05}", random.between(0, 99_999)),
        3 => format!("C-{}", random.between(10_000, 99_999)),
        _ => format!("{name}-{}", random.between(100, 9_999)),
    };
    let member_id = match random.between(0, 2) {
        0 => "0".to_owned(),
        1 => format!("185337001{:08}", random.between(0, 99_999_999)),
        _ => format!("M{:06}", random.between(0, 999_999)),
    };
    Customer { number, custom: Custom { member_id, customer_id, maturity: random.between(0, 5).to_string(), user_key: String::new() } }
}

/// One of the numbers that the company shows to customers.
pub(crate) fn display_number(company: &str, random: &mut Random) -> String {
    format!("21{company:0>4}{:04}", random.between(1, 4))
}
