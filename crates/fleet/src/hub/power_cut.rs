//! A server that was started may have lost its last events in a power cut, also events that desks have heard and no gateway has noted. Nobody can
//! tell, so each start of a server begins an epoch.

use serde::Deserialize;

use super::{Bucket, Hub, HubError, registry::SERVERS, stores::understood, unreachable};

/// The last servers whose start was seen are remembered, the latest last.
const REMEMBERED: usize = 16;

/// At most so many events are looked at one by one.
const LOOKED_AT: usize = 4096;

/// The part of the server's answer to VARZ that is read here.
#[derive(Deserialize)]
struct Varz {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    start: jiff::Timestamp,
}

impl Hub {
    /// Begins an epoch if the connected server was started since the last one. To be done after each connection, before anything is published
    /// by it.
    pub async fn begin_epoch_of_server(&self) -> Result<(), HubError> {
        let server = self.0.company.server_info().server_id;
        let seen = self.record::<Vec<String>>(Bucket::Fleet, SERVERS).await?;
        if seen.as_ref().is_some_and(|seen| seen.value.contains(&server)) {
            return Ok(());
        }
        // Before the events are read: an epoch that another gateway begins meanwhile is the one that is wanted here.
        let before = self.epoch().await?;
        let keep = self.last_before(&server).await?;
        // The first server of all has lost nothing.
        if seen.is_some() || keep > 0 {
            self.begin_epoch(before, keep).await?;
        }
        self.change_record(Bucket::Fleet, SERVERS, |seen: &mut Vec<String>| {
            seen.push(server.clone());
            seen.drain(..seen.len().saturating_sub(REMEMBERED));
            true
        })
        .await?;
        Ok(())
    }

    /// The number of the last event that was stored before the start of this server. There can be later ones: what the client had not sent yet
    /// when the connection ended, it sends as soon as it is connected again.
    async fn last_before(&self, server: &str) -> Result<u64, HubError> {
        let answer = self.0.system.request(format!("$SYS.REQ.SERVER.{server}.VARZ"), "".into()).await.map_err(unreachable)?;
        let start = understood::<Varz>("VARZ", &answer.payload)?.data.start.as_nanosecond();
        let mut last = self.last_stream_seq().await?;
        for _ in 0..LOOKED_AT {
            // One that was deleted by age or number is older.
            match self.message_at(last).await? {
                Some(message) if message.time.unix_timestamp_nanos() >= start => last -= 1,
                _ => break,
            }
        }
        Ok(last)
    }
}
