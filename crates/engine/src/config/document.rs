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
}

impl Document {
    pub fn parse(file: File<'_>) -> Result<Self, ConfigError> {
        let text = file.text.strip_prefix('\u{feff}').unwrap_or(file.text);
        let document = DeTable::parse(text).map_err(|error| broken(text, error.span().map(|span| span.start), error.message()));
        document.and_then(|tables| read(tables.get_ref())).map_err(|Mistake { at, message }| {
            let line = at.map(|at| text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1);
            ConfigError { file: file.path.to_owned(), line, message }
        })
    }
}

fn read(tables: &DeTable<'_>) -> Result<Document, Mistake> {
    let mut document = Document::default();
    for (name, value) in tables {
        if name.get_ref() == LOCKED {
            document.locked = Found::File(value).list(known)?.unwrap_or_default();
        } else if SETTINGS.iter().any(|setting| table_of(setting.key) == name.get_ref()) {
            read_table(name.get_ref(), value, &mut document.values)?;
        } else {
            let mut expected = vec![LOCKED];
            expected.extend(SETTINGS.iter().map(|setting| table_of(setting.key)));
            expected.dedup();
            return Err(unknown(name, expected));
        }
    }
    Ok(document)
}

fn read_table(name: &str, value: &Spanned<DeValue<'_>>, values: &mut Given) -> Result<(), Mistake> {
    let DeValue::Table(table) = value.get_ref() else {
        return Err(Mistake { at: Some(value.span().start), message: format!("expected a table: [{name}]") });
    };
    let keys = || SETTINGS.iter().filter_map(|setting| Some((setting.key.strip_prefix(name)?.strip_prefix('.')?, setting)));
    for (key, value) in table {
        let Some((_, setting)) = keys().find(|(name, _)| name == key.get_ref()) else {
            return Err(unknown(key, keys().map(|(name, _)| name)));
        };
        (setting.read)(values, &Found::File(value))?;
    }
    Ok(())
}

fn table_of(key: &str) -> &str {
    key.split_once('.').map_or(key, |(table, _)| table)
}

fn known(key: &str) -> Result<String, String> {
    let keys = || SETTINGS.iter().map(|setting| setting.key);
    match keys().any(|known| known == key) {
        true => Ok(key.to_owned()),
        false => Err(format!("`{key}` cannot be locked; expected one of {}", keys().collect::<Vec<_>>().join(", "))),
    }
}

/// The TOML parser's error; if the line has a backslash in double quotes, also the remedy for a Windows path.
fn broken(text: &str, at: Option<usize>, message: &str) -> Mistake {
    let line = at.and_then(|at| text.get(..at)).map(|before| before.rfind('\n').map_or(0, |end| end + 1));
    let line = line.and_then(|start| text.get(start..)?.lines().next()).unwrap_or_default();
    let message = if line.contains('"') && line.contains('\\') { format!("{message}; {ESCAPES}") } else { message.to_owned() };
    Mistake { at, message }
}
