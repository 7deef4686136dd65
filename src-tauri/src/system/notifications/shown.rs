//! The notifications that are to be on the screen.
//!
//! A system shows a notification some time after it was asked to. One that is withdrawn meanwhile may not be there yet, so that its removal
//! does nothing. It is removed again as soon as the system has it.

use std::{collections::HashMap, convert::Infallible};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};

use super::{Asked, Clicked, Id, Notices};

pub struct Shown {
    notices: Notices,
    /// By their tags.
    wanted: HashMap<i32, Wanted>,
    /// The notifications that the system does not have yet.
    asked: FuturesUnordered<BoxFuture<'static, Answer>>,
    count: u64,
}

struct Wanted {
    /// Which of the notifications with this tag.
    number: u64,
    id: Option<Id>,
}

struct Answer {
    tag: i32,
    number: u64,
    call: Option<u64>,
    /// None: it is not shown.
    id: Option<Id>,
}

impl Shown {
    pub fn new(group: &str, clicked: Clicked) -> Self {
        Self::by(Notices::new(group, clicked))
    }

    pub(super) fn by(notices: Notices) -> Self {
        Self { notices, wanted: HashMap::new(), asked: FuturesUnordered::new(), count: 0 }
    }

    /// Shows a notification in the place of the one with this tag. `call` is passed on at a click.
    pub async fn show(&mut self, tag: i32, call: Option<u64>, title: &str, body: &str) {
        self.remove(tag).await;
        let Asked { id, taken } = match self.notices.show(call, title, body).await {
            Ok(asked) => asked,
            Err(error) => return tracing::warn!(%error, "a notification was not shown"),
        };
        self.count += 1;
        let number = self.count;
        self.wanted.insert(tag, Wanted { number, id });
        self.asked.push(async move { Answer { tag, number, call, id: taken.await } }.boxed());
    }

    pub async fn remove(&mut self, tag: i32) {
        if let Some(Wanted { id: Some(id), .. }) = self.wanted.remove(&tag) {
            self.notices.remove(&id).await;
        }
    }

    /// Follows what the system reports: that it has a notification, and clicks.
    pub async fn attend(&mut self) -> Infallible {
        loop {
            self.hear().await;
        }
    }

    async fn hear(&mut self) {
        tokio::select! {
            // A click that came with the answer needs the answer's id.
            biased;
            Some(answer) = self.asked.next() => self.taken(answer).await,
            () = self.notices.hear() => {}
        }
    }

    async fn taken(&mut self, Answer { tag, number, call, id }: Answer) {
        let Some(id) = id else { return };
        self.notices.taken(&id, call);
        match self.wanted.get_mut(&tag).filter(|wanted| wanted.number == number) {
            Some(wanted) => wanted.id = Some(id),
            None => self.notices.remove(&id).await,
        }
    }

    /// Removes all, also those that the system does not have yet.
    pub async fn end(&mut self) {
        for tag in self.wanted.keys().copied().collect::<Vec<_>>() {
            self.remove(tag).await;
        }
        while !self.asked.is_empty() {
            self.hear().await;
        }
    }
}
