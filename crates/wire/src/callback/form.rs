//! The JSON in a body: plain, in the field `detail` of a form (N23), or built from the form's own fields. The body decides, not its
//! Content-Type (L8).

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use multer::{Constraints, Multipart, SizeLimit};
use serde_json::{Map, Value};

use super::{CallbackError, unpack::Unpacked};
use crate::{
    json, loose,
    text::{decode, is_utf_16},
};

/// Limits of a form (L20); a bill has two dozen fields.
const MOST_FIELDS: usize = 64;
const LONGEST_BOUNDARY: usize = 200;
const LARGEST: u64 = 256 << 10;
/// The deepest nesting of names in brackets.
const MOST_BRACKETS: usize = 4;

/// The events in a body.
pub(super) fn events(body: &[u8]) -> Result<Unpacked, CallbackError> {
    // UTF-16 must be decoded before the form can be recognised.
    let decoded = is_utf_16(body).then(|| decode(body));
    let body = decoded.as_ref().map_or(body, |text| text.as_bytes());
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    match body.first() {
        None => Err(CallbackError::Empty),
        Some(b'{') if body.starts_with(b"{%22") => fields(urlencoded(body)?),
        Some(b'{' | b'[' | b'"') => Unpacked::all(&decode(body)),
        Some(b'-') if body.starts_with(b"--") => fields(multipart(body)?),
        Some(_) => match unescaped(body) {
            Some(unpacked) => unpacked,
            None => fields(urlencoded(body)?).or_else(|error| {
                // JSON after a notice of PHP (P10).
                let behind_notice = body.contains(&b'{').then(|| json::after_notice(&decode(body), Unpacked::all));
                behind_notice.and_then(Result::ok).ok_or(error)
            }),
        },
    }
}

type Field = (String, String);

/// Reads `detail={"type":…}` from a sender that escapes nothing: a `+` is a plus, and a `&` within a text belongs to the text.
///
/// None if the body is not such a form; it is then read by the standard.
fn unescaped(body: &[u8]) -> Option<Result<Unpacked, CallbackError>> {
    let text = decode(body);
    let begins = |at: usize| at == 0 || text.as_bytes()[at - 1] == b'&';
    let at = text.match_indices("detail=").map(|(at, _)| at).find(|at| begins(*at))?;
    let (before, detail) = (&text[..at], &text[at + "detail=".len()..]);
    if !detail.trim_start().starts_with(['{', '[', '"']) || has_escapes(detail) {
        return None;
    }
    let json::First { json, rest, repair } = json::first(detail).ok()?;
    let is_field = |field: &str| field.starts_with("detail=");
    if !(rest.trim().is_empty() || rest.starts_with('&')) {
        return None;
    }
    if before.split('&').chain(rest.split('&')).any(is_field) {
        return Some(Err(CallbackError::SeveralDetails));
    }
    Some(Unpacked::all(&json).map(|mut unpacked| {
        unpacked.note(repair);
        unpacked
    }))
}

/// Whether the text has per cent signs and each of them begins an escape: then its sender escapes.
fn has_escapes(text: &str) -> bool {
    let mut parts = text.split('%').skip(1).peekable();
    let is_escape = |part: &str| part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    parts.peek().is_some() && parts.all(is_escape)
}

fn urlencoded(body: &[u8]) -> Result<Vec<Field>, CallbackError> {
    let mut fields = Vec::new();
    let separator = separator(body);
    for pair in body.split(|byte| *byte == separator).filter(|pair| !pair.is_empty()) {
        // `&` was written as `&amp;`, as in a web page.
        let pair = pair.strip_prefix(b"amp;").unwrap_or(pair);
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = (&pair[..at], pair.get(at + 1..).unwrap_or_default());
        fields.push((decode(&unescape(name)).into_owned(), decode(&unescape(value)).into_owned()));
    }
    Ok(fields)
}

/// The separator is `&`; or `;`, which an older standard allows, if there is no `&` and each part has a name.
fn separator(body: &[u8]) -> u8 {
    let is_pair = |part: &[u8]| part.iter().position(|byte| *byte == b'=').is_some_and(|at| at > 0);
    if !body.contains(&b'&') && body.split(|byte| *byte == b';').filter(|part| !part.is_empty()).all(is_pair) { b';' } else { b'&' }
}

/// The unescaped bytes, which need not be UTF-8. A `+` is a space, unless spaces are escaped in another form or it begins a number.
fn unescape(text: &[u8]) -> Vec<u8> {
    let is_space = |at: usize| {
        let begins = at == 0 || text[..at].ends_with(b"%22") || text[..at].ends_with(b"\"");
        !(begins && text.get(at + 1).is_some_and(u8::is_ascii_digit))
    };
    let has_spaces = text.windows(3).any(|three| three == b"%20") || text.contains(&b' ');
    let spaced = text.iter().enumerate().map(|(at, byte)| if *byte == b'+' && !has_spaces && is_space(at) { b' ' } else { *byte });
    percent_decoded(&spaced.collect::<Vec<u8>>())
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        // `%u5ba2`, as an old browser's `escape` writes it.
        if let Some((character, length)) = text[at..].starts_with(b"%u").then(|| utf_16_escape(&text[at..])).flatten() {
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            at += length;
            continue;
        }
        match (text[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(high << 4 | low);
                at += 3;
            }
            (byte, ..) => {
                bytes.push(byte);
                at += 1;
            }
        }
    }
    bytes
}

