//! Parses one `config.toml`.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    ConfigError, File, Given, SETTINGS,
    found::{ESCAPES, Found, Mistake, unknown},
};

const LOCKED: &str = "locked";

/// The values of a file and the keys that it locks.
#[derive(Default)]
pub(super) struct Document {
    pub values: Given,
    pub locked: Vec<String>,
    /// The keys that this version does not know.
    pub unknown: Vec<ConfigError>,
}

impl Document {
    pub fn parse(file: File<'_>) -> Result<Self, ConfigError> {
        let text = file.text.strip_prefix('\u{feff}').unwrap_or(file.text);
        let placed = |Mistake { at, message }| {
            let line = at.map(|at| text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1);
            ConfigError { file: file.path.to_owned(), line, message }
        };
        let mut unknown = Vec::new();
        let document = DeTable::parse(text).map_err(|error| broken(text, error.span().map(|span| span.start), error.message()));
        let document = document.and_then(|tables| read(tables.get_ref(), &mut unknown)).map_err(placed)?;
        Ok(Self { unknown: unknown.into_iter().map(placed).collect(), ..document })
    }
}

fn read(tables: &DeTable<'_>, others: &mut Vec<Mistake>) -> Result<Document, Mistake> {
    let mut document = Document::default();
    for (name, value) in tables {
        if name.get_ref() == LOCKED {
            document.locked = locked(value, others)?;
        } else if SETTINGS.iter().any(|setting| table_of(setting.key) == name.get_ref()) {
            read_table(name.get_ref(), value, &mut document.values, others)?;
        } else {
            let mut expected = vec![LOCKED];
            expected.extend(SETTINGS.iter().map(|setting| table_of(setting.key)));
            expected.dedup();
            others.push(unknown(name, expected));
        }
    }
    Ok(document)
}

fn read_table(name: &str, value: &Spanned<DeValue<'_>>, values: &mut Given, others: &mut Vec<Mistake>) -> Result<(), Mistake> {
    let DeValue::Table(table) = value.get_ref() else {
        return Err(Mistake { at: Some(value.span().start), message: format!("expected a table: [{name}]") });
    };
    let keys = || SETTINGS.iter().filter_map(|setting| Some((setting.key.strip_prefix(name)?.strip_prefix('.')?, setting)));
    for (key, value) in table {
        match keys().find(|(name, _)| name == key.get_ref()) {
            Some((_, setting)) => (setting.read)(values, &Found::File(value))?,
            None => others.push(unknown(key, keys().map(|(name, _)| name))),
        }
    }
    Ok(())
}

/// The keys that the file locks.
fn locked(value: &Spanned<DeValue<'_>>, others: &mut Vec<Mistake>) -> Result<Vec<String>, Mistake> {
    let keys = Found::File(value).list(|key| Ok(key.to_owned()))?.unwrap_or_default();
    let is_known = |key: &String| SETTINGS.iter().any(|setting| setting.key == key);
    let (known, foreign): (Vec<_>, Vec<_>) = keys.into_iter().partition(is_known);
    let at = Some(value.span().start);
    others.extend(foreign.into_iter().map(|key| Mistake { at, message: format!("`{key}` cannot be locked: there is no such setting") }));
    Ok(known)
}

fn table_of(key: &str) -> &str {
    key.split_once('.').map_or(key, |(table, _)| table)
}

/// The TOML parser's error; if the line has a backslash in double quotes, also the remedy for a Windows path.
fn broken(text: &str, at: Option<usize>, message: &str) -> Mistake {
    let line = at.and_then(|at| text.get(..at)).map(|before| before.rfind('\n').map_or(0, |end| end + 1));
    let line = line.and_then(|start| text.get(start..)?.lines().next()).unwrap_or_default();
    let message = if line.contains('"') && line.contains('\\') { format!("{message}; {ESCAPES}") } else { message.to_owned() };
    Mistake { at, message }
}
