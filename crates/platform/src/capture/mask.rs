//! Masks secrets in a text that may or may not be valid JSON: the values after secret names, and known secrets anywhere.

use std::borrow::Cow;

pub(crate) const MASK: &str = "***";
/// The values of these names are secret: credentials, extensions' passwords (N21), links that need no login (N13).
const SECRET: [&str; 4] = ["token", "accesskey", "password", "downurl"];
/// A shorter secret would also match parts of ordinary words.
const SHORTEST: usize = 4;
/// Depth of JSON in a string of JSON.
const DEEPEST: usize = 4;

pub(crate) fn is_secret(name: &str) -> bool {
    SECRET.iter().any(|secret| name.trim().eq_ignore_ascii_case(secret))
}

/// Masks the values of secret names, and `secrets` wherever they occur.
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
            // A string can contain JSON.
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
            // A value without a secret (null, an empty text) is kept.
            out.push_str(if matches!(&value[..end], "null" | "\"\"" | "") { &value[..end] } else { "\"***\"" });
            rest = &value[end..];
        }
    }
    out.push_str(rest);
    out
}

/// The index after the closing quote of the string at the beginning; the text's length if the string is cut off.
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

/// The index after the value at the beginning: a string, a list, an object, or a word.
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

/// The string's contents; without its quotes only, if it is cut off or invalid.
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
    fn a16_values_of_secret_names_are_masked_in_every_shape() {
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
    fn secrets_are_masked_anywhere_but_very_short_ones_are_not() {
        assert_eq!(mask("a s3cret, b", &["s3cret", "", "b"]), "a ***, b");
    }
}
