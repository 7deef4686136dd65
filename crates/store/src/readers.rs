//! The connections that read, in parallel with each other and with the connection that writes.

use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::Connection;

/// Enough for a count over all calls, a page, and the ring card's earlier calls at the same time.
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

    /// Runs the query on a free connection; waits while all are in use.
    pub fn with<T>(&self, query: impl FnOnce(&Connection) -> T) -> T {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| free.is_empty()).unwrap_or_else(PoisonError::into_inner);
        let lent = Lent { readers: self, connection: free.pop() };
        drop(free);
        // Never `None`: the wait ended with a free connection.
        lent.connection.as_ref().map(query).unwrap_or_else(|| unreachable!("waited for a free reader"))
    }

    /// Frees the pages that the free connections keep in memory.
    pub fn release_memory(&self) -> rusqlite::Result<()> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).iter().try_for_each(Connection::release_memory)
    }
}

/// A connection in use. It is returned when this is dropped, also when the query panics.
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
