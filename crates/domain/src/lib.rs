//! The terms and the rules of a call-centre agent's day: no I/O, no clock, no async.
//!
//! [`Session::apply`] takes an [`Input`] and the time, and returns [`Effect`]s. Everything that a person sees is a projection of its
//! [`Snapshot`].

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod agent;
mod archive;
mod backoff;
mod breaks;
mod budget;
mod call;
mod call_back;
mod captured;
mod checkup;
mod choices;
mod connection;
pub mod contract;
mod crm;
mod effect;
mod floor;
mod gateway;
mod input;
mod ledger;
mod locks;
mod log;
mod number;
mod owed;
mod player;
mod problem;
mod punctuality;
mod queue;
mod session;
mod settings;
mod shortcut;
mod signal;
mod snapshot;
mod text;
mod time;
mod update;
mod ways;
mod wrap_up;
mod zoom;

pub use agent::{Account, Agent, Extension, Identity, Label, Owner, Phone, QueueName, Set, SetBy, Wish};
pub use archive::*;
pub use backoff::Backoff;
pub use breaks::{BreakReason, OnBreak};
pub use budget::{Budget, Failure, Priority, Want};
pub use call::{Call, CallId, Direction, Ending, HungUpBy, LINKED, Method, Party};
pub use call_back::{CallBack, CallBackOrder, CallBackState, CallBackView};
pub use captured::{Captured, CapturedExchange};
pub use checkup::{About, CheckupLine, CheckupView, Verdict};
pub use choices::OwnAgent;
pub(crate) use choices::{NAMED, QUEUES, named, named_mut};
pub use connection::{CallbackTest, ConnectionState, ConnectionView, ListenerView, Part};
pub use crm::{CRM_FIELDS, CrmMode, CrmPreview, CrmSettings, CrmView, Template, TemplateError, crm_scheme};
pub use effect::{Absent, Effect, OtherCode, Request, RequestId, SavedState, Shift, TestRing, TurnId};
pub use floor::*;
pub use gateway::{Enrolment, GatewayState, GatewayView};
pub use input::{FoundRecording, Input, Intent, LinkAnswer, Outcome, RingIntent, ShellReport};
pub use ledger::{CallSign, LedgerEntry, WishedState};
pub use log::{Begin, CallOutcome, Cursor, Edit, ExportFormat, Filter, LogRow, Note, NoteEdit, Span, Sums};
pub use number::{NumberRules, is_withheld, plain_number};
pub use owed::{Debt, Duty, OwedView};
pub use player::{PlayerOrder, PlayerState, PlayerView};
pub use problem::{Problem, ProblemCode};
pub use punctuality::{ClockReading, Punctuality, minted_at};
pub use queue::{OfferedQueue, Seat, SeatState, SeatsReading};
pub use session::{AfterFailure, GatewayStart, Session, Start};
pub use settings::{
    CardSettings, CardSize, DoNotDisturb, Farewell, Language, Leaving, Occasion, SettingChange, Settings, SignInPolicy, SoundDevice,
    SoundSettings, Theme, WindowSettings,
};
pub use shortcut::{ShortcutAction, Shortcuts, ShortcutsView, shortcut};
pub use signal::{
    CallRecord, Delivery, Event, Flaw, LegEvent, LegStatus, Passed, PhoneReading, PhoneState, PublicPath, Receipt, Signal, customer_number,
};
pub use snapshot::*;
pub use text::clean;
pub use time::{Now, Timestamp};
pub use update::{UpdateStage, UpdateView, belongs_to_part};
pub use ways::{AskingView, RingTimes, Way, WaysView};
pub use wrap_up::WrapUpRules;
pub use zoom::{ZoomStep, kept_zoom};
