//! Decides whether two numbers are the same. Numbers are stored as they were sent and always compared in one normal form.
//!
//! Always the same: other characters for the same digits, spaces and punctuation, `sip:` and `tel:` addresses, and `+` for `00` before a
//! country code. A difference that is meaningless only in some places, such as a trunk prefix 0, is ignored if the administrator sets it.

use std::borrow::Cow;

/// Prefixes that are removed before comparing: «0», «+86», the digit for an outside line. Set by the administrator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberRules {
    pub prefixes: Vec<String>,
}

/// The most prefixes that are removed: for instance an outside line's digit and a country code.
const MOST: usize = 2;
/// The shortest rest after a prefix is removed, in bytes: a service number such as 95588 keeps its 9.
const SHORTEST: usize = 5;
/// A shorter number that begins with 00 is a short number, not one with a country code.
const SHORTEST_ABROAD: usize = 9;

/// The words that systems send for a withheld number, letters and digits only (P8, P9).
const WITHHELD: [&str; 42] = [
    "anonymous",
    "anonymousinvalid",
    "anonymouscaller",
    "restricted",
    "restrictednumber",
    "unknown",
    "unknowncaller",
    "unknownnumber",
    "unavailable",
    "notavailable",
    "na",
    "private",
    "privatenumber",
    "privatecaller",
    "withheld",
    "numberwithheld",
    "withheldnumber",
    "outofarea",
    "hidden",
    "blocked",
    "blockednumber",
    "nonumber",
    "nocallerid",
    "null",
    "none",
    "undefined",
    "false",
    "匿名",
    "匿名号码",
    "匿名来电",
    "未知",
    "未知号码",
    "未知来电",
    "未显示",
    "未显示号码",
    "号码未显示",
    "隐藏",
    "隐藏号码",
    "私人号码",
    "保密",
    "保密号码",
    "无号码",
];

/// Whether the number is withheld; two withheld numbers are not assumed to be of one customer.
pub fn is_withheld(number: &str) -> bool {
    let folded = folded(number);
    let named = user_part(&folded).to_lowercase();
    let said: String = named.chars().filter(|letter| letter.is_alphanumeric()).collect();
    said.is_empty() || said == "0" || WITHHELD.contains(&said.as_str())
}

/// The number without punctuation and other characters for reading: digits, with `+` in front of a country code. Any other text is returned
/// in lower case.
pub fn plain_number(number: &str) -> Cow<'_, str> {
    if !number.is_empty() && number.bytes().all(is_dialled) && !number.starts_with("00") {
        return Cow::Borrowed(number);
    }
    let folded = folded(number);
    let address = user_part(&folded);
    let mut kept: String = address.chars().filter(|letter| !is_punctuation(*letter)).collect();
    // «+44 (0) 20 …»: this 0 is dialled only within the country.
    if kept.starts_with('+') && address.contains("(0)") {
        kept = address.replacen("(0)", "", 1).chars().filter(|letter| !is_punctuation(*letter)).collect();
    }
    let digits = kept.strip_prefix('+').unwrap_or(&kept);
    if digits.is_empty() || !digits.bytes().all(is_dialled) {
        return Cow::Owned(address.to_lowercase());
    }
    Cow::Owned(match abroad(&kept) {
        Some(country) if kept.len() >= SHORTEST_ABROAD => format!("+{country}"),
        _ => kept,
    })
}

fn is_dialled(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'*' | b'#')
}

/// The rest after 00, if it can begin with a country code.
fn abroad(number: &str) -> Option<&str> {
    number.strip_prefix("00").filter(|rest| rest.starts_with(|first: char| ('1'..='9').contains(&first)))
}

/// Whether two texts name the same extension, whatever the address's host and scheme and the width of the characters.
pub(crate) fn same_extension(one: &str, other: &str) -> bool {
    let plain = |text: &str| user_part(&folded(text)).to_lowercase();
    let one = plain(one);
    !one.is_empty() && one == plain(other)
}

