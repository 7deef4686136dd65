//! Making, editing and deleting queues, making groups, and setting tasks that were made elsewhere. Each has a notice. It is done when a
//! reading of the list shows it; a task, which no reading shows, when the platform accepts its state. A request that makes something is never
//! sent twice by itself (A6).

use std::time::Duration;

use ringside_domain::{
    ChangeProgress, ElsewhereTask, FloorAct, FloorAnswer, FloorRequest, Now, Priority, Problem, ProblemCode, QueueName, QueueRead,
    QueueSettings, Running,
};

use crate::{
    Errand, Floor,
    campaigns::TASK_OVER,
    changes::{Changes, Over},
    desk::{Entry, nobody_signed_in, result_of},
    elsewhere,
    turns::{Purpose, Want},
};

/// After the platform accepted a change, it gets this long to show it.
const AFTER_CHANGE: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Order {
    AddQueue {
        name: QueueName,
        dials: bool,
        settings: QueueSettings,
    },
    EditQueue {
        name: QueueName,
        settings: QueueSettings,
    },
    DeleteQueue {
        name: QueueName,
    },
    AddGroup {
        name: String,
    },
    /// A task that was made elsewhere. No reading shows it, so it is done when the platform accepts it.
    SetTask {
        task_id: String,
        state: Running,
    },
}

/// The orders by their notices.
pub(crate) type Orders = Changes<u64, Order>;

impl Order {
    pub fn act(&self) -> FloorAct {
        match self {
            Self::AddQueue { .. } => FloorAct::AddQueue,
            Self::EditQueue { .. } => FloorAct::EditQueue,
            Self::DeleteQueue { .. } => FloorAct::DeleteQueue,
            Self::AddGroup { .. } => FloorAct::AddGroup,
            Self::SetTask { state, .. } => elsewhere::act(*state),
        }
    }

    pub fn word(&self) -> &'static str {
        match self {
            Self::AddQueue { .. } => "addQueue",
            Self::EditQueue { .. } => "editQueue",
            Self::DeleteQueue { .. } => "deleteQueue",
            Self::AddGroup { .. } => "addGroup",
            Self::SetTask { state: Running::Open, .. } => "resume",
            Self::SetTask { state: Running::Paused, .. } => "pause",
            Self::SetTask { state: Running::Over, .. } => "end",
        }
    }

    fn subject(&self) -> &str {
        match self {
            Self::AddQueue { name, .. } | Self::EditQueue { name, .. } | Self::DeleteQueue { name } => &name.0,
            Self::AddGroup { name } => name,
            Self::SetTask { task_id, .. } => task_id,
        }
    }

    fn request(self) -> FloorRequest {
        match self {
            Self::AddQueue { name, dials, settings } => FloorRequest::AddQueue { name, remark: settings.remark.clone(), dials, settings },
            Self::EditQueue { name, settings } => FloorRequest::EditQueue { name, settings },
            Self::DeleteQueue { name } => FloorRequest::DeleteQueue { name },
            Self::AddGroup { name } => FloorRequest::AddGroup { name },
            Self::SetTask { task_id, state } => FloorRequest::SetTask { task_id, state },
        }
    }

    /// Whether the list of queues shows it; None: it concerns no queue.
    fn is_shown_by(&self, list: &[QueueRead]) -> Option<bool> {
        let of = |name: &QueueName| list.iter().find(|read| read.name == *name);
        match self {
            Self::AddQueue { name, .. } => Some(of(name).is_some()),
            Self::EditQueue { name, settings } => Some(of(name).is_some_and(|read| read.settings == *settings)),
            Self::DeleteQueue { name } => Some(of(name).is_none()),
            Self::AddGroup { .. } | Self::SetTask { .. } => None,
        }
    }
}

impl Floor {
    pub(crate) fn order(&mut self, order: Order, by: &str, now: Now) {
        let notice = self.desk.notify(order.act(), order.subject(), ChangeProgress::Pending, now.wall);
        self.enter(Entry { by, what: order.word(), subject: order.subject(), result: "", detail: "" }, now.wall);
        if self.desk.account().is_some() {
            self.orders.order(notice, order, by, now);
        } else {
            self.order_over(Over { key: notice, order, by: by.to_owned(), failure: Some(nobody_signed_in()) }, now);
        }
    }

    pub(crate) fn order_wants(&self, wants: &mut Vec<Want>) {
        let purpose = |notice: u64| match self.orders.progress(&notice) {
            Some((Order::SetTask { .. }, ..)) => Purpose::Task(notice),
            _ => Purpose::Order(notice),
        };
        let want = |(notice, due): (&u64, Duration)| Want { purpose: purpose(*notice), priority: Priority::Person, due };
        // Which of two requests about one task comes last at the platform is not known, so the newer one waits for the answer to the other.
        let is_free = |notice: u64| !self.of_same_task(notice).any(|other| self.turns.is_asked(&Purpose::Task(other)));
        wants.extend(self.orders.to_send().filter(|(notice, _)| is_free(**notice)).map(want));
    }

    /// The other orders that set the task of this one.
    fn of_same_task(&self, notice: u64) -> impl Iterator<Item = u64> {
        let task = move |notice: &u64| match self.orders.progress(notice) {
            Some((Order::SetTask { task_id, .. }, ..)) => Some(task_id),
            _ => None,
        };
        let its = task(&notice);
        self.orders.keys().copied().filter(move |other| *other != notice && its.is_some() && task(other) == its)
    }

