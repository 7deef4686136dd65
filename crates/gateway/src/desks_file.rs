//! A list of new desks, as a spreadsheet program saves it: the columns extension, agent, hot, role, name, in any order.

use ringside_fleet::{hub::NewDesk, words::Role};

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DesksFileError {
    #[error("the first line must name the columns; extension is missing")]
    NoExtension,
    #[error("line {0}: {1}")]
    Line(usize, String),
}

pub fn parse(text: &str) -> Result<Vec<NewDesk>, DesksFileError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.lines().enumerate().map(|(number, line)| (number + 1, line)).filter(|(_, line)| !line.trim().is_empty());
    let header = lines.next().map(|(_, line)| line).unwrap_or_default();
    let separator = if header.contains(';') { ';' } else { ',' };
    let columns: Vec<String> = split(header, separator).iter().map(|name| name.trim().to_ascii_lowercase()).collect();
    let place = |name: &str| columns.iter().position(|column| column == name);
    let extension = place("extension").ok_or(DesksFileError::NoExtension)?;
    let (agent, hot, role, name) = (place("agent"), place("hot"), place("role"), place("name"));
    let mut desks = Vec::new();
    for (number, line) in lines {
        let cells = split(line, separator);
        let cell = |place: Option<usize>| place.and_then(|place| cells.get(place)).map(|cell| cell.trim().to_owned()).unwrap_or_default();
        let extension = cell(Some(extension));
        if extension.is_empty() {
            return Err(DesksFileError::Line(number, "no extension".to_owned()));
        }
        let role = match cell(role).to_ascii_lowercase().as_str() {
            "" => Role::Desk,
            word => Role::of_desk(word).ok_or_else(|| DesksFileError::Line(number, format!("{word} is no role: desk or supervisor")))?,
        };
        let hot = matches!(cell(hot).to_ascii_lowercase().as_str(), "yes" | "true" | "1" | "hot" | "x");
        let agent = Some(cell(agent)).filter(|agent| !agent.is_empty());
        if hot == agent.is_some() {
            return Err(DesksFileError::Line(number, "either the agent's number, or hot for a desk that several use in turn".to_owned()));
        }
        desks.push(NewDesk { extension, agent, hot, role, name: cell(name) });
    }
    Ok(desks)
}

/// The cells of a line. Two quotes inside quotes are one.
fn split(line: &str, separator: char) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                push(&mut cells, '"');
            }
            '"' => quoted = !quoted,
            _ if letter == separator && !quoted => cells.push(String::new()),
            _ => push(&mut cells, letter),
        }
    }
    cells
}

fn push(cells: &mut [String], letter: char) {
    if let Some(cell) = cells.last_mut() {
        cell.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_with_quotes_semicolons_and_columns_in_any_order() {
        let desks = parse("\u{feff}Name;Extension;Agent;Hot\n\"Doe, \"\"J\"\"\";100001;10;\n\n;0100002;;yes\n").unwrap();
        assert_eq!(desks.len(), 2);
        assert_eq!((desks[0].extension.as_str(), desks[0].agent.as_deref(), desks[0].name.as_str()), ("100001", Some("10"), "Doe, \"J\""));
        assert_eq!((desks[1].extension.as_str(), desks[1].hot), ("0100002", true));
        let desks = parse("extension,agent,role\n7001,10,Supervisor").unwrap();
        assert_eq!(desks[0].role, Role::Supervisor);
        assert_eq!(parse("extension\n"), Ok(Vec::new()));
    }

    #[test]
    fn a_line_that_cannot_be_used_is_named() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
        assert!(error("").contains("extension is missing"));
        assert!(error("extension,agent\n7001,10\n,11").starts_with("line 3: no extension"));
        assert!(error("extension\n7001").contains("either the agent's number, or hot"));
        assert!(error("extension,agent,hot\n7001,10,yes").contains("either"));
        assert!(error("extension,agent,role\n7001,10,boss").contains("boss is no role"));
    }
}
