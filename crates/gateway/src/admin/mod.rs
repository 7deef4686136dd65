//! The administrator's endpoint: health, metrics, a page of desks, and the commands of `ringside-gateway desk`.

pub mod client;
pub mod commands;
mod health;
mod metrics;
mod page;

use std::{io, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::{net::TcpListener, sync::Mutex, task::JoinSet};

use crate::{company::Company, folder::Folder};

#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("the administrator's address {0}: {1}")]
    Bind(SocketAddr, io::Error),
}

/// What the handlers see.
pub struct Shown {
    pub companies: Vec<Arc<Company>>,
    pub gateway: String,
    pub folder: Folder,
    backing_up: Mutex<()>,
    token: SecretString,
}

impl Shown {
    /// The named company; without a name the only one.
    pub fn company(&self, name: Option<&str>) -> Option<&Arc<Company>> {
        match name {
            Some(name) => self.companies.iter().find(|company| company.settings.name == name),
            None if self.companies.len() == 1 => self.companies.first(),
            None => None,
        }
    }
}

pub(crate) async fn start(
    bind: SocketAddr,
    token: SecretString,
    companies: Vec<Arc<Company>>,
    gateway: String,
    folder: Folder,
    work: &mut JoinSet<()>,
) -> Result<SocketAddr, AdminError> {
    let failed = |error| AdminError::Bind(bind, error);
    let socket = TcpListener::bind(bind).await.map_err(failed)?;
    let address = socket.local_addr().map_err(failed)?;
    let shown = Arc::new(Shown { companies, gateway, folder, backing_up: Mutex::default(), token });
    let commands = Router::new()
        .route("/desk/add", post(commands::add))
        .route("/desk/list", post(commands::list))
        .route("/desk/bind", post(commands::bind))
        .route("/desk/revoke", post(commands::revoke))
        .route("/unmapped", post(commands::unmapped))
        .route("/backup", post(commands::back_up))
        .layer(middleware::from_fn_with_state(Arc::clone(&shown), only_with_token));
    let router = Router::new()
        .route("/health", get(health::health))
        .route("/metrics", get(metrics::metrics))
        .route("/", get(page::page))
        .nest("/admin", commands)
        .layer(middleware::from_fn(move |request: Request, next: Next| only_by_address(address, request, next)))
        .with_state(shown);
    work.spawn(async move {
        if let Err(error) = axum::serve(socket, router).await {
            tracing::error!(%error, "the administrator's endpoint has ended");
        }
    });
    Ok(address)
}

/// A web page that reaches this endpoint by a name of its own sends that name as the host.
async fn only_by_address(bound: SocketAddr, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_address = host.parse::<SocketAddr>().is_ok_and(|address| address.port() == bound.port());
    let is_local = host == format!("localhost:{}", bound.port());
    if request.headers().contains_key(header::ORIGIN) || !(is_address || is_local) {
        return StatusCode::FORBIDDEN.into_response();
    }
    next.run(request).await
}

async fn only_with_token(State(shown): State<Arc<Shown>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if !bool::from(given.as_bytes().ct_eq(shown.token.expose_secret().as_bytes())) {
        return (StatusCode::UNAUTHORIZED, "only the administrator's command may ask this").into_response();
    }
    next.run(request).await
}
