//! A desk with an AppImage, and a server on this computer that has a newer one.

use std::{fs, io::Cursor, os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc};

use data_encoding::BASE64;
use minisign::KeyPair;
use ringside_domain::{CallId, CallState, CallView, Direction, Method, Party, Problem, Snapshot, Timestamp, UpdateStage, UpdateView};
use ringside_engine::{Clock, SystemClock, Uploads};
use ringside_platform::Proxy;
use serde_json::{Value, json};
use tauri::{
    AppHandle,
    test::{MockRuntime, mock_builder, mock_context, noop_assets},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::watch,
};

use crate::{
    floor::quiet::Quiet,
    life::locked,
    updates::{Installation, Means, Source, Updated, Updates},
};

pub const OLD: &[u8] = b"the old program";
pub const NEW: &[u8] = b"\x7fELF\x02\x01\x01\x00AI\x02\0\0\0\0\0\x02\x00\x3e\x00 the new program";
/// For a processor of ARM.
pub const OF_ARM: &[u8] = b"\x7fELF\x02\x01\x01\x00AI\x02\0\0\0\0\0\x02\x00\xb7\x00 the new program";

/// What the server sends.
#[derive(Clone)]
pub struct Answers {
    pub manifest: Value,
    pub file: Vec<u8>,
    /// So many bytes of the file are sent, then the connection is closed.
    pub sent: usize,
    /// The address to which a question for the manifest is redirected.
    pub elsewhere: Option<String>,
    pub asked: Vec<String>,
}

/// A desk with an AppImage, and a server that has a newer one.
pub struct World {
    _folder: tempfile::TempDir,
    pub image: PathBuf,
    pub updates: Arc<Updates>,
    pub app: AppHandle<MockRuntime>,
    pub quiet: Quiet,
    pub snapshots: watch::Sender<Arc<Snapshot>>,
    pub uploads: watch::Sender<Uploads>,
    pub answers: Arc<std::sync::Mutex<Answers>>,
    pub key: KeyPair,
    pub address: String,
}

pub fn signature(key: &KeyPair, file: &[u8], comment: &str) -> String {
    let signed = minisign::sign(Some(&key.pk), &key.sk, Cursor::new(file), Some(comment), None).unwrap();
    BASE64.encode(signed.into_string().as_bytes())
}

impl World {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("Ringside.AppImage");
        fs::write(&image, OLD).unwrap();
        fs::set_permissions(&image, fs::Permissions::from_mode(0o750)).unwrap();
        let key = KeyPair::generate_unencrypted_keypair().unwrap();
        let answers = Answers { manifest: Value::Null, file: NEW.to_vec(), sent: usize::MAX, elsewhere: None, asked: Vec::new() };
        let answers = Arc::new(std::sync::Mutex::new(answers));
        let address = serve(Arc::clone(&answers)).await;
        let installation = Installation::AppImage(image.clone());
        let source = Source {
            server: format!("{address}/ringside.json").parse().unwrap(),
            key: key.pk.to_base64(),
            target: installation.target(),
            // Nobody listens there; a server on this computer is asked without it.
            proxy: Proxy::At("http://127.0.0.1:1".parse().unwrap()),
            desk: "this desk".to_owned(),
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let means = Means { source, installation, clock, seed: 1, folder: folder.path().join("updates") };
        let updates = Arc::new(Updates::with(Some(means), UpdateView::default()));
        let mut context = mock_context(noop_assets());
        context.package_info_mut().version = "1.0.0".parse().unwrap();
        let plugins = &mut context.config_mut().plugins.0;
        // As the program has it.
        let config: Value = serde_json::from_str(include_str!("../../../tauri.conf.json")).unwrap();
        plugins.insert("updater".to_owned(), config["plugins"]["updater"].clone());
        let app = mock_builder().plugin(tauri_plugin_updater::Builder::new().build()).build(context).unwrap();
        let (snapshots, uploads) = (watch::Sender::new(free()), watch::Sender::new(Uploads::default()));
        let quiet = Quiet::of(snapshots.subscribe(), uploads.subscribe());
        let app = app.handle().clone();
        let world = Self { _folder: folder, image, updates, app, quiet, snapshots, uploads, answers, key, address };
        world.announce("1.1.0", "version:1.1.0");
        world
    }

