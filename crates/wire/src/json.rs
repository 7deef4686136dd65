//! Reads JSON as it really comes: with control characters in texts, missing or additional commas, and a notice of PHP before it.
//!
//! A text is first made valid and then read by the strict reader. A repair is made only if the text can have just one meaning.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// The deepest nesting that is accepted (L26); no callback or answer is deeper.
const DEEPEST: usize = 64;
/// The longest text before the JSON, and the largest number of brackets in it.
const LONGEST_NOTICE: usize = 64 << 10;
const MOST_TRIES: usize = 64;

/// The first value of a text, made valid.
#[derive(Debug, PartialEq, Eq)]
pub struct First<'a> {
    /// The value.
    pub json: Cow<'a, str>,
    /// The text after the value.
    pub rest: &'a str,
    /// The repair that was made, if any; escaping a control character is not reported.
    pub repair: Option<&'static str>,
}

/// Reads the first value of the text.
pub fn first(text: &str) -> Result<First<'_>, String> {
    let text = text.trim_start();
    let mut mender = Mender { text, at: 0, out: String::new(), copied: 0, open: Vec::new(), before: Before::Open, repair: None };
    mender.run()?;
    let Mender { at, mut out, copied, repair, .. } = mender;
    let json = if copied == 0 {
        Cow::Borrowed(&text[..at])
    } else {
        out.push_str(&text[copied..at]);
        Cow::Owned(out)
    };
    serde_json::from_str::<&RawValue>(&json).map_err(|error| error.to_string())?;
    Ok(First { json, rest: &text[at..], repair })
}

/// Passes the JSON in a text to `read`; other words may precede it (P10).
///
/// The begin of the JSON is found once: if the JSON is broken, a part of it is not tried instead.
pub fn after_notice<'a, T, E>(text: &'a str, read: impl FnOnce(&'a str) -> Result<T, E>) -> Result<T, E> {
    let text = text.trim_start();
    if text.starts_with(['{', '[', '"']) {
        return read(text);
    }
    let begins = |at: usize| {
        let next = text[at + 1..].trim_start().chars().next();
        if text[at..].starts_with('{') { next == Some('"') } else { next == Some('{') }
    };
    let starts = text.match_indices(['{', '[']).map(|(at, _)| at).take_while(|at| *at < LONGEST_NOTICE);
    let start = starts.take(MOST_TRIES).find(|at| begins(*at));
    read(start.map_or(text, |at| &text[at..]))
}

/// The last token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// The begin of the text, of an object or of a list.
    Open,
    Key,
    Colon,
    /// A text, and the index of its end.
    Text(usize),
    Number,
    Closed,
    /// A comma, and its index.
    Comma(usize),
}

struct Mender<'a> {
    text: &'a str,
    at: usize,
    out: String,
    /// The input up to this index is in `out`.
    copied: usize,
    open: Vec<u8>,
    before: Before,
    repair: Option<&'static str>,
}

