//! Reading all calls of a filter, page by page. Between two pages no transaction is open, so the write-ahead log can be emptied,
//! however long the reader takes (S12).

use crate::{Store, StoreError};
use ringside_domain::{Begin, Cursor, Filter, LogRow};

const PAGE: usize = 500;

/// Pages of entries, oldest first. A call that is in the log all the time comes once, as it is when its page is read. A call that
/// is added meanwhile comes if it began after the last call read; a filter with an end keeps it out.
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
            // SQLite may sort a damaged start by another value than the one that is read: a cursor that does not move would loop for ever.
            self.begin = next.filter(|next| *next != begin);
        }
        page.map(|page| (!page.is_empty()).then_some(page)).transpose()
    }
}
