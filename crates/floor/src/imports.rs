//! Imports of files of numbers: what the engine says of each.

use std::collections::BTreeMap;

use ringside_domain::ImportView;

/// So many imports are remembered.
const KEPT: usize = 16;

#[derive(Debug, Default)]
pub(crate) struct Imports(BTreeMap<u64, (String, ImportView)>);

impl Imports {
    pub fn goes_on(&mut self, import: u64, file: String, view: ImportView) {
        self.0.insert(import, (file, view));
        while self.0.len() > KEPT {
            self.0.pop_first();
        }
    }

    pub fn file_of(&self, import: u64) -> String {
        self.0.get(&import).map_or_else(String::new, |(file, _)| file.clone())
    }

    pub fn view(&self, import: u64) -> ImportView {
        self.0.get(&import).map_or(ImportView::None, |(_, view)| view.clone())
    }
}
