//! Faults of the connection: certificates, proxies, addresses that drop packets; A13 to A15.

use std::{
    net::SocketAddr,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ringside_domain::{Account, ProblemCode, Timestamp};
use ringside_platform::{Client, ClientOptions, Lost, PlatformError, Proxy};
use ringside_tests::PATIENCE;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
};

use super::test_client::{KEY, quick};

fn client(options: ClientOptions) -> Client {
    Client::new(options, Arc::new(|| Timestamp(1_800_000_000_000)))
}

async fn sign_in(client: &Client, url: String) -> PlatformError {
    let account = Account { url, appid: "demo".into() };
    client.sign_in(&account, KEY.to_owned().into()).await.unwrap_err()
}

#[tokio::test]
async fn a13_a_self_signed_certificate_is_refused_and_nothing_is_sent() {
    let certificate = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (address, read) = tls_server(&certificate.cert.pem(), &certificate.signing_key.serialize_pem()).await;
    let error = sign_in(&client(quick()), format!("https://localhost:{}/", address.port())).await;
    assert!(matches!(&error, PlatformError::Tls(reason) if !reason.is_empty()), "{error:?}");
    assert!(!error.fate_unknown());
    let problem = ringside_domain::Problem::from(&error);
    // The certificate can be a captive portal's, which ends after a while (FS10).
    assert_eq!((problem.code, problem.retryable), (ProblemCode::Tls, true));
    assert_eq!(read.load(Ordering::Relaxed), 0, "the accesskey was not sent");
}

/// The system's root certificates count, for example a company's own; but a wrong name or date is refused.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a13_the_systems_root_certificates_count_but_a_wrong_name_or_date_is_refused() {
    const TEST: &str = "way::a13_the_systems_root_certificates_count_but_a_wrong_name_or_date_is_refused";
    if child().await {
        return;
    }
    let (root_key, mut root) = (rcgen::KeyPair::generate().unwrap(), rcgen::CertificateParams::default());
    root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    root.distinguished_name.push(rcgen::DnType::CommonName, "a company of its own");
    let folder = tempfile::tempdir().unwrap();
    let roots = folder.path().join("roots.pem");
    std::fs::write(&roots, root.self_signed(&root_key).unwrap().pem()).unwrap();
    let issuer = rcgen::Issuer::new(root, root_key);
    for (name, expired, expected) in
        [("localhost", false, "http 503"), ("elsewhere.example", false, "mismatch"), ("localhost", true, "expired")]
    {
        let (key, mut leaf) = (rcgen::KeyPair::generate().unwrap(), rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap());
        if expired {
            leaf.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }
        let (address, _) = tls_server(&leaf.signed_by(&key, &issuer).unwrap().pem(), &key.serialize_pem()).await;
        let environment = [("SSL_CERT_FILE", roots.display().to_string())];
        run(TEST, format!("https://localhost:{}/", address.port()), expected, &environment).await;
    }
}

/// A server that answers 503. Counts the bytes that it received.
async fn tls_server(certificate: &str, key: &str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let identity = native_tls::Identity::from_pkcs8(certificate.as_bytes(), key.as_bytes()).unwrap();
    let acceptor = tokio_native_tls::TlsAcceptor::from(native_tls::TlsAcceptor::new(identity).unwrap());
    let read = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&read);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                refuse(&mut stream, |text| _ = count.fetch_add(text.len(), Ordering::Relaxed)).await;
            }
        }
    });
    (address, read)
}

/// Reads a request, passes its text on, and answers 503.
async fn refuse(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), heard: impl FnOnce(&str)) {
    let mut request = vec![0; 16 << 10];
    let count = stream.read(&mut request).await.unwrap_or(0);
    // Before the answer: with it the test goes on.
    heard(&String::from_utf8_lossy(&request[..count]));
    let answer = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let _ = stream.write_all(answer).await;
    while stream.read(&mut request).await.is_ok_and(|count| count > 0) {}
}

/// Set in a child process that only sends a request to this address: the environment is read when a client is created.
const TARGET: &str = "RINGSIDE_TEST_TARGET";
const EXPECTED: &str = "RINGSIDE_TEST_EXPECTED";
const WITHOUT_PROXY: &str = "RINGSIDE_TEST_WITHOUT_PROXY";

/// Whether this is the child process; if so, it has sent its request.
async fn child() -> bool {
    let Ok(target) = std::env::var(TARGET) else { return false };
    let proxy = if std::env::var_os(WITHOUT_PROXY).is_some() { Proxy::None } else { Proxy::System };
    let error = sign_in(&client(ClientOptions { proxy, ..quick() }), target).await;
    let told = match &error {
        PlatformError::Http { status, .. } => format!("http {status}"),
        PlatformError::Unreachable { .. } => "unreachable".to_owned(),
        PlatformError::Tls(reason) => reason.clone(),
        other => panic!("{other:?}"),
    };
    assert!(told.contains(&std::env::var(EXPECTED).unwrap()), "{error:?}");
    true
}

