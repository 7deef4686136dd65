use proptest::prelude::*;
use ringside_domain::{
    DoubtAnswer::{self, *},
    NumberDoubt::{self, *},
    NumberRules, RowRefusal,
};

use super::*;

fn text(text: &str) -> Cell {
    Cell { text: text.to_owned(), kind: Kind::Text }
}

fn rules(prefixes: &[&str]) -> NumberRules {
    NumberRules { prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect() }
}

fn read(cell: &Cell, rules: &NumberRules, answers: &[(NumberDoubt, DoubtAnswer)], statistics: &Statistics) -> Reading {
    super::read(cell, rules, answers, statistics).0
}

fn plainly(cell: &Cell) -> Reading {
    read(cell, &NumberRules::default(), &[], &Statistics::default())
}

fn good(phone: &str, repaired: bool) -> Reading {
    Reading::Good { phone: phone.to_owned(), repaired }
}

fn doubtful(doubt: NumberDoubt, proposal: &str) -> Reading {
    Reading::Doubtful { doubt, proposal: proposal.to_owned() }
}

#[test]
fn a_number_is_repaired_where_the_repair_is_certain() {
    assert_eq!(plainly(&text("13800138000")), good("13800138000", false));
    for spelling in [
        " 13800138000 ",
        "138 0013 8000",
        "138\u{a0}0013\u{a0}8000",
        "138\u{202f}0013\u{2009}8000",
        "\u{200b}138\u{200d}00138000\u{feff}",
        "\u{202d}13800138000\u{202c}",
        "138-0013-8000",
        "138–0013—8000",
        "138\u{2011}0013\u{2212}8000",
        "(138) 0013 8000",
        "（138）00138000",
        "[138]00138000",
        "138.0013.8000",
        "138·0013·8000",
        "１３８００１３８０００",
        "'13800138000",
        "’13800138000",
        "=\"13800138000\"",
        "\"13800138000\"",
        "tel:13800138000",
        "TEL:138-0013-8000",
        "tel://13800138000",
        "sip:13800138000@10.0.0.1",
        "13800138000.0",
        "13800138000.00",
        "13,800,138,000",
        "1.3800138E+10",
        "1.3800138e10",
        "138\u{0}00138000",
        "13800138000;",
    ] {
        assert_eq!(plainly(&text(spelling)), good("13800138000", true), "{spelling:?}");
    }
}

#[test]
fn a_prefix_is_sent_unless_the_rules_remove_it() {
    let sent = |spelling: &str, prefixes: &[&str]| match read(&text(spelling), &rules(prefixes), &[], &Statistics::default()) {
        Reading::Good { phone, .. } => phone,
        other => panic!("{spelling}: {other:?}"),
    };
    for spelling in ["+86 138 0013 8000", "＋８６ 13800138000", "0086-138-0013-8000", "tel:+86-138-0013-8000", "+86 (0) 13800138000"] {
        assert_eq!(sent(spelling, &[]), "008613800138000", "{spelling}");
        assert_eq!(sent(spelling, &["9"]), "008613800138000", "{spelling}");
        for prefixes in [&["+86"][..], &["0086"], &["0"], &["0", "+86"]] {
            assert_eq!(sent(spelling, prefixes), "13800138000", "{spelling} {prefixes:?}");
        }
    }
    assert_eq!(sent("+86 010 12345678", &["+86", "0"]), "01012345678", "the zero is dialled");
    assert_eq!(sent("+44 20 7946 0958", &["+86", "0"]), "00442079460958");
    for spelling in ["02079460958", "8613800138000", "013800138000", "9013800138000"] {
        assert_eq!(sent(spelling, &["0", "9", "+86"]), spelling, "what is written is dialled");
    }
    for spelling in ["+8613800138000", "0086 13800138000"] {
        assert!(NumberRules::default().same(spelling, &sent(spelling, &[])), "the number that is sent is the number of the file");
    }
}

