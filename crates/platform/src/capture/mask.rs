//! Masks secrets in a text that is JSON, or nearly, or not at all: by the name before a value, and by the secret itself.

use std::borrow::Cow;

pub(super) const MASK: &str = "***";
/// What follows one of these names is secret: the way in, extensions' passwords (N21), links that need no login (N13).
const SECRET: [&str; 4] = ["token", "accesskey", "password", "downurl"];
/// A shorter secret would be found in words that are none.
const SHORTEST: usize = 4;
/// JSON in a string in JSON …
const DEEPEST: usize = 4;

pub(super) fn is_secret(name: &str) -> bool {
    SECRET.iter().any(|secret| name.trim().eq_ignore_ascii_case(secret))
}

/// The text without the values of secret names, and without these secrets wherever they stand.
pub(crate) fn mask(text: &str, secrets: &[&str]) -> String {
    let mut masked = values(text, DEEPEST);
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST) {
        masked = masked.replace(secret, MASK);
    }
    masked
}

fn values(text: &str, deepest: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(quote) = rest.find('"') {
        out.push_str(&rest[..quote]);
        rest = &rest[quote..];
        let (string, after) = rest.split_at(string_end(rest));
        let decoded = decode(string);
        rest = after;
        let Some(value) = after.trim_start().strip_prefix(':') else {
            // JSON may be hidden in a string.
            let hidden = deepest > 0 && decoded.contains('"');
            let inner = if hidden { values(&decoded, deepest - 1) } else { String::new() };
            if hidden && inner != decoded {
                out.push_str(&encode(&inner))
            } else {
                out.push_str(string)
            }
            continue;
        };
        out.push_str(string);
        if is_secret(&decoded) {
            let value = value.trim_start();
            out.push_str(&after[..after.len() - value.len()]);
            let end = value_end(value);
            // What is said without a secret stays: null, and nothing.
            out.push_str(if matches!(&value[..end], "null" | "\"\"" | "") { &value[..end] } else { "\"***\"" });
            rest = &value[end..];
        }
    }
    out.push_str(rest);
    out
}

/// Where the string at the beginning ends, its quotes included; one that is cut off ends with the text.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Where a value ends: a string, a list or an object with all that is in it, or a word.
fn value_end(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => at += string_end(&text[at..]),
            b'[' | b'{' => {
                depth += 1;
                at += 1;
                continue;
            }
            b']' | b'}' if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            b',' | b']' | b'}' if depth == 0 => return at,
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// What a string says; as written where it is cut off or cannot be.
fn decode(string: &str) -> Cow<'_, str> {
    match serde_json::from_str::<String>(string) {
        Ok(decoded) => Cow::Owned(decoded),
        Err(_) => Cow::Borrowed(string.trim_matches('"')),
    }
}

fn encode(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| format!("\"{MASK}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a16_values_of_secret_names_in_every_shape() {
        for (text, masked) in [
            (r#"{"token":"s3cret","n":1}"#, r#"{"token":"***","n":1}"#),
            (r#"{ "Password" : 123456 , "n":1}"#, r#"{ "Password" : "***", "n":1}"#),
            (r#"{"password":["s3cret",{"a":"s3cret]"}],"n":1}"#, r#"{"password":"***","n":1}"#),
            (r#"{"password":{"a":{"b":"s3cret"}}}"#, r#"{"password":"***"}"#),
            (r#"{"p\u0061ssword":"s3cret"}"#, r#"{"p\u0061ssword":"***"}"#),
            (r#"{"password":"s3\"cret\\","n":1}"#, r#"{"password":"***","n":1}"#),
            (r#"{"password":"s3cre"#, r#"{"password":"***""#),
            (r#"{"password":null,"token":""}"#, r#"{"password":null,"token":""}"#),
            (r#"{"detail":"{\"password\":\"s3cret\"}"}"#, r#"{"detail":"{\"password\":\"***\"}"}"#),
            (r#"{"downurl":"https://cdn.example.com/a?sig=s3cret"}"#, r#"{"downurl":"***"}"#),
            (r#"{"other":"kept","id":9223372036854775808}"#, r#"{"other":"kept","id":9223372036854775808}"#),
            (r#"["password","kept"]"#, r#"["password","kept"]"#),
            ("<html>\"quoted\"</html>", "<html>\"quoted\"</html>"),
            ("号\"", "号\""),
            ("", ""),
        ] {
            assert_eq!(mask(text, &[]), masked, "{text}");
        }
    }

    #[test]
    fn secrets_are_found_wherever_they_stand_but_short_ones_are_none() {
        assert_eq!(mask("a s3cret, b", &["s3cret", "", "b"]), "a ***, b");
    }
}
