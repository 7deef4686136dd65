//! The cells of a row, whatever the format of the file.

/// Most columns that are read; more are counted as cut.
pub(crate) const MOST_COLUMNS: usize = 256;

/// The day after the last that a spreadsheet knows, 9999-12-31.
pub(crate) const LAST_DAY: f64 = 2_958_466.0;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Text,
    /// A number of a workbook, with all the digits that the workbook holds.
    Number,
    /// A date of a workbook.
    Date,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    pub text: String,
    pub kind: Kind,
}

impl Cell {
    pub fn is_blank(&self) -> bool {
        self.text.chars().all(|letter| letter.is_whitespace() || letter.is_control())
    }
}

/// The cells of a row from the left. The memory of its texts is used again for the next row.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    cells: Vec<Cell>,
    used: usize,
    /// A row had a filled cell beyond the last column that is read.
    pub cut: bool,
}

impl Cells {
    pub fn clear(&mut self) {
        self.used = 0;
    }

    pub fn all(&self) -> &[Cell] {
        &self.cells[..self.used]
    }

    pub fn is_blank(&self) -> bool {
        self.all().iter().all(Cell::is_blank)
    }

    /// The next cell on the right, empty; None beyond the last column that is read.
    pub fn next(&mut self) -> Option<&mut Cell> {
        self.at(self.used)
    }

    /// The empty cell in this column; the columns before it that were not filled are empty.
    pub fn at(&mut self, column: usize) -> Option<&mut Cell> {
        if column >= MOST_COLUMNS {
            return None;
        }
        if self.cells.len() <= column {
            self.cells.resize_with(column + 1, Cell::default);
        }
        for cell in self.cells.iter_mut().take(column + 1).skip(self.used) {
            cell.text.clear();
            cell.kind = Kind::Text;
        }
        self.used = self.used.max(column + 1);
        let cell = &mut self.cells[column];
        cell.text.clear();
        cell.kind = Kind::Text;
        Some(cell)
    }
}

/// Puts a number of a workbook into the cell, in digits without an exponent.
pub(crate) fn put_number(cell: &mut Cell, value: f64) {
    use std::fmt::Write;
    cell.kind = Kind::Number;
    if value.is_finite() && value.abs() < 1e40 {
        let _ = write!(cell.text, "{value}");
    }
}

/// Puts the date of this serial number (days since 1899-12-30) into the cell; a number that is no date stays a number.
pub(crate) fn put_date(cell: &mut Cell, serial: f64) {
    match date(serial) {
        Some(text) => {
            cell.kind = Kind::Date;
            cell.text.push_str(&text);
        }
        None => put_number(cell, serial),
    }
}

/// The date and time of a spreadsheet's serial number.
pub(crate) fn date(serial: f64) -> Option<String> {
    if !(1.0..LAST_DAY).contains(&serial) {
        return None;
    }
    // The spreadsheets count a 29th of February in 1900.
    let serial = if serial < 60.0 { serial + 1.0 } else { serial };
    #[allow(clippy::cast_possible_truncation)]
    let seconds = (serial * 86_400.0).round() as i64;
    let (year, month, day) = civil(seconds.div_euclid(86_400) - 25_569);
    let time = seconds.rem_euclid(86_400);
    Some(format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", time / 3600, time / 60 % 60, time % 60))
}

/// Year, month and day of a day since 1970-01-01.
fn civil(day: i64) -> (i64, i64, i64) {
    // Eras of 400 years that begin on the first of March, so that the leap day is the last of a year.
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_dates() {
        for (serial, text) in [
            (1.0, "1900-01-01 00:00:00"),
            (59.0, "1900-02-28 00:00:00"),
            (61.0, "1900-03-01 00:00:00"),
            (45_351.0, "2024-02-29 00:00:00"),
            (46_355.586_805_555_6, "2026-11-29 14:05:00"),
            (2_958_465.0, "9999-12-31 00:00:00"),
        ] {
            assert_eq!(date(serial).as_deref(), Some(text));
        }
        assert!(date(0.5).is_none() && date(13_800_138_000.0).is_none() && date(f64::NAN).is_none());
    }

    #[test]
    fn numbers_keep_all_their_digits() {
        for (value, text) in
            [(13_800_138_000.0, "13800138000"), (1.380_013_8e10, "13800138000"), (13_800_138_000.5, "13800138000.5"), (-1.0, "-1")]
        {
            let mut cell = Cell::default();
            put_number(&mut cell, value);
            assert_eq!((cell.text.as_str(), cell.kind), (text, Kind::Number));
        }
    }

    #[test]
    fn columns_beyond_the_last_are_not_kept() {
        let mut cells = Cells::default();
        cells.at(3).unwrap().text.push('x');
        assert_eq!(cells.all().len(), 4);
        assert!(cells.at(MOST_COLUMNS).is_none());
        cells.clear();
        assert!(cells.at(1).unwrap().text.is_empty() && cells.all().len() == 2 && cells.is_blank());
        assert!(cells.at(3).unwrap().text.is_empty(), "the text of the last row is gone");
    }
}
