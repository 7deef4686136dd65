//! The notifications that are to be on the screen, on Windows and macOS.
//!
//! A system shows a notification some time after it was asked to. One that is withdrawn meanwhile may not be there yet, so that its removal
//! does nothing. It is removed again as soon as the system has it.

use std::{collections::HashMap, convert::Infallible, future::pending};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};

use super::{Clicked, Id, Notices};

pub struct Shown {
    notices: Notices,
    /// By their tags.
    wanted: HashMap<i32, Id>,
    /// The notifications that the system may not have yet. Each resolves when its removal is certain.
    asked: FuturesUnordered<BoxFuture<'static, Id>>,
}

impl Shown {
    pub fn new(group: &str, clicked: Clicked) -> Self {
        Self { notices: Notices::new(group, clicked), wanted: HashMap::new(), asked: FuturesUnordered::new() }
    }

    /// Shows a notification in the place of the one with this tag. `call` is passed on at a click.
    #[allow(clippy::clone_on_copy)] // a number on Windows, a text on macOS
    pub fn show(&mut self, tag: i32, call: Option<u64>, title: &str, body: &str) {
        self.remove(tag);
        match self.notices.show(call, title, body) {
            Ok((id, taken)) => {
                self.wanted.insert(tag, id.clone());
                self.asked.push(taken.map(move |()| id).boxed());
            }
            Err(error) => tracing::warn!(%error, "a notification was not shown"),
        }
    }

    pub fn remove(&mut self, tag: i32) {
        if let Some(id) = self.wanted.remove(&tag) {
            self.notices.remove(&id);
        }
    }

    /// Removes what was withdrawn too early.
    pub async fn attend(&mut self) -> Infallible {
        while let Some(id) = self.asked.next().await {
            self.taken(&id);
        }
        pending().await
    }

    fn taken(&mut self, id: &Id) {
        if !self.wanted.values().any(|wanted| wanted == id) {
            self.notices.remove(id);
        }
    }

    /// Removes all, also those that the system does not have yet.
    pub async fn end(&mut self) {
        for (_, id) in std::mem::take(&mut self.wanted) {
            self.notices.remove(&id);
        }
        while let Some(id) = self.asked.next().await {
            self.taken(&id);
        }
    }
}
