//! The answers of the running instance to `--set`, `--show`, `--silence`, `--supervisor`, `ringside api`, `ringside doctor` and a second
//! start.

use ringside_domain::{SetBy, Wish};
use ringside_engine::{Called, Handle, WishEnd};
use ringside_platform::Secrets;
use tauri::{AppHandle, Manager};

use crate::{
    desktop::{shortcuts, windows},
    doctor,
    floor::{self, Desk},
    life::{
        instance::{Reply, Request},
        quit::Quit,
    },
    texts::Texts,
    updates::{Updated, Updates},
};

pub async fn answer(app: AppHandle, handle: Handle, request: Request) -> Reply {
    match request {
        Request::Show | Request::Supervisor | Request::Set { .. } | Request::Update if app.state::<Quit>().is_asked() => Reply::Ending,
        Request::Show => {
            let target = app.clone();
            if let Err(error) = app.run_on_main_thread(move || windows::main::show(&target, None)) {
                tracing::warn!(%error, "the window could not be shown");
            }
            Reply::Shown
        }
        Request::Supervisor if !floor::is_on(&handle.snapshots().borrow()) => Reply::SupervisorOff,
        Request::Supervisor => {
            windows::supervisor::open(&app);
            Reply::SupervisorShown
        }
        Request::Call { .. } if !floor::is_on(&handle.snapshots().borrow()) => Reply::SupervisorOff,
        Request::Call { service, fields, show_secrets } => {
            let secrets = if show_secrets { Secrets::Shown } else { Secrets::Masked };
            let called = match app.state::<Desk>().floor() {
                Ok(floor) => floor.call_by_hand(&service, fields, secrets).await,
                Err(problem) => Err(problem),
            };
            let Called { answer, problem } = called.unwrap_or_else(|problem| Called { answer: String::new(), problem: Some(problem) });
            Reply::Called { answer, problem }
        }
        Request::Examine => {
            let mut checks = Vec::new();
            handle.examine_platform(|check| checks.push(check)).await;
            let desk = app.state::<Desk>();
            if floor::is_on(&handle.snapshots().borrow()) {
                checks.push(doctor::desk(desk.open_campaigns().await.map_err(|problem| problem.to_string())));
            }
            Reply::Examined { checks }
        }
        Request::Update => match app.state::<Updates>().update().await {
            Ok(Updated::Newest) => Reply::Newest,
            Ok(Updated::Installed { version }) => Reply::Updated { version },
            Err(problem) => Reply::Refused { problem },
        },
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
