//! Reading all that is filtered, page by page: between two pages nothing is held, so that the write-ahead log can be emptied
//! however long the reader takes (S12).

use crate::{Store, StoreError};
use ringside_domain::{Begin, Cursor, Filter, LogRow};

const PAGE: usize = 500;

/// Pages of entries, oldest first: each call that is there all the while comes once, as it is when its page is read.
/// A call that began later than the pages have come is in a later page; give the filter an end for a fixed set.
#[derive(Debug)]
pub struct Export {
    store: Store,
    filter: Filter,
    begin: Option<Begin>,
}

impl Export {
    pub(crate) fn new(store: Store, filter: Filter) -> Self {
        Self { store, filter, begin: Some(Begin::Oldest) }
    }
}

impl Iterator for Export {
    type Item = Result<Vec<LogRow>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let begin = self.begin.take()?;
        let page = self.store.log(&self.filter, begin, 0, PAGE);
        if let Ok(page) = &page {
            let next = page.last().filter(|_| page.len() == PAGE).map(|last| Begin::After(Cursor::after(&last.call)));
            // A row whose start is damaged can stand elsewhere than it says; the walk must not begin anew there.
            self.begin = next.filter(|next| *next != begin);
        }
        page.map(|page| (!page.is_empty()).then_some(page)).transpose()
    }
}