    /// Only the newest order for a task counts: an older one would undo it with its repetition.
    fn supersede_orders(&mut self, now: Now) {
        let older: Vec<u64> = self.orders.to_send().map(|(notice, _)| *notice).collect();
        let problem = Problem::new(ProblemCode::NotConfirmed, "a newer order for the task came", false);
        for notice in older {
            if self.of_same_task(notice).any(|other| other > notice)
                && let Some(over) = self.orders.supersede(&notice, &problem, now)
            {
                self.order_over(over, now);
            }
        }
    }

    pub(crate) fn order_turned(&mut self, notice: u64) -> Option<Errand> {
        Some(Errand::Plain(self.orders.turned(&notice)?.request()))
    }

    pub(crate) fn order_answered(&mut self, notice: u64, outcome: Result<FloorAnswer, Problem>, now: Now) {
        let unit = self.desk.unit();
        let order = self.orders.progress(&notice).map(|(order, ..)| order.clone());
        let repeats = matches!(order, Some(Order::EditQueue { .. } | Order::SetTask { .. }));
        let is_over = outcome.as_ref().is_err_and(|problem| problem.number == Some(TASK_OVER));
        if let Some(over) = self.orders.answered(&notice, outcome.err(), repeats, unit, now) {
            self.order_over(over, now);
        }
        match order {
            Some(Order::SetTask { task_id, state }) => {
                let set = self.orders.confirm(&notice, now);
                let by = set.as_ref().map_or_else(String::new, |over| over.by.clone());
                if set.is_some() || is_over {
                    let state = if is_over { Running::Over } else { state };
                    self.task_elsewhere_is(ElsewhereTask { task_id, state, since: now.wall, by });
                }
                if let Some(over) = set {
                    self.order_over(over, now);
                }
            }
            Some(Order::AddGroup { .. }) => self.groups.read_list_by(now.mono + AFTER_CHANGE),
            _ => self.queues.read_list_by(now.mono + AFTER_CHANGE),
        }
        self.say_orders();
    }

    fn any_unconfirmed(&self, is: impl Fn(&Order) -> bool) -> bool {
        self.orders.unconfirmed().any(|(notice, _)| self.orders.progress(notice).is_some_and(|(order, ..)| is(order)))
    }

    pub(crate) fn waits_for_queue_list(&self) -> bool {
        self.any_unconfirmed(|order| !matches!(order, Order::AddGroup { .. } | Order::SetTask { .. }))
    }

    pub(crate) fn waits_for_group_list(&self) -> bool {
        self.any_unconfirmed(|order| matches!(order, Order::AddGroup { .. }))
    }

    /// The list of queues was read.
    pub(crate) fn orders_read(&mut self, asked_at: Duration, now: Now) {
        let list = self.queues.all();
        for over in self.orders.read(asked_at, |_, order| order.is_shown_by(list), now) {
            let set = match &over.order {
                // AddQueue does not take all settings: the rest is set by EditQueue.
                Order::AddQueue { name, settings, .. } => self.queues.of(name).filter(|read| read.settings != *settings),
                _ => None,
            };
            match (set.is_some(), &over.order) {
                (true, Order::AddQueue { name, settings, .. }) => {
                    let edit = Order::EditQueue { name: name.clone(), settings: settings.clone() };
                    let (by, subject) = (over.by.clone(), name.0.clone());
                    self.orders.order(over.key, edit, &by, now);
                    self.enter(Entry { by: &by, what: "addQueue", subject: &subject, result: "done", detail: "" }, now.wall);
                }
                _ => self.order_over(over, now),
            }
        }
        if self.waits_for_queue_list() {
            self.queues.read_list_by(now.mono + EVERY);
        }
        self.say_orders();
    }

    /// The list of groups was read.
    pub(crate) fn orders_read_groups(&mut self, asked_at: Duration, now: Now) {
        let groups = &self.groups;
        let shows = |_: &u64, order: &Order| if let Order::AddGroup { name } = order { groups.has(name) } else { None };
        for over in self.orders.read(asked_at, shows, now) {
            self.order_over(over, now);
        }
        if self.waits_for_group_list() {
            self.groups.read_list_by(now.mono + EVERY);
        }
    }

    pub(crate) fn settle_orders(&mut self, now: Now) {
        self.supersede_orders(now);
        for over in self.orders.settle(now) {
            self.order_over(over, now);
        }
        self.say_orders();
    }

    pub(crate) fn leave_orders(&mut self, now: Now) {
        for over in self.orders.leave(&nobody_signed_in(), now) {
            self.order_over(over, now);
        }
    }

    /// The notices say how far the orders are.
    fn say_orders(&mut self) {
        let keys: Vec<u64> = self.orders.keys().copied().collect();
        for notice in keys {
            if let Some((_, _, progress)) = self.orders.progress(&notice) {
                self.desk.notice_goes_on(notice, progress);
            }
        }
    }

    fn order_over(&mut self, over: Over<u64, Order>, now: Now) {
        let (result, detail) = result_of(over.failure.as_ref());
        self.enter(Entry { by: &over.by, what: over.order.word(), subject: over.order.subject(), result, detail: &detail }, now.wall);
        let progress = over.failure.map_or(ChangeProgress::Confirmed, |problem| ChangeProgress::Failed { problem });
        self.desk.notice_goes_on(over.key, progress);
    }
}