/// Replaces full-width characters by plain ones and removes invisible characters.
fn folded(text: &str) -> String {
    let is_seen = |letter: &char| {
        !letter.is_control()
            && !matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
    };
    let plain = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        '\u{3000}' => ' ',
        _ => letter,
    };
    text.chars().filter(is_seen).map(plain).collect::<String>().trim().to_owned()
}

/// Takes `13800138000` from `"Name" <sip:13800138000@host;user=phone>` and from `tel:13800138000`.
fn user_part(text: &str) -> &str {
    let inner = text.rsplit_once('<').map_or(text, |(_, rest)| rest.split('>').next().unwrap_or(rest)).trim();
    let bare = inner.split_once(':').filter(|(scheme, _)| is_scheme(scheme)).map_or(inner, |(_, rest)| rest.trim_start_matches('/'));
    bare.split(['@', ';', '?']).next().unwrap_or(bare).trim().trim_matches('"')
}

fn is_scheme(text: &str) -> bool {
    ["sip", "sips", "tel", "callto"].iter().any(|scheme| text.eq_ignore_ascii_case(scheme))
}

fn is_punctuation(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(letter, '-' | '.' | '(' | ')' | '[' | ']' | '/' | '_' | '\'' | '·' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '（' | '）')
}

impl NumberRules {
    /// The number in its normal form: plain, and without up to two prefixes, the longest first.
    pub fn core<'a>(&self, number: &'a str) -> Cow<'a, str> {
        let mut core = plain_number(number);
        for _ in 0..MOST {
            let stripped = self.prefixes.iter().filter_map(|prefix| core.strip_prefix(&*plain_prefix(prefix)));
            let Some(rest) = stripped.filter(|rest| rest.len() >= SHORTEST).min_by_key(|rest| rest.len()) else { break };
            // After the digit for an outside line, 00 precedes a country code again.
            core = Cow::Owned(plain_number(rest).into_owned());
        }
        match self.china(&core) {
            Some(mobile) => Cow::Owned(mobile.to_owned()),
            None => core,
        }
    }

    /// If the prefix 0 is removed, numbers are taken to be written as in China: there a mobile number with +86 is the same number. Without
    /// that prefix it is unknown which country's numbers are written without a country code.
    fn china<'a>(&self, core: &'a str) -> Option<&'a str> {
        let mobile = core.strip_prefix("+86").filter(|rest| is_chinese_mobile(rest))?;
        self.prefixes.iter().any(|prefix| prefix == "0").then_some(mobile)
    }

    /// Whether both are the same number, and not withheld.
    pub fn same(&self, one: &str, other: &str) -> bool {
        !is_withheld(one) && (one == other || self.core(one) == self.core(other))
    }

    /// The number for the do-not-call list: its digits without leading zeros and without these rules' prefixes, however many there are and
    /// with or without their `+`; a Chinese mobile number also without 86. Two customers' numbers can become the same, which is better than
    /// to miss a spelling: then somebody is not called. Text without a digit is returned in its plain form.
    pub fn bare(&self, number: &str) -> String {
        let plain = plain_number(number);
        let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
        let mut rest = digits.trim_start_matches('0');
        if rest.is_empty() {
            return if digits.is_empty() { plain.into_owned() } else { digits };
        }
        loop {
            let by_rule = self.prefixes.iter().filter_map(|prefix| {
                let prefix = prefix.trim_start_matches(['+', '0']);
                rest.strip_prefix(prefix).filter(|_| !prefix.is_empty()).map(|rest| rest.trim_start_matches('0'))
            });
            let mobile = rest.strip_prefix("86").filter(|rest| is_chinese_mobile(rest));
            match by_rule.chain(mobile).filter(|rest| rest.len() >= SHORTEST).min_by_key(|rest| rest.len()) {
                Some(shorter) => rest = shorter,
                None => return rest.to_owned(),
            }
        }
    }

    /// All ways to write this number in digits under these rules, each once.
    pub fn spellings(&self, number: &str) -> Vec<String> {
        let core = self.core(number).into_owned();
        let mut all = vec![number.to_owned(), core.clone()];
        for first in self.prefixes.iter().map(|prefix| plain_prefix(prefix)) {
            all.push(format!("{first}{core}"));
            all.extend(self.prefixes.iter().map(|second| format!("{first}{}{core}", plain_prefix(second))));
        }
        all.push(format!("+86{core}"));
        // Also after the digit for an outside line.
        let abroad: Vec<String> =
            all.iter().filter(|spelling| spelling.contains('+')).map(|spelling| spelling.replacen('+', "00", 1)).collect();
        all.extend(abroad);
        all.retain(|spelling| self.core(spelling) == core);
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// A prefix as it stands in a plain number: «0086» becomes «+86», and «00» becomes «+».
fn plain_prefix(prefix: &str) -> Cow<'_, str> {
    match prefix.strip_prefix("00") {
        Some(country) => Cow::Owned(format!("+{country}")),
        None => Cow::Borrowed(prefix),
    }
}

