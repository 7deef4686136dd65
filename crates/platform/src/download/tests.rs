use super::*;

#[test]
fn content_range_headers_are_read() {
    assert_eq!(content_range("bytes 10-99/100"), Some((10, Some(100))));
    assert_eq!(content_range("bytes 10-99/*"), Some((10, None)));
    assert_eq!(content_range("bytes */100"), None);
    assert_eq!(content_range("items 1-2/3"), None);
}

/// Nothing listens at these addresses: an error other than `Unsafe` would show that a request was sent.
async fn refusal(options: DownloadOptions, link: &str) -> DownloadError {
    Downloads::new(options).open(&link.into(), "https://call.example.com/", None).await.unwrap_err()
}

#[tokio::test]
async fn r2_only_web_addresses_are_requested() {
    for link in ["file:///etc/passwd", "ftp://call.example.com/a.wav", "data:audio/wav;base64,UklGRg==", "javascript:1", "a.wav", ""] {
        assert!(matches!(refusal(DownloadOptions::default(), link).await, DownloadError::Unsafe(_)), "{link}");
    }
}

#[tokio::test]
async fn r3_a_host_that_is_not_public_is_refused_by_address_and_by_name_unless_it_is_allowed() {
    let links = ["http://127.0.0.1:1/a", "http://localhost:1/a", "http://[::1]:1/a", "http://2130706433:1/a", "http://169.254.169.254/a"];
    for link in links {
        assert_eq!(refusal(DownloadOptions::default(), link).await, DownloadError::Unsafe(NOT_PUBLIC), "{link}");
    }
    for (host, link) in [("127.0.0.1", links[0]), ("LOCALHOST", links[1]), ("::1", links[2])] {
        let allowed = DownloadOptions { hosts: vec![host.to_owned()], ..DownloadOptions::default() };
        assert!(matches!(refusal(allowed, link).await, DownloadError::Unreachable(_)), "{link}");
    }
}
