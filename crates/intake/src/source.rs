//! A file of numbers that is open: its kind by its content, its sheets, its rows.

use std::{
    fs::{self, File},
    io::{BufReader, Read, Seek},
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::SystemTime,
};

use ringside_domain::{SheetEncoding, SheetError, SheetFormat};

use crate::{
    SheetFailure,
    book::{archive::Archive, ods::Ods, xls::Xls, xlsx::Xlsx},
    cell::Cells,
    text::{encoding, record::Records, separator},
};

/// Gets each row with its number in the file, from 1, and says whether to go on.
pub(crate) type Each<'a> = dyn FnMut(u32, &Cells) -> ControlFlow<()> + 'a;

/// The most rows of a text.
const MOST_ROWS: u32 = 10_000_000;
/// So many bytes decide whether a file is a text.
const SAMPLE: u64 = 64 * 1024;

/// Which part of a file is read, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    pub encoding: Option<SheetEncoding>,
    pub separator: Option<char>,
    pub sheet: Option<String>,
}

enum Content {
    Text(File),
    Xlsx(Box<Xlsx<BufReader<File>>>),
    Ods(Ods<BufReader<File>>),
    Xls(Xls),
}

pub(crate) struct Source {
    content: Content,
    sheets: Vec<String>,
}

impl Source {
    fn open(mut file: File, bytes: u64) -> Result<Self, SheetFailure> {
        let mut head = [0; 8];
        let length = encoding::fill(&mut file, &mut head)?;
        file.rewind()?;
        let content = match &head[..length] {
            [] => return Err(SheetFailure::new(SheetError::Empty, "no bytes")),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::zipped(Archive::open(BufReader::new(file))?)?,
            [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1] => Content::Xls(Xls::open(file, bytes)?),
            _ => {
                check_text(&file)?;
                Content::Text(file)
            }
        };
        let sheets = match &content {
            Content::Text(_) => Vec::new(),
            Content::Xlsx(book) => book.sheets(),
            Content::Ods(book) => book.sheets(),
            Content::Xls(book) => book.sheets(),
        };
        Ok(Self { content, sheets })
    }

    fn zipped(mut archive: Archive<BufReader<File>>) -> Result<Content, SheetFailure> {
        if archive.has("encrypted-package") {
            return Err(SheetFailure::new(SheetError::Encrypted, "a password is needed"));
        }
        if !archive.has("content.xml") {
            return Ok(Content::Xlsx(Box::new(Xlsx::open(archive)?)));
        }
        let mut kind = String::new();
        if let Some(part) = archive.part("mimetype", SAMPLE)? {
            part.take(SAMPLE).read_to_string(&mut kind)?;
        }
        if !kind.is_empty() && !kind.contains("opendocument.spreadsheet") {
            return Err(SheetFailure::damaged(format!("a document of another kind: {kind}")));
        }
        Ok(Content::Ods(Ods::open(archive)?))
    }

    pub fn format(&self) -> SheetFormat {
        match self.content {
            Content::Text(_) => SheetFormat::Text,
            Content::Xlsx(_) => SheetFormat::Xlsx,
            Content::Ods(_) => SheetFormat::Ods,
            Content::Xls(_) => SheetFormat::Xls,
        }
    }

    pub fn sheets(&self) -> &[String] {
        &self.sheets
    }

    /// The choice that the file itself suggests.
    pub fn guess(&mut self) -> Result<Choice, SheetFailure> {
        if let Content::Text(file) = &self.content {
            let encoding = encoding::guess(begin(file)?)?;
            let separator = separator::guess(|| Ok(encoding::decoded(begin(file)?, encoding)))?;
            return Ok(Choice { encoding: Some(encoding), separator, sheet: None });
        }
        for sheet in self.sheets.clone() {
            let choice = Choice { sheet: Some(sheet), ..Choice::default() };
            let mut filled = false;
            self.rows(&choice, &mut Cells::default(), &mut |_, _| {
                filled = true;
                ControlFlow::Break(())
            })?;
            if filled {
                return Ok(choice);
            }
        }
        Err(SheetFailure::new(SheetError::Empty, "no sheet has a row"))
    }