fn is_chinese_mobile(number: &str) -> bool {
    number.len() == 11
        && number.starts_with('1')
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && !matches!(number.as_bytes()[1], b'0'..=b'2')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(prefixes: &[&str]) -> NumberRules {
        NumberRules { prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect() }
    }

    #[test]
    fn a_zero_in_brackets_counts_unless_a_country_code_precedes_it() {
        for (spelling, plain) in [("(0)20 7946 0958", "02079460958"), ("+44 (0) 20 7946 0958", "+442079460958"), ("+1 (02) 555", "+102555")]
        {
            assert_eq!(plain_number(&spelling.replace("(0) ", "(0)")), plain, "{spelling}");
        }
    }

    #[test]
    fn fm4_punctuation_and_addresses_do_not_change_a_number() {
        let rules = NumberRules::default();
        for spelling in [
            "138-0013-8000",
            "138 0013 8000",
            "(138) 0013.8000",
            "１３８００１３８０００",
            "１３８－００１３－８０００",
            "138\u{a0}0013\u{2011}8000",
            "sip:13800138000@10.0.0.1:5060",
            "SIP:13800138000@pbx;user=phone",
            "\"Chen\" <sips:138-0013-8000@pbx>",
            "tel:138-0013-8000;ext=1",
            "\u{202d}13800138000\u{202c}",
            "13800138000@pbx",
        ] {
            assert!(rules.same(spelling, "13800138000"), "{spelling}: {}", rules.core(spelling));
        }
        for spelling in [
            "+86 138-0013-8000",
            "0086 138 0013 8000",
            "+86(138)00138000",
            "tel:+86-138-0013-8000",
            "＋８６ 13800138000",
            "+86 (0) 13800138000",
        ] {
            assert!(rules.same(spelling, "+8613800138000"), "{spelling}: {}", rules.core(spelling));
        }
    }

    #[test]
    fn fm4_a_prefix_is_removed_only_if_the_administrator_sets_it() {
        let numbers = ["13800138000", "013800138000", "8613800138000", "+8613800138000"];
        let none = NumberRules::default();
        for (place, one) in numbers.iter().enumerate() {
            assert!(numbers[place + 1..].iter().all(|other| !none.same(one, other)), "{one}");
        }
        let trunk = rules(&["0"]);
        assert!(trunk.same("13387525701", "013387525701"));
        for spelling in ["+8613387525701", "008613387525701", "+86 133-8752-5701", "sip:+8613387525701@x", "０１３３８７５２５７０１"]
        {
            assert!(trunk.same(spelling, "13387525701"), "{spelling}: {}", trunk.core(spelling));
        }
        assert!(!trunk.same("+4413387525701", "13387525701"), "the number of another country");
        assert!(!trunk.same("+862566823420", "2566823420") && !trunk.same("+8625668234201", "25668234201"), "only certain matches");
        let country = rules(&["+86"]);
        assert!(country.same("008613800138000", "13800138000") && !country.same("013800138000", "13800138000"));
        assert!(rules(&["0086"]).same("+8613800138000", "13800138000"));
        assert!(rules(&["9", "+86"]).same("9008613800138000", "13800138000"), "an outside line's digit, then a country code");
        assert!(rules(&["9", "0"]).same("9013800138000", "13800138000"));
        assert!(!rules(&["9"]).same("95588", "5588"), "a service number keeps its 9");
    }

    #[test]
    fn fm4_extensions_and_names_are_compared_as_texts() {
        let rules = rules(&["0"]);
        assert!(rules.same("9024-0005", "90240005") && rules.same("7005", "sip:7005@pbx") && rules.same("jdoe.1", "JDoe.1"));
        assert!(!rules.same("jdoe.1", "jdoe1") && !rules.same("7005", "7006") && !rules.same("", ""));
        assert!(
            rules.same("tel:7005", "7005") && !rules.same("room:7005", "7005"),
            "the word before a colon need not be the scheme of an address"
        );
        assert_eq!(rules.core("0012"), "0012");
    }

    #[test]
    fn fc4_withheld_numbers_are_recognised_and_never_the_same() {
        for number in [
            "",
            " ",
            "anonymous",
            "Anonymous",
            "ANONYMOUS",
            "Restricted",
            "unknown",
            "Unavailable",
            "private",
            "withheld",
            "0",
            "-",
            "--",
            "匿名",
            "未知",
            "未知号码",
            "sip:anonymous@anonymous.invalid",
            "\"Anonymous\" <sip:anonymous@anonymous.invalid>",
            "tel:anonymous",
            "null",
            "undefined",
            "＋",
            "０",
            "Not Available",
            "No Caller ID",
            "Anonymous Caller",
            "Private_Caller",
            "Out of Area",
            "anonymous;ext=801",
            "\"匿名来电\" <sip:anonymous@10.0.0.1:5060;user=phone>",
            "号码未显示",
            "n/a",
            "+",
            "<sip:Restricted@pbx>",
            "\u{202e}anonymous",
        ] {
            assert!(is_withheld(number), "{number}");
            assert!(!NumberRules::default().same(number, number), "{number}");
        }
        for number in ["13800138000", "7005", "10", "00", "0001", "jdoe", "sip:7005@anonymous.invalid", "客户"] {
            assert!(!is_withheld(number), "{number}");
        }
    }

    #[test]
    fn a_listed_number_is_found_however_it_is_written() {
        let bare = |prefixes: &[&str], number: &str| rules(prefixes).bare(number);
        for prefixes in [&[][..], &["0"], &["+86"], &["0086", "0", "9"]] {
            for spelling in [
                "13800138000",
                "013800138000",
                "+86 138-0013-8000",
                "008613800138000",
                "8613800138000",
                "+86 (0)138 0013 8000",
                "sip:013800138000@pbx",
            ] {
                assert_eq!(bare(prefixes, spelling), "13800138000", "{spelling} with {prefixes:?}");
            }
        }
        let german = ["+49", "0"];
        for spelling in ["030 1234567", "+49 30 1234567", "0049301234567", "4930 1234567", "+49 (0)30 1234567", "30-1234567"] {
            assert_eq!(bare(&german, spelling), "301234567", "{spelling}");
        }
        assert_eq!(bare(&[], "+49 30 1234567"), bare(&[], "0049301234567"));
        assert_ne!(bare(&[], "+49 30 1234567"), bare(&[], "0301234567"), "which country is meant is not said");
        assert_eq!(bare(&["9"], "90113800138000"), bare(&["9"], "113800138000"), "a prefix and a zero after it");
        assert_eq!(
            (bare(&["9"], "95588"), bare(&[], "JDoe"), bare(&[], "000"), bare(&[], "")),
            ("95588".into(), "jdoe".into(), "000".into(), String::new())
        );
    }

    #[test]
    fn every_spelling_has_the_same_normal_form() {
        let rules = rules(&["0", "9", "+86"]);
        let spellings = rules.spellings("13387525701");
        for spelling in ["13387525701", "013387525701", "+8613387525701", "008613387525701", "9013387525701", "9008613387525701"] {
            assert!(spellings.iter().any(|known| known == spelling), "{spelling} of {spellings:?}");
        }
        assert!(spellings.iter().all(|spelling| rules.core(spelling) == "13387525701"));
        assert_eq!(NumberRules::default().spellings("+8613387525701"), ["+8613387525701", "008613387525701"]);
    }
}
