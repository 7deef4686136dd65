//! `ringside-gateway --demo`: a simulated platform behind the gateway, and codes for two desks on this machine.

use std::{env, io, path::PathBuf};

use ringside_simulator::{Answering, Options, Simulator};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use url::Url;

use crate::{Gateway, config, data::quoted, folder::Folder, gateway::GatewayError, secrets::write_private};

const ACCESSKEY: &str = "demo-key";
const COMPANY: &str = "lantern";

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the simulated platform: {0}")]
    Simulator(io::Error),
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error(transparent)]
    Config(#[from] config::ConfigError),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

/// The demo's parts; the simulator stops when it is dropped.
pub struct Demo {
    pub gateway: Gateway,
    pub simulator: Simulator,
}

/// The folder of the demo, apart from any real gateway's.
pub fn folder() -> Folder {
    Folder::new(env::temp_dir().join("ringside-gateway-demo"))
}

pub async fn start(folder: &Folder) -> Result<Demo, DemoError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(DemoError::Simulator)?;
    let mut options = Options::demo();
    // The second desk's agent answers by itself, like the first one's, and has no life of its own.
    for extension in options.extensions.iter_mut().take(2) {
        extension.answering = Answering::ByItself;
        extension.queues = Vec::new();
    }
    let simulator = Simulator::start(listener, options).map_err(DemoError::Simulator)?;
    let key = folder.path().join("accesskey");
    write_private(&key, ACCESSKEY.as_bytes()).map_err(|error| DemoError::File(key.clone(), error))?;
    let file = folder.path().join(config::FILE);
    let text = format!(
        "[company.{COMPANY}.platform]\nurl = {}\nappid = \"demo\"\naccesskey_file = {}\n[company.{COMPANY}.callbacks]\nbind = \"127.0.0.1:0\"\n\
         [nats]\nlisten = \"127.0.0.1:4229\"\n[admin]\nbind = \"127.0.0.1:7799\"\n",
        quoted(simulator.url().as_str()),
        quoted(&key.to_string_lossy()),
    );
    write_private(&file, text.as_bytes()).map_err(|error| DemoError::File(file.clone(), error))?;
    let gateway = Gateway::start(config::read(&file)?, folder).await?;
    for company in &gateway.companies {
        simulator.set_callback_url(Url::parse(company.callback_url.expose_secret()).ok());
    }
    Ok(Demo { gateway, simulator })
}
