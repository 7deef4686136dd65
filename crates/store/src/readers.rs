//! The connections that read, beside each other and beside the one that writes.

use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::Connection;

/// A count over all calls, a page and the ring card's earlier calls at the same time.
pub(crate) const READERS: usize = 3;

#[derive(Debug)]
pub(crate) struct Readers {
    free: Mutex<Vec<Connection>>,
    freed: Condvar,
}

impl Readers {
    pub fn new(connections: Vec<Connection>) -> Self {
        Self { free: Mutex::new(connections), freed: Condvar::new() }
    }

    /// Waits for a free one where all are in use.
    pub fn with<T>(&self, query: impl FnOnce(&Connection) -> T) -> T {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| free.is_empty()).unwrap_or_else(PoisonError::into_inner);
        let lent = Lent { readers: self, connection: free.pop() };
        drop(free);
        // Never None: waited for.
        lent.connection.as_ref().map(query).unwrap_or_else(|| unreachable!("waited for a free reader"))
    }
}

/// Comes back also when a query panics.
struct Lent<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.readers.free.lock().unwrap_or_else(PoisonError::into_inner).extend(self.connection.take());
        self.readers.freed.notify_one();
    }
}
