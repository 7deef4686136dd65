//! Reads XLS, the format of Excel until 2003, by `calamine`, which holds the workbook in memory: its sheets end at row 65,536.

use std::{
    io::{BufReader, Read, Seek},
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{Data, Range, Reader, XlsError};
use ringside_domain::SheetError;

use crate::{
    Each, SheetFailure,
    cell::{Cell, Cells, Kind, LAST_DAY, MOST_COLUMNS, put_number},
};

/// The most cells of a workbook. The library holds every cell of the smallest rectangle around a sheet's cells, at 32 bytes each.
const MOST_CELLS: u64 = 6_000_000;
/// The largest workbook.
const MOST_BYTES: u64 = 128 << 20;

/// Kinds of records.
const SHEET_BEGINS: u16 = 0x0809;
const PASSWORD: u16 = 0x002f;
/// Records that begin with the row and the column of a cell.
const CELLS: [u16; 8] = [0x0006, SEVERAL, 0x00d6, 0x00fd, 0x0203, 0x0204, 0x0205, 0x027e];
/// A record of several cells in a row, which ends with the last column.
const SEVERAL: u16 = 0x00bd;
/// A record that names the first row and the one after the last, and the same of the columns. The library makes room for so many cells.
const DIMENSIONS: u16 = 0x0200;
/// All cells of a sheet.
const WHOLE_SHEET: u64 = 65_536 * 256;

pub(crate) struct Xls {
    sheets: Vec<(String, Range<Data>)>,
}

impl Xls {
    pub fn open<R: Read + Seek>(file: R, bytes: u64) -> Result<Self, SheetFailure> {
        if bytes > MOST_BYTES {
            return Err(SheetFailure::new(SheetError::TooLarge, format!("{bytes} bytes")));
        }
        let mut container = cfb::CompoundFile::open(BufReader::new(file))?;
        if container.exists("/EncryptedPackage") || container.exists("/EncryptionInfo") {
            return Err(SheetFailure::new(SheetError::Encrypted, "a password is needed"));
        }
        let name = ["/Workbook", "/Book"].into_iter().find(|name| container.is_stream(name));
        let name = name.ok_or_else(|| SheetFailure::damaged("not a workbook"))?;
        let stream = container.open_stream(name)?;
        check(BufReader::new(stream))?;
        let mut file = container.into_inner();
        file.rewind()?;
        // A damaged file can make the library panic.
        let sheets = catch_unwind(AssertUnwindSafe(|| {
            let book = calamine::Xls::new(file)?;
            let names = book.sheet_names();
            let mut book = book;
            names.into_iter().map(|name| book.worksheet_range(&name).map(|range| (name, range))).collect::<Result<_, _>>()
        }));
        match sheets {
            Ok(Ok(sheets)) => Ok(Self { sheets }),
            Ok(Err(XlsError::Password)) => Err(SheetFailure::new(SheetError::Encrypted, "a password is needed")),
            Ok(Err(error)) => Err(SheetFailure::damaged(error)),
            Err(_) => Err(SheetFailure::damaged("the workbook cannot be read")),
        }
    }

    pub fn sheets(&self) -> Vec<String> {
        self.sheets.iter().map(|(name, _)| name.clone()).collect()
    }

    pub fn rows(&self, sheet: &str, cells: &mut Cells, each: &mut Each<'_>) -> Result<(), SheetFailure> {
        let range = self.sheets.iter().find(|(name, _)| name == sheet).map(|(_, range)| range);
        let range = range.ok_or_else(|| SheetFailure::new(SheetError::NoSheet, sheet))?;
        let Some((first, left)) = range.start() else { return Ok(()) };
        for (row, values) in (first + 1..).zip(range.rows()) {
            cells.clear();
            for (column, value) in (usize::try_from(left).unwrap_or(MOST_COLUMNS)..).zip(values) {
                if *value == Data::Empty {
                    continue;
                }
                match cells.at(column) {
                    Some(cell) => put(cell, value),
                    None => cells.cut = true,
                }
            }
            if each(row, cells).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn put(cell: &mut Cell, value: &Data) {
    match value {
        Data::Int(value) => put_number(cell, *value as f64),
        Data::Float(value) => put_number(cell, *value),
        Data::DateTime(value) if value.is_datetime() && (1.0..LAST_DAY).contains(&value.as_f64()) => {
            let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
            cell.kind = Kind::Date;
            cell.text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
        }
        Data::DateTime(value) => put_number(cell, value.as_f64()),
        Data::Bool(value) => cell.text.push_str(if *value { "TRUE" } else { "FALSE" }),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => cell.text.push_str(text),
        Data::Error(error) => cell.text.push_str(&error.to_string()),
        Data::Empty => {}
    }
}

/// How many cells a sheet says that it has; None: it ends before it begins.
fn room(data: &[u8]) -> Option<u64> {
    let short = |at: usize| data.get(at..at + 2).map(|bytes| u64::from(u16::from_le_bytes([bytes[0], bytes[1]])));
    let long = |at: usize| short(at).zip(short(at + 2)).map(|(low, high)| low | high << 16);
    let (first, end, width) = if data.len() > 10 { (long(0)?, long(4)?, short(10)?) } else { (short(0)?, short(2)?, short(6)?) };
    if end == 0 { Some(1) } else { Some(end.checked_sub(first)? * width.max(1)) }
}

/// Looks for a password, and for cells that are so far apart that the rectangles around them do not fit into memory.
fn check(mut stream: impl Read) -> Result<(), SheetFailure> {
    let (mut all, mut rows, mut columns) = (0_u64, None, None);
    let area = |rows: Option<(u16, u16)>, columns: Option<(u16, u16)>| {
        let length = |span: Option<(u16, u16)>| span.map_or(0, |(first, last)| u64::from(last - first) + 1);
        length(rows) * length(columns)
    };
    let widened = |span: Option<(u16, u16)>, at: u16| span.map_or((at, at), |(first, last)| (first.min(at), last.max(at)));
    loop {
        let mut head = [0; 4];
        match stream.read_exact(&mut head) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => break,
            read => read?,
        }
        let (kind, length) = (u16::from_le_bytes([head[0], head[1]]), u64::from(u16::from_le_bytes([head[2], head[3]])));
        let mut data = Vec::new();
        (&mut stream).take(length).read_to_end(&mut data)?;
        match kind {
            PASSWORD => return Err(SheetFailure::new(SheetError::Encrypted, "a password is needed")),
            SHEET_BEGINS => {
                all += area(rows, columns);
                (rows, columns) = (None, None);
            }
            kind if CELLS.contains(&kind) && data.len() >= 4 => {
                rows = Some(widened(rows, u16::from_le_bytes([data[0], data[1]])));
                columns = Some(widened(columns, u16::from_le_bytes([data[2], data[3]])));
                if kind == SEVERAL {
                    let last = [data[data.len() - 2], data[data.len() - 1]];
                    columns = columns.map(|columns| widened(Some(columns), u16::from_le_bytes(last)));
                }
            }
            DIMENSIONS if room(&data).is_none_or(|cells| cells > WHOLE_SHEET) => {
                return Err(SheetFailure::new(SheetError::TooLarge, "the dimensions of a sheet"));
            }
            _ => {}
        }
    }
    all += area(rows, columns);
    if all > MOST_CELLS {
        return Err(SheetFailure::new(SheetError::TooLarge, format!("{all} cells")));
    }
    Ok(())
}
