//! The JSON text in a body: bare, or in the field `detail` of a form (N23). The body says which it is (L8).

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use multer::{Constraints, Multipart, SizeLimit};
use url::form_urlencoded;

use super::CallbackError;

/// Fields of a form, its boundary's length: a callback has one field (L20).
const MOST_FIELDS: usize = 16;
const LONGEST_BOUNDARY: usize = 200;
const LARGEST: u64 = 256 << 10;

/// The payload as text.
pub(super) fn payload(body: &[u8]) -> Result<String, CallbackError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    let detail = match body.first() {
        None => return Err(CallbackError::Empty),
        Some(b'{' | b'[' | b'"') => body.to_vec(),
        Some(b'-') if body.starts_with(b"--") => multipart(body)?,
        Some(_) => urlencoded(body)?,
    };
    let detail = String::from_utf8_lossy(&detail);
    let detail = detail.trim_start_matches('\u{feff}').trim();
    if detail.is_empty() { Err(CallbackError::NoDetail) } else { Ok(detail.to_owned()) }
}

fn urlencoded(body: &[u8]) -> Result<Vec<u8>, CallbackError> {
    let mut details = form_urlencoded::parse(body).filter(|(name, _)| name == "detail");
    let detail = details.next().ok_or(CallbackError::NoDetail)?.1.into_owned();
    if details.next().is_some() {
        return Err(CallbackError::SeveralDetails);
    }
    Ok(detail.into_bytes())
}

/// The boundary is the body's own first line, so that a wrong or missing header does no harm.
fn multipart(body: &[u8]) -> Result<Vec<u8>, CallbackError> {
    let line = body[2..].split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let boundary = std::str::from_utf8(line).ok().filter(|line| (1..=LONGEST_BOUNDARY).contains(&line.len()));
    let boundary = boundary.ok_or_else(|| CallbackError::Form("no boundary".to_owned()))?;
    let source = stream::iter([Ok::<_, std::io::Error>(Bytes::copy_from_slice(body))]);
    let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(LARGEST));
    let mut form = Multipart::with_constraints(source, boundary, limits);
    let read = async {
        let mut detail = None;
        for _ in 0..MOST_FIELDS {
            let Some(field) = form.next_field().await? else { return Ok(Ok(detail)) };
            if field.name() != Some("detail") {
                continue;
            }
            if detail.is_some() {
                return Ok(Err(CallbackError::SeveralDetails));
            }
            detail = Some(field.bytes().await?.to_vec());
        }
        Ok(Err(CallbackError::Form("too many fields".to_owned())))
    };
    // All of the body is here, so nothing is ever waited for.
    let read: Option<Result<_, multer::Error>> = read.now_or_never();
    match read {
        Some(Ok(detail)) => detail?.ok_or(CallbackError::NoDetail),
        Some(Err(error)) => Err(CallbackError::Form(error.to_string())),
        None => Err(CallbackError::Form("unterminated".to_owned())),
    }
}
