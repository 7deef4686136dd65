//! The first snapshot comes with a window's page, so that the first drawing waits for no answer.

use std::borrow::Cow;

use ringside_engine::Handle;
use tauri::{AppHandle, Manager, http};

/// The snapshot is put before this; `ui/src/lib/host/tauri.ts` reads it.
const PLACE: &str = "</head>";

/// Puts the current snapshot into a page that the web engine loads. Other files stay as they are.
pub fn snapshot(app: &AppHandle, request: &http::Request<Vec<u8>>, response: &mut http::Response<Cow<'static, [u8]>>) {
    if !matches!(request.uri().path(), "" | "/" | "/index.html" | "/ring.html") {
        return;
    }
    // A page that is loaded before there is an engine asks for its snapshot.
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

/// None: the page has no head.
fn with_json(page: &[u8], json: &str) -> Option<Vec<u8>> {
    let at = page.windows(PLACE.len()).position(|part| part == PLACE.as_bytes())?;
    // No text in it may end the element.
    let json = json.replace('<', "\\u003c");
    let element = format!("<script id=\"snapshot\" type=\"application/json\">{json}</script>");
    Some([&page[..at], element.as_bytes(), &page[at..]].concat())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn no_text_of_a_snapshot_ends_its_element() {
        let snapshot = json!({ "note": "</script><!--<script>" });
        let page = with_json(b"<html><head><title>R</title></head><body></body></html>", &snapshot.to_string()).unwrap();
        let page = String::from_utf8(page).unwrap();
        let (json, rest) = page.split_once("application/json\">").unwrap().1.split_once("</script>").unwrap();
        assert_eq!(serde_json::from_str::<Value>(json).unwrap(), snapshot);
        assert_eq!(rest, "</head><body></body></html>");
    }

    #[test]
    fn the_pages_that_are_shipped_have_a_place_for_it() {
        for page in ["index.html", "ring.html"] {
            let page = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui").join(page)).unwrap();
            assert!(with_json(&page, "{}").is_some());
        }
    }
}