impl Mender<'_> {
    fn run(&mut self) -> Result<(), String> {
        loop {
            self.at += self.text[self.at..].bytes().take_while(u8::is_ascii_whitespace).count();
            let Some(byte) = self.byte(0) else { return Err(self.error("it ends too soon")) };
            match byte {
                b'{' | b'[' => self.begin(byte)?,
                b'}' | b']' => self.end(byte)?,
                b',' if self.follows_value() && !self.open.is_empty() => {
                    self.before = Before::Comma(self.at);
                    self.at += 1;
                }
                b':' if self.before == Before::Key => {
                    self.before = Before::Colon;
                    self.at += 1;
                }
                b'"' => self.string()?,
                b',' | b':' => return Err(self.error("a comma or colon out of place")),
                _ => self.literal()?,
            }
            if self.open.is_empty() {
                return Ok(());
            }
        }
    }

    fn begin(&mut self, byte: u8) -> Result<(), String> {
        if self.before == Before::Closed && self.open.last() == Some(&b'[') {
            self.missing_comma();
        } else if self.follows_value() || self.before == Before::Key {
            return Err(self.error("a comma is missing"));
        }
        if self.open.len() == DEEPEST {
            return Err(self.error("it is nested too deeply"));
        }
        self.open.push(byte);
        self.before = Before::Open;
        self.at += 1;
        Ok(())
    }

    fn end(&mut self, byte: u8) -> Result<(), String> {
        let fits = matches!((self.open.pop(), byte), (Some(b'{'), b'}') | (Some(b'['), b']'));
        if !fits || matches!(self.before, Before::Key | Before::Colon) {
            return Err(self.error("a bracket out of place"));
        }
        if let Before::Comma(comma) = self.before {
            self.copy_to(comma);
            self.copied = comma + 1;
            self.repair = Some("a comma too many was taken out");
        }
        self.before = Before::Closed;
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), String> {
        let is_object = self.open.last() == Some(&b'{');
        if self.follows_value() {
            // Two adjacent texts may be one text with an unescaped quotation mark.
            let touches = matches!(self.before, Before::Text(end) if end == self.at);
            if !is_object || touches || !is_key(&self.text[self.at..]) {
                return Err(self.error("a comma is missing"));
            }
            self.missing_comma();
        } else if self.before == Before::Key {
            return Err(self.error("a colon is missing"));
        }
        let begins_member = matches!(self.before, Before::Open | Before::Comma(_));
        self.at += 1;
        loop {
            match self.byte(0) {
                None => return Err(self.error("a text does not end")),
                Some(b'"') => break,
                Some(b'\\') if self.byte(1) == Some(b'\'') => {
                    self.replace(1, "");
                    self.at += 1;
                    self.repair = Some("a backslash before an apostrophe was taken out");
                }
                Some(b'\\') if self.byte(1).is_some_and(|next| next.is_ascii_graphic()) => self.at += 2,
                Some(b'\\') => return Err(self.error("a backslash out of place")),
                Some(control @ ..0x20) => {
                    let escape = format!("\\u{control:04x}");
                    let escape = match control {
                        b'\n' => "\\n",
                        b'\r' => "\\r",
                        b'\t' => "\\t",
                        _ => &escape,
                    };
                    self.replace(1, escape);
                }
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        self.before = if is_object && begins_member { Before::Key } else { Before::Text(self.at) };
        Ok(())
    }

    /// A number, or a word such as `null`; the strict reader decides whether it is valid.
    fn literal(&mut self) -> Result<(), String> {
        if self.follows_value() || self.before == Before::Key {
            return Err(self.error("a comma is missing"));
        }
        let is_part = |byte: &u8| !byte.is_ascii_whitespace() && !b",:{}[]\"&".contains(byte);
        let length = self.text[self.at..].bytes().take_while(is_part).count();
        if length == 0 {
            return Err(self.error("no JSON"));
        }
        let written = &self.text[self.at..self.at + length];
        let digits = written.strip_prefix(['0', '+']).unwrap_or_default();
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let quoted = format!("\"{written}\"");
            self.replace(length, &quoted);
            self.repair = Some("a number as it is dialled was put into quotation marks");
        } else {
            self.at += length;
        }
        self.before = Before::Number;
        Ok(())
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn follows_value(&self) -> bool {
        matches!(self.before, Before::Text(_) | Before::Number | Before::Closed)
    }

    fn missing_comma(&mut self) {
        self.replace(0, ",");
        self.before = Before::Comma(self.at);
        self.repair = Some("a missing comma was put in");
    }

    fn copy_to(&mut self, end: usize) {
        self.out.push_str(&self.text[self.copied..end]);
        self.copied = end;
    }

    /// Replaces the next `length` bytes by a text.
    fn replace(&mut self, length: usize, by: &str) {
        self.copy_to(self.at);
        self.out.push_str(by);
        self.at += length;
        self.copied = self.at;
    }

    fn error(&self, what: &str) -> String {
        format!("{what}, at byte {}", self.at)
    }
}

/// Whether the text begins with a plain word in quotation marks and a colon.
fn is_key(text: &str) -> bool {
    let Some((word, rest)) = text.strip_prefix('"').and_then(|text| text.split_once('"')) else { return false };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ');
    word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(is_plain) && rest.trim_start().starts_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(text: &str) -> String {
        first(text).unwrap().json.into_owned()
    }

    #[test]
    fn valid_json_stays_as_it_is() {
        for text in [r#"{"a":[1,{"b":"c\"\\\u0041/"}],"d":null}"#, "[]", "\"a\"", "12.5e3", "{ }", "null"] {
            let read = first(text).unwrap();
            assert!(matches!(read.json, Cow::Borrowed(_)), "{text}");
            assert_eq!((read.json.as_ref(), read.rest, read.repair), (text, "", None));
        }
        assert_eq!(first(" {} &a=b").unwrap().rest, " &a=b");
        assert_eq!(first("null&a").unwrap().rest, "&a");
    }

    #[test]
    fn fc8_control_characters_in_texts_are_read() {
        let read = first("{\"a\":\"x\ny\t\u{0}\u{1f}\",\n\"b\\\n\":1}");
        assert!(read.is_err(), "a backslash before a line feed has no meaning");
        let read = first("{\"a\":\"x\ny\t\u{0}\u{1f}\",\n\"b\":1}").unwrap();
        assert_eq!(read.json, "{\"a\":\"x\\ny\\t\\u0000\\u001f\",\n\"b\":1}");
        assert_eq!(read.repair, None);
    }

    #[test]
    fn fc8_commas_are_repaired_if_only_one_meaning_is_possible() {
        for (text, right) in [
            (r#"{"a":1,}"#, r#"{"a":1}"#),
            ("{\"a\":[1,2 , ],\n}", "{\"a\":[1,2  ]\n}"),
            ("{\"a\":\"x\"\n\"b\":1}", "{\"a\":\"x\"\n,\"b\":1}"),
            (r#"{"a":1"b":2}"#, r#"{"a":1,"b":2}"#),
            (r#"{"a":{} "b":null"c":[]"d":1}"#, r#"{"a":{} ,"b":null,"c":[],"d":1}"#),
            (r#"[{"a":1} {"b":2}{"c":3}]"#, r#"[{"a":1} ,{"b":2},{"c":3}]"#),
            (r#"{"a":"d\'or"}"#, r#"{"a":"d'or"}"#),
            (r#"{"a":013800138000,"b":+8613800138000}"#, r#"{"a":"013800138000","b":"+8613800138000"}"#),
        ] {
            assert_eq!(mended(text), right);
            assert!(first(text).unwrap().repair.is_some(), "{text}");
        }
        for text in [
            r#"{"a":"x""b":1}"#,
            r#"{"a":"say "hi": now"}"#,
            r#"{"a":"x" "y z":1"#,
            r#"{"a" "b":1}"#,
            r#"{"a":1,,"b":2}"#,
            r#"{,"a":1}"#,
            r#"{"a":}"#,
            r#"{"a":1"#,
            r#"{"a":1]"#,
            r#"["a" "b"]"#,
            r#"{"a":1 2}"#,
            r#"{a:1}"#,
            r#"{"a":'b'}"#,
            r#"{"a":NaN}"#,
            "",
            ",",
            "\"",
            "\"\\",
        ] {
            assert!(first(text).is_err(), "{text}");
        }
    }

    #[test]
    fn l26_the_nesting_depth_is_limited() {
        assert!(first(&"[".repeat(100_000)).is_err());
        assert!(first(&format!("{}{}", "[".repeat(65), "]".repeat(65))).is_err());
        assert!(first(&format!("{}{}", "[".repeat(64), "]".repeat(64))).is_ok());
    }

    #[test]
    fn p10_json_is_found_after_a_notice() {
        let object = |text: &str| first(text).map(|found| found.json.into_owned());
        for text in [
            "{\"a\":1}",
            "\nNotice: Undefined index: {x} in /var/www/a.php on line 3\n{\"a\":1}",
            "<br />\n<b>Warning</b>:  [2] foo[\"bar\"] in <b>/a</b><br />\n{\"a\":1}",
        ] {
            assert_eq!(after_notice(text, object).unwrap(), "{\"a\":1}");
        }
        assert!(after_notice("Notice: x\n[{\"a\":1},{\"b\":2}", object).is_err(), "a part of the JSON is not accepted");
        assert!(after_notice("{\"a\":[{\"b\":1}", object).is_err(), "a part of the JSON is not accepted");
        assert!(after_notice("<html>{ body { color: red } }</html>", object).is_err());
        assert!(after_notice(&"{".repeat(10_000), object).is_err());
    }
}