    /// Gives the rows that are not empty.
    pub fn rows(&mut self, choice: &Choice, cells: &mut Cells, each: &mut Each<'_>) -> Result<(), SheetFailure> {
        let mut each = |row: u32, cells: &Cells| if cells.is_blank() { ControlFlow::Continue(()) } else { each(row, cells) };
        let sheet = choice.sheet.as_ref().or(self.sheets.first());
        let sheet = sheet.map_or("", String::as_str);
        match &mut self.content {
            Content::Text(file) => text_rows(file, choice, cells, &mut each),
            Content::Xlsx(book) => book.rows(sheet, cells, &mut each),
            Content::Ods(book) => book.rows(sheet, cells, &mut each),
            Content::Xls(book) => book.rows(sheet, cells, &mut each),
        }
    }
}

fn begin(mut file: &File) -> Result<&File, SheetFailure> {
    file.rewind()?;
    Ok(file)
}

fn text_rows(file: &File, choice: &Choice, cells: &mut Cells, each: &mut Each<'_>) -> Result<(), SheetFailure> {
    let encoding = match choice.encoding {
        Some(encoding) => encoding,
        None => encoding::guess(begin(file)?)?,
    };
    let mut records = Records::new(encoding::decoded(begin(file)?, encoding), choice.separator);
    for row in 1..=MOST_ROWS {
        if !records.next(cells)? {
            return Ok(());
        }
        // Excel's own line before the first that names the separator.
        let names_separator = row == 1 && matches!(cells.all(), [first, ..] if first.text.len() <= 5 && first.text.starts_with("sep="));
        if !names_separator && each(row, cells).is_break() {
            return Ok(());
        }
    }
    Err(SheetFailure::new(SheetError::TooLarge, format!("more than {MOST_ROWS} rows")))
}

/// Refuses what is no text: a picture, a program, a page.
fn check_text(file: &File) -> Result<(), SheetFailure> {
    let encoding = encoding::guess(begin(file)?)?;
    let mut text = Vec::new();
    encoding::decoded(begin(file)?, encoding).take(SAMPLE).read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let strange = text
        .chars()
        .filter(|letter| *letter == '\u{fffd}' || (letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\0')))
        .count();
    let begin: String = text.trim_start().chars().take(9).collect::<String>().to_lowercase();
    let is_page =
        ["<html", "<!doctype", "<?xml", "<table", "<meta", "<head", "%pdf", "{\\rtf"].iter().any(|known| begin.starts_with(known));
    if is_page || strange * 20 > text.chars().count() {
        return Err(SheetFailure::damaged("neither a text nor a workbook"));
    }
    Ok(())
}

/// What shows that a file is still the same.
#[derive(PartialEq, Eq)]
struct Identity {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Identity {
    fn of(metadata: &fs::Metadata) -> Self {
        Self { bytes: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// Opens a file, does something with it, and says so if the file changed meanwhile.
pub(crate) fn with<T>(path: &Path, work: impl FnOnce(&mut Source) -> Result<T, SheetFailure>) -> Result<T, SheetFailure> {
    let unreadable = |error| SheetFailure::new(SheetError::Unreadable, error);
    let path = PathBuf::from(path);
    let file = File::open(&path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(SheetFailure::new(SheetError::Unreadable, "not a file"));
    }
    let before = Identity::of(&metadata);
    let result = Source::open(file, before.bytes).and_then(|mut source| work(&mut source));
    // A file that was cut meanwhile looks damaged.
    match fs::metadata(&path) {
        Ok(metadata) if Identity::of(&metadata) == before => result,
        Ok(_) => Err(SheetFailure::new(SheetError::Changed, "another size or time of change")),
        Err(error) => Err(SheetFailure::new(SheetError::Changed, error)),
    }
}