#[test]
fn a_doubt_is_asked_about_and_settled_by_its_answer() {
    for (spelling, doubt, proposal) in [
        ("1.38E+10", Exponent, "13800000000"),
        ("13800138000/13900139000", TwoNumbers, "13800138000"),
        ("13800138000；13900139000", TwoNumbers, "13800138000"),
        ("13800138000、13900139000", TwoNumbers, "13800138000"),
        ("13800138000\n13900139000", TwoNumbers, "13800138000"),
        ("tel. 138 0013 8000 (home)", Letters, "13800138000"),
        ("电话：13800138000", Letters, "13800138000"),
        ("13800138000 x12", Letters, "13800138000"),
        ("010-12345678转12", Letters, "01012345678"),
        ("tel:01012345678;ext=12", Letters, "01012345678"),
        ("13800138000.5", Fraction, "13800138000"),
        ("+86 13800138000 / +86 13900139000", TwoNumbers, "008613800138000"),
    ] {
        assert_eq!(plainly(&text(spelling)), doubtful(doubt, proposal), "{spelling}");
        let answered = |answer: DoubtAnswer| read(&text(spelling), &NumberRules::default(), &[(doubt, answer)], &Statistics::default());
        assert_eq!(answered(Repair), good(proposal, true), "{spelling}");
        assert_eq!(answered(LeaveOut), Reading::Refused(RowRefusal::LeftOut), "{spelling}");
        assert_eq!(answered(AsItIs), Reading::Refused(RowRefusal::Invalid), "{spelling}");
    }
    let both = read(&text("138-0013-8000, 13900139000"), &NumberRules::default(), &[(TwoNumbers, Both)], &Statistics::default());
    assert_eq!(both, Reading::Several(vec!["13800138000".to_owned(), "13900139000".to_owned()]));
}

#[test]
fn each_answer_to_choose_from_leads_to_a_number_that_is_sent_or_leaves_the_row_out() {
    let mut zeros = Statistics::default();
    zeros.see(&text("02079460950"));
    for (spelling, doubt) in [
        ("1.38E+10", Exponent),
        ("2079460951", LeadingZero),
        ("13800138000/13900139000", TwoNumbers),
        ("tel. 138 0013 8000 (home)", Letters),
        ("13800138000.5", Fraction),
    ] {
        let statistics = if doubt == LeadingZero { &zeros } else { &Statistics::default() };
        for answer in doubt.answers() {
            let (reading, question) = super::read(&text(spelling), &NumberRules::default(), &[(doubt, *answer)], statistics);
            match answer {
                LeaveOut => assert_eq!(reading, Reading::Refused(RowRefusal::LeftOut), "{spelling}"),
                _ => assert!(matches!(reading, Reading::Good { .. } | Reading::Several(_)), "{spelling} {answer:?}: {reading:?}"),
            }
            assert_eq!(question.map(|question| question.doubt), Some(doubt), "it is still asked about: {spelling} {answer:?}");
        }
    }
}

#[test]
fn what_is_no_number_is_refused() {
    for (spelling, reason) in [
        ("", RowRefusal::Empty),
        (" \u{a0}\u{200b}", RowRefusal::Empty),
        ("'", RowRefusal::Empty),
        ("-", RowRefusal::Invalid),
        ("12", RowRefusal::Invalid),
        ("0", RowRefusal::Invalid),
        ("123456789012345678901", RowRefusal::Invalid),
        ("anonymous", RowRefusal::Invalid),
        ("未知", RowRefusal::Invalid),
        ("#N/A", RowRefusal::Invalid),
        ("room 5", RowRefusal::Invalid),
        ("8.61380013800E+17", RowRefusal::Spoilt),
    ] {
        assert_eq!(plainly(&text(spelling)), Reading::Refused(reason), "{spelling:?}");
    }
    for (spelling, length) in [("123", 3), ("12345678901234567890", 20)] {
        assert!(matches!(plainly(&text(spelling)), Reading::Good { phone, .. } if phone.len() == length));
    }
    let date = Cell { text: "2026-11-29 00:00:00".to_owned(), kind: Kind::Date };
    assert_eq!(plainly(&date), Reading::Refused(RowRefusal::Invalid));
    let long = Cell { text: "8613800138000000".to_owned(), kind: Kind::Number };
    assert_eq!(plainly(&long), Reading::Refused(RowRefusal::Spoilt), "a spreadsheet keeps 15 digits of an amount");
}