    /// The server has this version, whose signature has this trusted comment.
    pub fn announce(&self, version: &str, comment: &str) {
        let signature = signature(&self.key, &locked(&self.answers).file, comment);
        locked(&self.answers).manifest = json!({
            "version": version,
            "notes": "Quicker.",
            "platforms": { "linux-x86_64-appimage": { "url": format!("{}/file", self.address), "signature": signature } },
        });
    }

    pub fn change(&self, change: impl FnOnce(&mut Answers)) {
        change(&mut locked(&self.answers));
    }

    /// Looks for an update, and installs what is found.
    pub async fn update(&self) -> Result<Updated, Problem> {
        let (updates, app, quiet) = (Arc::clone(&self.updates), self.app.clone(), self.quiet.clone());
        let serving = tokio::spawn(async move { updates.serve(&app, &quiet).await });
        let updated = self.updates.update().await;
        if matches!(updated, Ok(Updated::Installed { .. })) {
            serving.await.unwrap();
        } else {
            serving.abort();
            assert!(serving.await.unwrap_err().is_cancelled(), "it ends only after an installation");
        }
        updated
    }

    pub fn stage(&self) -> UpdateStage {
        self.updates.view(&self.quiet).stage
    }

    pub fn is_old(&self) -> bool {
        fs::read(&self.image).unwrap() == OLD && fs::read_dir(self.image.parent().unwrap()).unwrap().count() <= 2
    }

    /// The update fails, is said to, and leaves the program as it was.
    pub async fn fails(&self) -> Problem {
        let problem = self.update().await.unwrap_err();
        assert_eq!(self.updates.view(&self.quiet).problem.as_ref(), Some(&problem));
        assert!(self.is_old());
        problem
    }
}

/// Answers `/ringside.json` and `/file`, one request to a connection.
async fn serve(answers: Arc<std::sync::Mutex<Answers>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if connection.read(&mut byte).await.unwrap() == 0 {
                    break;
                }
                request.push(byte[0]);
            }
            let path = String::from_utf8_lossy(&request).split(' ').nth(1).unwrap_or_default().to_owned();
            let (status, body, sent) = {
                let mut answers = locked(&answers);
                answers.asked.push(path.clone());
                match (path.as_str(), &answers.elsewhere) {
                    ("/file", _) => ("200 OK".to_owned(), answers.file.clone(), answers.sent),
                    ("/ringside.json", Some(to)) => (format!("302 Found\r\nLocation: {to}"), Vec::new(), usize::MAX),
                    _ => ("200 OK".to_owned(), answers.manifest.to_string().into_bytes(), usize::MAX),
                }
            };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            connection.write_all(head.as_bytes()).await.unwrap();
            connection.write_all(&body[..body.len().min(sent)]).await.unwrap();
            connection.shutdown().await.unwrap();
        }
    });
    address
}

pub fn free() -> Arc<Snapshot> {
    Arc::new(Snapshot::empty(Timestamp(0)))
}

pub fn in_a_call() -> Arc<Snapshot> {
    let call = CallView {
        id: CallId(1),
        state: CallState::Ringing,
        party: Party::Agent,
        card: true,
        silenced: false,
        test: false,
        direction: Direction::Incoming,
        method: Method::Predictive,
        queue: None,
        customer_number: "015029913692".to_owned(),
        display_number: String::new(),
        member_id: None,
        customer_id: None,
        maturity: None,
        started_at: Timestamp(0),
        rang_at: None,
        answered_at: None,
        looked_up: true,
        last_contact: None,
    };
    Arc::new(Snapshot { calls: vec![call], ..Snapshot::empty(Timestamp(0)) })
}
