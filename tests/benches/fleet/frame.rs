//! The messages of NATS's protocol that a desk can get.

#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    Info(&'a str),
    Ping,
    Pong,
    Error(&'a str),
    /// `head`: the headers, if there are any.
    Message {
        subscription: &'a str,
        head: &'a str,
        body: &'a [u8],
    },
    Other,
}

/// The first whole message of the bytes, and its length.
pub fn next(bytes: &[u8]) -> Option<(Frame<'_>, usize)> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let after = end + 1;
    let line = std::str::from_utf8(&bytes[..end]).unwrap_or_default().trim_end();
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let frame = match word {
        "INFO" => Frame::Info(rest),
        "PING" => Frame::Ping,
        "PONG" => Frame::Pong,
        "-ERR" => Frame::Error(rest),
        "MSG" | "HMSG" => {
            // subject, subscription, perhaps a reply, perhaps the length of the head, the length of all
            let fields: Vec<&str> = rest.split(' ').collect();
            let number = |from_end: usize| fields.get(fields.len().wrapping_sub(from_end)).and_then(|field| field.parse().ok());
            let length: usize = number(1)?;
            let head: usize = if word == "HMSG" { number(2)? } else { 0 };
            let content = bytes.get(after..after + length + 2)?;
            let (head, body) = content[..length].split_at(head);
            let head = std::str::from_utf8(head).unwrap_or_default();
            return Some((Frame::Message { subscription: fields[1], head, body }, after + length + 2));
        }
        _ => Frame::Other,
    };
    Some((frame, after))
}

/// A header's value.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim()))
}
