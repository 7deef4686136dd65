//! The answers of the running instance to `--set`, `--show`, `--silence`, `ringside doctor` and a second start.

use ringside_domain::{SetBy, Wish};
use ringside_engine::{Handle, WishEnd};
use tauri::{AppHandle, Manager};

use crate::{
    desktop::{shortcuts, windows},
    doctor::running::Checkup,
    life::{
        instance::{Reply, Request},
        quit::Quit,
    },
    texts::Texts,
};

pub async fn answer(app: AppHandle, handle: Handle, request: Request) -> Reply {
    match request {
        Request::Show | Request::Set { .. } if app.state::<Quit>().is_asked() => Reply::Ending,
        Request::Show => {
            let target = app.clone();
            if let Err(error) = app.run_on_main_thread(move || windows::main::show(&target, None)) {
                tracing::warn!(%error, "the window could not be shown");
            }
            Reply::Shown
        }
        Request::Examine => {
            let mut checks = Vec::new();
            handle.examine_platform(app.state::<Checkup>().vault(), |check| checks.push(check)).await;
            Reply::Examined { checks }
        }
        Request::Silence => {
            shortcuts::silence(&handle);
            Reply::Silenced
        }
        Request::Set { wish: wanted } => {
            let breaks = handle.snapshots().borrow().breaks.clone();
            match Texts::resolved(wanted, &breaks) {
                Some(wanted) => wish(&handle, wanted).await,
                None => Reply::UnknownBreak { known: breaks.into_iter().map(|reason| reason.name).collect() },
            }
        }
    }
}

async fn wish(handle: &Handle, wish: Wish) -> Reply {
    match handle.wish(wish, SetBy::CommandLine).await {
        WishEnd::Confirmed => Reply::Confirmed,
        WishEnd::RolledBack(problem) => Reply::Refused { problem },
        WishEnd::InPart(queues) => Reply::InPart { queues },
        WishEnd::AfterCall => Reply::AfterCall,
        WishEnd::Unconfirmed => Reply::Unconfirmed,
        WishEnd::NotSignedIn => Reply::NotSignedIn,
    }
}