/// The character, which may need two escapes, and the length of the escapes.
fn utf_16_escape(text: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| -> Option<u16> {
        let digits = text.get(at..at + 6)?.strip_prefix(b"%u").filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let first = unit(0)?;
    let units = std::iter::once(first).chain(unit(6).filter(|_| (0xd800..0xdc00).contains(&first)));
    let character = char::decode_utf16(units).next()?.ok()?;
    Some((character, 6 * character.len_utf16()))
}

/// The boundary is taken from the body's first line, so that a wrong or missing header does not matter.
fn multipart(body: &[u8]) -> Result<Vec<Field>, CallbackError> {
    let line = body[2..].split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let ends_lines = body.windows(2).any(|two| two == b"\r\n");
    let boundary = std::str::from_utf8(line).ok().filter(|line| (1..=LONGEST_BOUNDARY).contains(&line.len()));
    let boundary = boundary.ok_or_else(|| CallbackError::Form("no boundary".to_owned()))?;
    // Some senders end lines with a line feed alone.
    let body = if ends_lines { body.to_vec() } else { body.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]) };
    let source = stream::iter([Ok::<_, std::io::Error>(Bytes::from(body))]);
    let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(LARGEST));
    let mut form = Multipart::with_constraints(source, boundary, limits);
    let read = async {
        let mut fields = Vec::new();
        while let Some(field) = form.next_field().await? {
            if fields.len() == MOST_FIELDS {
                return Ok(Err(CallbackError::Form("too many fields".to_owned())));
            }
            let name = field.name().unwrap_or_default().to_owned();
            fields.push((name, decode(&field.bytes().await?).into_owned()));
        }
        Ok(Ok(fields))
    };
    // The whole body is in memory, so the future is ready at once.
    let read: Option<Result<_, multer::Error>> = read.now_or_never();
    match read {
        Some(Ok(fields)) => fields,
        Some(Err(error)) => Err(CallbackError::Form(error.to_string())),
        None => Err(CallbackError::Form("unterminated".to_owned())),
    }
}

/// The events of a form: from its field `detail`, else from its other fields as one event, or as several with names in brackets.
fn fields(fields: Vec<Field>) -> Result<Unpacked, CallbackError> {
    let mut details = fields.iter().filter(|(name, _)| loose::word(name) == "detail");
    if let Some((_, detail)) = details.next() {
        if details.next().is_some() {
            return Err(CallbackError::SeveralDetails);
        }
        let detail = detail.trim_start_matches('\u{feff}').trim();
        // JSON always has quotation marks; without any, the text was escaped twice.
        let again = (!detail.contains('"') && has_escapes(detail)).then(|| decode(&unescape(detail.as_bytes())).into_owned());
        let detail = again.as_deref().unwrap_or(detail);
        return if detail.is_empty() { Err(CallbackError::NoDetail) } else { json::after_notice(detail, Unpacked::all) };
    }
    // JSON that was escaped as if it were a field's name.
    if let [(name, text)] = fields.as_slice()
        && text.is_empty()
        && name.trim_start().starts_with(['{', '['])
    {
        return Unpacked::all(name);
    }
    let mut form = Map::new();
    for (name, text) in fields {
        put(&mut form, path(&name)?, text)?;
    }
    let unpacked = Unpacked::all(&Value::Object(form).to_string())?;
    // A form with other fields is no callback (L23).
    if unpacked.events.iter().all(|(fields, _)| super::is_event(fields)) { Ok(unpacked) } else { Err(CallbackError::NoDetail) }
}

/// Splits `detail[0][status]` into its names, the outer one first.
fn path(name: &str) -> Result<Vec<&str>, CallbackError> {
    let Some((first, rest)) = name.split_once('[') else { return Ok(vec![name]) };
    let names: Vec<&str> = std::iter::once(first).chain(rest.strip_suffix(']').unwrap_or(rest).split("][")).collect();
    if names.len() > MOST_BRACKETS { Err(CallbackError::Form("too many brackets".to_owned())) } else { Ok(names) }
}

fn put(form: &mut Map<String, Value>, path: Vec<&str>, text: String) -> Result<(), CallbackError> {
    let twice = || CallbackError::Form("a field comes twice".to_owned());
    let Some((last, outer)) = path.split_last() else { return Ok(()) };
    let mut within = form;
    for name in outer {
        let next = within.entry(name.trim()).or_insert_with(|| Value::Object(Map::new()));
        within = next.as_object_mut().ok_or_else(twice)?;
    }
    // The names in `list[]` are counted.
    let name = if last.is_empty() { within.len().to_string() } else { last.trim().to_owned() };
    let same = Value::String(text);
    match within.insert(name, same.clone()) {
        Some(before) if before != same => Err(twice()),
        _ => Ok(()),
    }
}
