//! The commands' side of the endpoint: one small HTTP request to a gateway on this machine.

use std::{io, net::SocketAddr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(60);
/// For a copy of large databases on a slow disk.
const LONG_PATIENCE: Duration = Duration::from_secs(3600);

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("no gateway answers at {0}: {1}")]
    Unreachable(SocketAddr, io::Error),
    #[error("the gateway at {0} did not answer in time")]
    TimedOut(SocketAddr),
    #[error("{0}")]
    Refused(String),
    #[error("the gateway's answer is not understood: {0}")]
    NotUnderstood(String),
}

/// Asks a running gateway.
#[derive(Debug)]
pub struct Client {
    pub address: SocketAddr,
    pub token: SecretString,
    /// How long an answer may take.
    patience: Duration,
}

impl Client {
    pub fn new(address: SocketAddr, token: SecretString) -> Self {
        Self { address, token, patience: PATIENCE }
    }

    /// For a command that may take long.
    pub fn patient(self) -> Self {
        Self { patience: LONG_PATIENCE, ..self }
    }

    pub async fn ask<T: DeserializeOwned>(&self, command: &str, what: &impl Serialize) -> Result<T, ClientError> {
        let body = serde_json::to_string(what).map_err(|error| ClientError::NotUnderstood(error.to_string()))?;
        let request = format!(
            "POST /admin/{command} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.address,
            self.token.expose_secret(),
            body.len()
        );
        let answer = self.exchange(&request).await?;
        serde_json::from_str(&answer).map_err(|error| ClientError::NotUnderstood(error.to_string()))
    }

    /// Reads one of the pages, such as `/health`.
    pub async fn read(&self, path: &str) -> Result<String, ClientError> {
        self.exchange(&format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address)).await
    }

    async fn exchange(&self, request: &str) -> Result<String, ClientError> {
        let unreachable = |error| ClientError::Unreachable(self.address, error);
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await?;
            stream.write_all(request.as_bytes()).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            io::Result::Ok(answer)
        };
        let answer = timeout(self.patience, exchange).await.map_err(|_| ClientError::TimedOut(self.address))?.map_err(unreachable)?;
        parse(&String::from_utf8_lossy(&answer))
    }
}

/// The body of an answer that says its length or ends with the connection.
fn parse(answer: &str) -> Result<String, ClientError> {
    let not_http = || ClientError::NotUnderstood(answer.chars().take(60).collect());
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(not_http)?;
    let status: u16 = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(not_http)?;
    match status {
        200 => Ok(body.to_owned()),
        _ if body.is_empty() => Err(ClientError::Refused(format!("HTTP {status}"))),
        // The health page is read also if it says no.
        503 if body.starts_with('{') => Ok(body.to_owned()),
        _ => Err(ClientError::Refused(body.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_the_gateways_words() {
        assert_eq!(parse("HTTP/1.1 200 OK\r\na: b\r\n\r\n[1]").unwrap(), "[1]");
        assert_eq!(parse("HTTP/1.1 404 Not Found\r\n\r\nthere is no desk x").unwrap_err().to_string(), "there is no desk x");
        assert_eq!(parse("HTTP/1.1 401 Unauthorized\r\n\r\n").unwrap_err().to_string(), "HTTP 401");
        assert!(matches!(parse("SSH-2.0"), Err(ClientError::NotUnderstood(_))));
    }
}
