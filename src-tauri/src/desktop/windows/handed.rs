//! Embeds the first snapshot in a window's page, so that the first drawing needs no request.

use std::borrow::Cow;

use ringside_engine::Handle;
use tauri::{AppHandle, Manager, http};

/// The snapshot is inserted before this tag; `ui/src/lib/host/tauri.ts` reads it.
const PLACE: &str = "</head>";

/// Inserts the current snapshot into a page that the web engine loads. Other files are not changed.
pub fn snapshot(app: &AppHandle, request: &http::Request<Vec<u8>>, response: &mut http::Response<Cow<'static, [u8]>>) {
    if !matches!(request.uri().path(), "" | "/" | "/index.html" | "/ring.html") {
        return;
    }
    // A page that is loaded before the engine exists requests its snapshot.
    let Some(handle) = app.try_state::<Handle>() else { return };
    let snapshot = handle.snapshots().borrow().clone();
    match serde_json::to_string(&*snapshot) {
        Ok(json) => {
            if let Some(page) = with_json(response.body(), &json) {
                *response.body_mut() = page.into();
            }
        }
        Err(error) => tracing::error!(%error, "the snapshot could not be written as JSON"),
    }
}

/// None if the page has no head.
fn with_json(page: &[u8], json: &str) -> Option<Vec<u8>> {
    let at = page.windows(PLACE.len()).position(|part| part == PLACE.as_bytes())?;
    // Escaped, so that no text can end the script element.
    let json = json.replace('<', "\\u003c");
    let element = format!("<script id=\"snapshot\" type=\"application/json\">{json}</script>");
    Some([&page[..at], element.as_bytes(), &page[at..]].concat())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_text_in_a_snapshot_cannot_end_its_element() {
        let snapshot = json!({ "note": "</script><!--<script>" });
        let page = with_json(b"<html><head><title>R</title></head><body></body></html>", &snapshot.to_string()).unwrap();
        let page = String::from_utf8(page).unwrap();
        let (json, rest) = page.split_once("application/json\">").unwrap().1.split_once("</script>").unwrap();
        assert_eq!(serde_json::from_str::<Value>(json).unwrap(), snapshot);
        assert_eq!(rest, "</head><body></body></html>");
    }

    #[test]
    fn the_shipped_pages_have_a_head_for_the_snapshot() {
        for page in ["index.html", "ring.html"] {
            let page = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui").join(page)).unwrap();
            assert!(with_json(&page, "{}").is_some());
        }
    }
}