/// Runs this test in a child process.
async fn run(test: &'static str, target: String, expected: &'static str, environment: &[(&str, String)]) {
    let mut process = Command::new(std::env::current_exe().unwrap());
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        process.env_remove(name).env_remove(name.to_ascii_uppercase());
    }
    process.args(["--exact", test]).env(TARGET, target).env(EXPECTED, expected);
    process.envs(environment.iter().map(|(name, text)| (*name, text)));
    let output = tokio::task::spawn_blocking(move || process.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn a14_the_proxy_of_the_environment_is_used_but_not_for_loopback() {
    const TEST: &str = "way::a14_the_proxy_of_the_environment_is_used_but_not_for_loopback";
    if child().await {
        return;
    }
    let (proxy, seen) = first_lines().await;
    let (platform, asked) = first_lines().await;
    let environment = [("http_proxy", format!("http://{proxy}"))];
    run(TEST, "http://call.example.com/".to_owned(), "http 503", &environment).await;
    assert_eq!(seen.lock().unwrap().as_slice(), ["POST http://call.example.com/ HTTP/1.1"]);
    run(TEST, format!("http://{platform}/"), "http 503", &environment).await;
    assert_eq!(asked.lock().unwrap().as_slice(), ["POST / HTTP/1.1"]);
    assert_eq!(seen.lock().unwrap().len(), 1, "the proxy got no other request");
}

#[tokio::test]
async fn a14_no_proxy_is_used_if_the_settings_say_so() {
    const TEST: &str = "way::a14_no_proxy_is_used_if_the_settings_say_so";
    if child().await {
        return;
    }
    let (proxy, seen) = first_lines().await;
    let environment = [("http_proxy", format!("http://{proxy}")), (WITHOUT_PROXY, "1".to_owned())];
    run(TEST, "http://call.invalid/".to_owned(), "unreachable", &environment).await;
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a14_the_proxy_of_the_settings_is_used_but_not_for_loopback() {
    let (proxy, seen) = first_lines().await;
    let (platform, asked) = first_lines().await;
    let options = ClientOptions { proxy: Proxy::At(format!("http://{proxy}").parse().unwrap()), ..quick() };
    for url in ["http://call.example.com/".to_owned(), format!("http://{platform}/")] {
        let error = sign_in(&client(options.clone()), url).await;
        assert!(matches!(error, PlatformError::Http { status: 503, .. }), "{error:?}");
    }
    assert_eq!(seen.lock().unwrap().as_slice(), ["POST http://call.example.com/ HTTP/1.1"]);
    assert_eq!(asked.lock().unwrap().as_slice(), ["POST / HTTP/1.1"]);
}

#[tokio::test]
async fn a14_a_proxy_that_asks_for_a_sign_in_is_said_and_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 16 << 10];
            let _ = stream.read(&mut request).await;
            let answer =
                "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(answer.as_bytes()).await;
            while stream.read(&mut request).await.is_ok_and(|count| count > 0) {}
        }
    });
    let options = ClientOptions { proxy: Proxy::At(proxy.parse().unwrap()), ..quick() };
    for url in ["http://call.example.com/", "https://call.example.com/"] {
        let error = sign_in(&client(options.clone()), url.to_owned()).await;
        assert_eq!(error, PlatformError::ProxyRefused, "{url}");
        assert!(!error.fate_unknown());
        assert_eq!(ringside_domain::Problem::from(&error).code, ProblemCode::ProxyRefused);
    }
}

/// A server that answers 503 and records the first line of each request.
async fn first_lines() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            refuse(&mut stream, |text| lines.lock().unwrap().push(text.lines().next().unwrap_or_default().to_owned())).await;
        }
    });
    (address, seen)
}

/// A socket with a full queue: connections to it are neither accepted nor refused.
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
async fn a15_an_address_that_drops_packets_is_given_up_before_anything_is_sent() {
    let (address, _kept) = black_hole().await;
    assert!(ClientOptions::default().connect <= Duration::from_secs(5));
    let client = client(ClientOptions { connect: Duration::from_millis(300), total: PATIENCE, ..quick() });
    let began = tokio::time::Instant::now();
    let error = sign_in(&client, format!("http://{address}/")).await;
    assert!(began.elapsed() < PATIENCE / 2);
    assert!(matches!(error, PlatformError::Unreachable { lost: Lost::BeforeSent, .. }), "{error:?}");
}
