//! Imports of files of numbers: what the engine says of each, and when one is dropped that nobody can take any more.

use std::collections::{BTreeMap, BTreeSet};

use ringside_domain::ImportView;

use crate::Effect;

/// So many imports are remembered.
const KEPT: usize = 16;

#[derive(Debug, Default)]
pub(crate) struct Imports {
    shown: BTreeMap<u64, (String, ImportView)>,
    /// A campaign takes their numbers; the transaction is not stored yet.
    taken: BTreeSet<u64>,
    to_drop: Vec<u64>,
}

impl Imports {
    pub fn goes_on(&mut self, import: u64, file: String, view: ImportView) {
        self.shown.insert(import, (file, view));
        while self.shown.len() > KEPT {
            self.shown.pop_first();
        }
    }

    pub fn file_of(&self, import: u64) -> String {
        self.shown.get(&import).map_or_else(String::new, |(file, _)| file.clone())
    }

    pub fn view(&self, import: u64) -> ImportView {
        self.shown.get(&import).map_or(ImportView::None, |(_, view)| view.clone())
    }

    pub fn is_taken(&mut self, import: u64) {
        self.taken.insert(import);
    }

    /// A campaign has its numbers, or was not begun. Then the page has forgotten it already.
    pub fn ends(&mut self, import: u64, has_numbers: bool) {
        self.taken.remove(&import);
        if !has_numbers {
            self.to_drop.push(import);
        }
    }

    /// The page is gone, and with it the only way to these imports.
    pub fn page_closed(&mut self, imports: Vec<u64>) {
        self.to_drop.extend(imports.into_iter().filter(|import| !self.taken.contains(import)));
    }

    pub fn settle(&mut self, out: &mut Vec<Effect>) {
        out.extend(self.to_drop.drain(..).map(|import| Effect::DropImport { import }));
    }
}
