//! The way itself: certificates, proxies, black holes; A13 to A15.

use std::{
    net::SocketAddr,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ringside_domain::{Account, ProblemCode, Timestamp};
use ringside_platform::{Client, ClientOptions, Lost, PlatformError};
use ringside_tests::PATIENCE;
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpSocket, TcpStream},
};

use super::desk::{KEY, quick};

fn client(options: ClientOptions) -> Client {
    Client::new(options, Arc::new(|| Timestamp(1_800_000_000_000))).unwrap()
}

async fn sign_in(client: &Client, url: String) -> PlatformError {
    let account = Account { url, appid: "demo".into() };
    client.sign_in(&account, KEY.to_owned().into()).await.unwrap_err()
}

#[tokio::test]
async fn a13_a_certificate_of_its_own_making_is_refused_and_nothing_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let certificate = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let identity =
        native_tls::Identity::from_pkcs8(certificate.cert.pem().as_bytes(), certificate.signing_key.serialize_pem().as_bytes()).unwrap();
    let acceptor = tokio_native_tls::TlsAcceptor::from(native_tls::TlsAcceptor::new(identity).unwrap());
    let read = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&read);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut bytes = Vec::new();
                let _ = stream.read_to_end(&mut bytes).await;
                count.fetch_add(bytes.len(), Ordering::Relaxed);
            }
        }
    });
    let client = client(quick());
    for host in ["localhost", "127.0.0.1"] {
        let error = sign_in(&client, format!("https://{host}:{port}/")).await;
        assert!(matches!(error, PlatformError::Tls(_)), "{error:?}");
        assert!(!error.fate_unknown());
        let problem = ringside_domain::Problem::from(&error);
        assert_eq!((problem.code, problem.retryable), (ProblemCode::Tls, false));
    }
    assert_eq!(read.load(Ordering::Relaxed), 0, "the accesskey was not sent");
}

/// Set in a process of its own, which only asks this address: the proxy's environment is read when a client is made.
const CHILD: &str = "RINGSIDE_TEST_TARGET";

#[tokio::test]
async fn a14_the_environments_proxy_is_used_but_not_for_loopback() {
    if let Ok(target) = std::env::var(CHILD) {
        let error = sign_in(&client(quick()), target).await;
        assert!(matches!(error, PlatformError::Http { status: 503, .. }), "{error:?}");
        return;
    }
    let (proxy, seen) = first_lines().await;
    let (platform, asked) = first_lines().await;
    let run = |target: String| {
        let proxy = format!("http://{proxy}");
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", "way::a14_the_environments_proxy_is_used_but_not_for_loopback"])
            .env(CHILD, target)
            .env("http_proxy", &proxy)
            .env("HTTP_PROXY", proxy);
        child.env_remove("no_proxy").env_remove("NO_PROXY").env_remove("all_proxy").env_remove("ALL_PROXY");
        tokio::task::spawn_blocking(move || child.output().unwrap())
    };
    let output = run("http://call.example.com/".into()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(seen.lock().await.as_slice(), ["POST http://call.example.com/ HTTP/1.1"]);
    let output = run(format!("http://{platform}/")).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(asked.lock().await.as_slice(), ["POST / HTTP/1.1"]);
    assert_eq!(seen.lock().await.len(), 1, "the proxy saw no more");
}

/// A server that answers 503, and the first line of each request.
async fn first_lines() -> (SocketAddr, Arc<tokio::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(tokio::sync::Mutex::new(Vec::new()));
    let lines = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 16 << 10];
            let count = stream.read(&mut request).await.unwrap_or(0);
            let text = String::from_utf8_lossy(&request[..count]).into_owned();
            lines.lock().await.push(text.lines().next().unwrap_or_default().to_owned());
            let answer = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await;
            while stream.read(&mut request).await.is_ok_and(|count| count > 0) {}
        }
    });
    (address, seen)
}

/// A socket whose queue is full: connections to it are neither accepted nor refused.
async fn black_hole() -> (SocketAddr, impl Sized) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
        waiting.push(stream);
        assert!(waiting.len() < 10_000, "this system's queue has no end");
    }
    (address, (listener, waiting))
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a15_a_black_hole_is_given_up_before_anything_is_sent() {
    let (address, _kept) = black_hole().await;
    assert!(ClientOptions::default().connect <= Duration::from_secs(5));
    let client = client(ClientOptions { connect: Duration::from_millis(300), total: PATIENCE, ..quick() });
    let began = tokio::time::Instant::now();
    let error = sign_in(&client, format!("http://{address}/")).await;
    assert!(began.elapsed() < PATIENCE / 2);
    assert!(matches!(error, PlatformError::Unreachable { lost: Lost::BeforeSent, .. }), "{error:?}");
}
