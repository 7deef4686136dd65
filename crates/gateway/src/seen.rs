//! Which desks are here: their connections, as the server tells them, and what they say of themselves.

use std::{collections::HashMap, time::Duration};

use ringside_domain::Timestamp;
use ringside_fleet::{hub::DeskConnection, words::DeskId};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desk {
    pub connected_since: Option<Timestamp>,
    pub last_seen: Option<Timestamp>,
    pub host: String,
    pub version: String,
    /// The agent who works at a hot desk, as the desk said last.
    pub agent: Option<String>,
    connections: Vec<DeskConnection>,
    /// How often a second connection came while the first was there.
    pub twice: u32,
    put_out_at: Option<Timestamp>,
}

/// Of two computers with one key each comes back by itself, and would put the other out again and again.
const PAUSE: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub struct Seen(HashMap<DeskId, Desk>);

impl Seen {
    /// Returns the connections to put out, since another one of the same desk has replaced them: the newest is the desk (G9).
    pub fn connection(&mut self, id: DeskId, connection: DeskConnection, now: Timestamp) -> Vec<DeskConnection> {
        let desk = self.0.entry(id).or_default();
        desk.last_seen = Some(now);
        let same = |other: &DeskConnection| other.server == connection.server && other.client == connection.client;
        if !connection.connected {
            desk.connections.retain(|other| !same(other));
            if desk.connections.is_empty() {
                desk.connected_since = None;
            }
            return Vec::new();
        }
        desk.host.clone_from(&connection.host);
        desk.connected_since = Some(now);
        let older: Vec<_> = std::mem::take(&mut desk.connections).into_iter().filter(|other| !same(other)).collect();
        desk.connections.push(connection);
        if older.is_empty() {
            return older;
        }
        desk.twice += 1;
        if desk.put_out_at.is_some_and(|at| now.since(at) < PAUSE) {
            // Both connections stay; the server announces the end of each later.
            desk.connections.splice(0..0, older);
            return Vec::new();
        }
        desk.put_out_at = Some(now);
        older
    }

    /// The gateway's own connection was lost, so the end of a desk's may not have been heard.
    pub fn forget_connections(&mut self) {
        for desk in self.0.values_mut() {
            desk.connections.clear();
            desk.connected_since = None;
        }
    }

    /// A desk said hello.
    pub fn hello(&mut self, id: DeskId, host: &str, version: &str, agent: Option<String>, now: Timestamp) {
        let desk = self.0.entry(id).or_default();
        desk.last_seen = Some(now);
        desk.version = version.to_owned();
        desk.agent = agent;
        if !host.is_empty() {
            host.clone_into(&mut desk.host);
        }
    }

    pub fn get(&self, id: &DeskId) -> Option<&Desk> {
        self.0.get(id)
    }

    pub fn connected(&self) -> usize {
        self.0.values().filter(|desk| desk.connected_since.is_some()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(client: u64, connected: bool) -> DeskConnection {
        DeskConnection { key: "U".to_owned(), connected, server: "s".to_owned(), client, host: format!("10.0.0.{client}") }
    }

    #[test]
    fn g9_two_computers_with_one_key_do_not_put_each_other_out_without_end() {
        let (mut seen, id, mut moments) = (Seen::default(), DeskId::of([1; 10]), Vec::new());
        for step in 0..120 {
            // The one that was put out comes back after a second.
            let older = seen.connection(id.clone(), connection(step, true), Timestamp(i64::try_from(step).unwrap() * 1000));
            if !older.is_empty() {
                moments.push(step);
            }
        }
        assert_eq!(seen.get(&id).unwrap().twice, 119, "each is counted for the administrator");
        assert_eq!(moments, [1, 61]);
    }

    #[test]
    fn g9_the_newest_connection_of_a_desk_is_the_desk() {
        let (mut seen, id) = (Seen::default(), DeskId::of([1; 10]));
        assert_eq!(seen.connection(id.clone(), connection(1, true), Timestamp(1)), []);
        assert_eq!(seen.connection(id.clone(), connection(2, true), Timestamp(2)), [connection(1, true)]);
        // The first one's end is told after it was put out.
        seen.connection(id.clone(), connection(1, false), Timestamp(3));
        assert_eq!((seen.get(&id).unwrap().connected_since, seen.get(&id).unwrap().twice), (Some(Timestamp(2)), 1));
        seen.connection(id.clone(), connection(2, false), Timestamp(4));
        assert_eq!((seen.connected(), seen.get(&id).unwrap().last_seen), (0, Some(Timestamp(4))));
        assert_eq!(seen.connection(id.clone(), connection(3, true), Timestamp(5)), [], "after its end there is nobody to put out");
        seen.forget_connections();
        assert_eq!(seen.connection(id.clone(), connection(4, true), Timestamp(6)), [], "the server was another one");
        assert_eq!(seen.get(&id).unwrap().twice, 1);
    }
}
