//! Embeds the first snapshot in a window's page, and names the file of its language there, so that the first drawing needs no request after
//! those that the page itself makes.

use std::borrow::Cow;

use ringside_domain::Snapshot;
use ringside_engine::Handle;
use tauri::{AppHandle, Manager, http};

use crate::texts;

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
    let language = language_file(app, &snapshot);
    match serde_json::to_string(&*snapshot) {
        Ok(json) => {
            if let Some(page) = with_head(response.body(), &json, language.as_deref()) {
                *response.body_mut() = page.into();
            }
        }
        Err(error) => tracing::error!(%error, "the snapshot could not be written as JSON"),
    }
}

/// The script with the texts of the language that the page will most likely choose. The page itself decides, so another one costs a request.
fn language_file(app: &AppHandle, snapshot: &Snapshot) -> Option<String> {
    let begin = if texts::is_chinese(snapshot.settings.language) { "/assets/zh-" } else { "/assets/en-" };
    app.asset_resolver().iter().map(|(file, _)| file.into_owned()).find(|file| file.starts_with(begin) && file.ends_with(".js"))
}

/// None if the page has no head.
fn with_head(page: &[u8], json: &str, language: Option<&str>) -> Option<Vec<u8>> {
    let at = page.windows(PLACE.len()).position(|part| part == PLACE.as_bytes())?;
    // Escaped, so that no text can end the script element.
    let json = json.replace('<', "\\u003c");
    let preload = language.map(|file| format!("<link rel=\"modulepreload\" crossorigin href=\"{file}\">")).unwrap_or_default();
    let element = format!("{preload}<script id=\"snapshot\" type=\"application/json\">{json}</script>");
    Some([&page[..at], element.as_bytes(), &page[at..]].concat())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_text_in_a_snapshot_cannot_end_its_element() {
        let snapshot = json!({ "note": "</script><!--<script>" });
        let page = with_head(b"<html><head><title>R</title></head><body></body></html>", &snapshot.to_string(), None).unwrap();
        let page = String::from_utf8(page).unwrap();
        let (json, rest) = page.split_once("application/json\">").unwrap().1.split_once("</script>").unwrap();
        assert_eq!(serde_json::from_str::<Value>(json).unwrap(), snapshot);
        assert_eq!(rest, "</head><body></body></html>");
    }

    #[test]
    fn the_language_is_requested_with_the_page() {
        let page = with_head(b"<head></head>", "{}", Some("/assets/en-1.js")).unwrap();
        assert!(page.starts_with(b"<head><link rel=\"modulepreload\" crossorigin href=\"/assets/en-1.js\"><script"));
    }

    #[test]
    fn the_shipped_pages_have_a_head_for_the_snapshot() {
        for page in ["index.html", "ring.html"] {
            let page = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui").join(page)).unwrap();
            assert!(with_head(&page, "{}", None).is_some());
        }
    }
}