#[test]
fn a_lost_zero_is_asked_about_if_most_numbers_have_one() {
    let mut statistics = Statistics::default();
    for line in 0..8 {
        statistics.see(&text(&format!("0207946095{line}")));
    }
    for line in 0..3 {
        statistics.see(&text(&format!("207946095{line}")));
    }
    let lost = text("2079460951");
    let answered = |answers: &[_]| read(&lost, &NumberRules::default(), answers, &statistics);
    assert_eq!(answered(&[]), doubtful(LeadingZero, "02079460951"));
    assert_eq!(answered(&[(LeadingZero, Repair)]), good("02079460951", true));
    assert_eq!(answered(&[(LeadingZero, AsItIs)]), good("2079460951", false));
    assert_eq!(answered(&[(LeadingZero, LeaveOut)]), Reading::Refused(RowRefusal::LeftOut));
    let other = read(&text("13800138000"), &NumberRules::default(), &[], &statistics);
    assert_eq!(other, good("13800138000", false), "its length is another");
    for line in 0..30 {
        statistics.see(&text(&format!("1380013800{}", line % 10)));
    }
    assert!(!statistics.lost_zero("2079460951"), "numbers with a zero are few");
}

#[test]
fn rounded_numbers_that_repeat_are_spoilt() {
    let mut statistics = Statistics::default();
    for spelling in ["1.38E+10", "1.39E+10"] {
        statistics.see(&text(spelling));
    }
    let later = |statistics: &Statistics| read(&text("1.37E+10"), &NumberRules::default(), &[], statistics);
    assert_eq!(later(&statistics), doubtful(Exponent, "13700000000"));
    statistics.see(&text("1.38E+10"));
    assert_eq!(later(&statistics), Reading::Refused(RowRefusal::Spoilt));
}

/// How spreadsheets and people write this number.
fn spelling(number: &str, way: usize) -> String {
    let groups = |mark: &str| format!("{}{mark}{}{mark}{}", &number[..3], &number[3..7], &number[7..]);
    match way {
        0 => number.to_owned(),
        1 => groups("-"),
        2 => groups("\u{a0}"),
        3 => groups("."),
        4 => format!("'{number}"),
        5 => format!("{number}.0"),
        6 => format!("=\"{number}\""),
        7 => number.chars().map(|digit| char::from_u32(u32::from(digit) + 0xfee0).unwrap_or(digit)).collect(),
        8 => format!("({}) {} {}", &number[..3], &number[3..7], &number[7..]),
        9 => format!("\u{202a}{number}\u{202c}"),
        _ => format!("{}.{}E+10", &number[..1], &number[1..]),
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(cell in "\\PC{0,40}", kind in 0..3) {
        let kind = [Kind::Text, Kind::Number, Kind::Date][usize::try_from(kind).unwrap_or(0)];
        check(&Cell { text: cell, kind });
    }

    #[test]
    fn any_text_of_digits_and_marks_is_read_without_a_panic(cell in "[0-9+xeE.,;/()\\-# \u{ff11}转和or:\n\"'=]{0,40}") {
        check(&text(&cell));
    }

    #[test]
    fn a_number_comes_back_from_every_spelling(number in "1[3-9][0-9]{9}", way in 0usize..11) {
        let cell = text(&spelling(&number, way));
        prop_assert_eq!(plainly(&cell), good(&number, way != 0), "{}", cell.text);
    }
}

/// Whatever is sent consists of 3 to 20 digits, and a second reading of it changes nothing.
fn check(cell: &Cell) {
    for answer in [None, Some(Repair), Some(Both), Some(AsItIs), Some(LeaveOut)] {
        let doubts = [Exponent, LeadingZero, TwoNumbers, Letters, Fraction];
        let answers: Vec<_> = answer.into_iter().flat_map(|answer| doubts.map(|doubt| (doubt, answer))).collect();
        let phones = match read(cell, &rules(&["0", "+86"]), &answers, &Statistics::default()) {
            Reading::Good { phone, .. } => vec![phone],
            Reading::Several(phones) => phones,
            Reading::Doubtful { proposal, .. } => vec![proposal],
            Reading::Refused(_) => Vec::new(),
        };
        for phone in phones {
            assert!(LENGTH.contains(&phone.len()) && phone.bytes().all(|byte| byte.is_ascii_digit()), "{phone}");
            let again = read(&text(&phone), &rules(&["0", "+86"]), &answers, &Statistics::default());
            assert!(phone.starts_with("00") || again == good(&phone, false), "{phone}: {again:?}");
        }
    }
}
