//! How a message becomes bytes: as JSON, and a long one packed, since a server takes no message above its limit.

use std::io::{Read, Write};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Serialize, de::DeserializeOwned};

/// Shorter messages are not packed: they fit, and can be read by people.
const SHORT: usize = 16 * 1024;

/// The first bytes of a packed message; no JSON begins with them.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Why a message cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("it cannot be unpacked: {0}")]
    Damaged(std::io::Error),
    #[error("it is larger than {0} bytes")]
    TooLarge(usize),
}

pub fn pack(message: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let json = serde_json::to_vec(message)?;
    if json.len() <= SHORT {
        return Ok(json);
    }
    let mut packed = GzEncoder::new(Vec::with_capacity(json.len() / 4), Compression::fast());
    // Writing to memory does not fail.
    let packed = packed.write_all(&json).and_then(|()| packed.finish());
    Ok(packed.unwrap_or(json))
}

/// Reads a message, which may be packed. `most`: bytes after unpacking; more are not read, since a few bytes can become very many.
pub fn unpack<T: DeserializeOwned>(bytes: &[u8], most: usize) -> Result<T, Unreadable> {
    if !bytes.starts_with(&MAGIC) {
        if bytes.len() > most {
            return Err(Unreadable::TooLarge(most));
        }
        return Ok(serde_json::from_slice(bytes)?);
    }
    let mut json = Vec::new();
    GzDecoder::new(bytes).take(most as u64 + 1).read_to_end(&mut json).map_err(Unreadable::Damaged)?;
    if json.len() > most {
        return Err(Unreadable::TooLarge(most));
    }
    Ok(serde_json::from_slice(&json)?)
}

#[cfg(test)]
mod tests {
    use ringside_domain::{Customer, Extension, FloorAnswer, FloorExtension, FloorRequest, PhoneState, Timestamp};

    use super::*;
    use crate::words::{LARGEST_MESSAGE, LARGEST_OF_SUPERVISOR, LARGEST_UNPACKED, Operation};

    #[test]
    fn a_short_message_stays_json_and_a_long_one_is_packed_and_read_again() {
        assert_eq!(pack(&[1, 2]).unwrap(), b"[1,2]");
        let long = vec!["013800138000".to_owned(); 10_000];
        let packed = pack(&long).unwrap();
        assert!(packed.starts_with(&MAGIC) && packed.len() < 10_000, "{}", packed.len());
        assert_eq!(unpack::<Vec<String>>(&packed, 1 << 20).unwrap(), long);
        assert_eq!(unpack::<Vec<u32>>(b"[1,2]", 5).unwrap(), [1, 2]);
    }

    #[test]
    fn a_message_that_is_large_or_damaged_is_not_read() {
        let bomb = pack(&" ".repeat(8 << 20)).unwrap();
        assert!(bomb.len() < 256 * 1024, "{}", bomb.len());
        assert!(matches!(unpack::<String>(&bomb, 1 << 20), Err(Unreadable::TooLarge(_))));
        assert!(matches!(unpack::<Vec<u32>>(b"[1,2]", 4), Err(Unreadable::TooLarge(4))));
        for end in [2, 3, bomb.len() / 2, bomb.len() - 1] {
            assert!(unpack::<String>(&bomb[..end], 16 << 20).is_err(), "{end}");
        }
    }

    /// Digits and letters that do not repeat, as far as packing is concerned.
    fn random(place: usize, letters: usize) -> String {
        let digest = |round: usize| crate::words::event_key(format!("{place} {round}").as_bytes());
        (0..=letters / 64).map(digest).collect::<String>()[..letters].to_owned()
    }

    #[test]
    fn n16_ten_thousand_numbers_with_data_of_their_own_fit_into_a_request() {
        let customer = |place: usize| Customer {
            phone: format!("0138{:08}", place * 7919 % 100_000_000),
            at: Some(Timestamp(1_800_000_000_000 + place as i64 * 60_000)),
            agent_id: (place % 500).to_string(),
            member_id: random(place, 32),
            customer_id: random(place + 1_000_000, 64),
            maturity: "2026-12-31".to_owned(),
        };
        let numbers = (0..10_000).map(customer).collect();
        let request = Operation::Floor { request: FloorRequest::AddNumbers { task_id: "1".to_owned(), numbers }, prefixes: Vec::new() };
        let json = serde_json::to_vec(&request).unwrap();
        let packed = pack(&request).unwrap();
        assert!(json.len() > LARGEST_OF_SUPERVISOR, "{}", json.len());
        assert!(json.len() < LARGEST_UNPACKED && packed.len() < LARGEST_OF_SUPERVISOR * 3 / 4, "{} {}", json.len(), packed.len());
        assert_eq!(unpack::<Operation>(&packed, LARGEST_UNPACKED).unwrap(), request);
        let refused = (0..10_000).map(|place| format!("0138{:08}", place * 7919 % 100_000_000)).collect();
        let answer = FloorAnswer::Sent { task_id: None, accepted: 0, refused };
        assert!(pack(&answer).unwrap().len() < 100_000);
    }

    #[test]
    fn the_list_of_ten_thousand_extensions_fits_into_an_answer() {
        let extension = |place: usize| FloorExtension {
            extension: Extension((100_000 + place).to_string()),
            enabled: Some(true),
            enabled_in_list: Some(true),
            registered: Some(true),
            phone_address: Some(format!("10.{}.{}.{}:{}", place % 200, place * 7 % 250, place * 31 % 250, 1024 + place * 17 % 60_000)),
            server_address: Some("203.0.113.5:5060".to_owned()),
            state: PhoneState::Talking,
            call_since: Some(Timestamp(1_800_000_000_000 + place as i64 * 7919)),
            customer: Some(format!("0138{:08}", place * 7919 % 100_000_000)),
        };
        let answer = FloorAnswer::Extensions { extensions: (0..10_000).map(extension).collect(), untold: Vec::new() };
        let packed = pack(&answer).unwrap();
        assert!(packed.len() < LARGEST_MESSAGE / 4, "{}", packed.len());
        assert_eq!(unpack::<FloorAnswer>(&packed, LARGEST_UNPACKED).unwrap(), answer);
    }
}
