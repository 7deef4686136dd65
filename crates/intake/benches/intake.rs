//! Reads a million rows of each format. Each reading is a process of its own, whose peak memory above the memory at its start is taken.
//! Fails above the limits of the text and of XLSX.
//!
//! `cargo bench -p ringside-intake --bench intake [-- --rows 1000000]` prints a table and one line of JSON. Linux only.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{BufWriter, Write},
    ops::ControlFlow,
    path::Path,
    process::{Command, ExitCode},
    sync::atomic::AtomicBool,
    time::Instant,
};

use ringside_domain::{NumberRules, ReadRow, Timestamp};
use rust_xlsxwriter::Workbook;
use zip::{ZipWriter, write::SimpleFileOptions};

const TITLES: [&str; 4] = ["手机号码", "预约时间", "工号", "客户"];

/// Most seconds and most MiB of a million rows.
const LIMITS: [(&str, Option<(f64, f64)>); 4] =
    [("csv", Some((10.0, 64.0))), ("xlsx", Some((30.0, 256.0))), ("xlsx-inline", Some((30.0, 256.0))), ("ods", None)];

/// One reading: seconds of the preview and of the whole reading, and MiB.
struct Reading {
    preview: f64,
    read: f64,
    memory: f64,
}

fn main() -> ExitCode {
    if let Some(path) = argument("--read") {
        read(Path::new(&path));
        return ExitCode::SUCCESS;
    }
    let rows = argument("--rows").and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let mut json = String::new();
    let mut exceeded = false;
    println!("{:<12} {:>9} {:>11} {:>9} {:>9}", "format", "MiB", "s, preview", "s, all", "MiB, peak");
    for (format, limit) in LIMITS {
        let path = folder.path().join(format);
        write(format, &path, rows);
        let Reading { preview, read, memory } = measured(&path, rows);
        let size = mebibytes(fs::metadata(&path).unwrap().len() / 1024);
        let above = limit.is_some_and(|(most_seconds, most_memory)| read > most_seconds || memory > most_memory);
        exceeded |= above;
        println!("{format:<12} {size:>9.1} {preview:>11.2} {read:>9.2} {memory:>9.1}{}", if above { "  above the limit" } else { "" });
        write!(
            json,
            "{}\"{format}\":{{\"preview\":{preview:.3},\"seconds\":{read:.3},\"mebibytes\":{memory:.1}}}",
            if json.is_empty() { "" } else { "," }
        )
        .unwrap();
        fs::remove_file(&path).unwrap();
    }
    println!("{{\"rows\":{rows},{json}}}");
    if exceeded { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn argument(name: &str) -> Option<String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1)
}

/// Reads a file in another process.
fn measured(path: &Path, rows: u32) -> Reading {
    let output = Command::new(std::env::current_exe().unwrap()).arg("--read").arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let values: Vec<f64> = text.split_whitespace().map(|value| value.parse().unwrap()).collect();
    let [good, preview, read, memory] = values[..] else { panic!("{text}") };
    assert!((good - f64::from(rows)).abs() < 0.5, "{good} rows are good");
    Reading { preview, read, memory }
}

fn read(path: &Path) {
    let zone = |text: &str| text.starts_with("2026-11-29 ").then_some(Timestamp(0));
    let rules = NumberRules::default();
    let idle = memory("VmRSS:");
    let begun = Instant::now();
    let layout = ringside_intake::preview(path, None, &rules, &zone).unwrap().layout;
    let preview = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let mut good = 0;
    ringside_intake::read(path, &layout, &rules, &zone, &AtomicBool::new(false), &mut |row| {
        good += u32::from(matches!(row.read, ReadRow::Good { customer, .. } if customer.at.is_some() && !customer.customer_id.is_empty()));
        ControlFlow::Continue(())
    })
    .unwrap();
    println!("{good} {preview} {} {}", begun.elapsed().as_secs_f64(), memory("VmHWM:") - idle);
}

/// A figure of this process, in MiB.
fn memory(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    mebibytes(line.split_whitespace().nth(1).unwrap().parse().unwrap())
}

#[allow(clippy::cast_precision_loss)]
fn mebibytes(kibibytes: u64) -> f64 {
    kibibytes as f64 / 1024.0
}

fn cells(row: u32) -> [String; 4] {
    [
        format!("13{row:09}"),
        format!("2026-11-29 14:{:02}:{:02}", row / 60 % 60, row % 60),
        format!("{}", 800 + row % 50),
        format!("C{row:08}"),
    ]
}

fn write(format: &str, path: &Path, rows: u32) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    match format {
        "csv" => {
            writeln!(file, "{}", TITLES.join(",")).unwrap();
            for row in 0..rows {
                writeln!(file, "{}", cells(row).join(",")).unwrap();
            }
        }
        "ods" => write_ods(file, rows),
        _ => {
            let mut book = Workbook::new();
            // With the texts in a part of their own, as Excel writes them, or in their cells.
            let sheet =
                if format == "xlsx" { book.add_worksheet_with_low_memory() } else { book.add_worksheet_with_constant_memory() }.unwrap();
            for (row, cells) in (0..=rows).map(|row| if row == 0 { TITLES.map(String::from) } else { cells(row - 1) }).enumerate() {
                for (column, text) in (0..).zip(cells) {
                    sheet.write_string(u32::try_from(row).unwrap(), column, text).unwrap();
                }
            }
            book.save(path).unwrap();
        }
    }
}

fn write_ods(file: BufWriter<File>, rows: u32) {
    let mut zip = ZipWriter::new(file);
    zip.start_file("mimetype", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"application/vnd.oasis.opendocument.spreadsheet").unwrap();
    zip.start_file("content.xml", SimpleFileOptions::default()).unwrap();
    let mut out = BufWriter::new(zip);
    out.write_all(b"<office:document-content><table:table table:name=\"a\">").unwrap();
    for row in 0..=rows {
        out.write_all(b"<table:table-row>").unwrap();
        for text in if row == 0 { TITLES.map(String::from) } else { cells(row - 1) } {
            write!(out, "<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>").unwrap();
        }
        out.write_all(b"</table:table-row>").unwrap();
    }
    out.write_all(b"</table:table></office:document-content>").unwrap();
    out.into_inner().unwrap_or_else(|_| unreachable!("the buffer is written")).finish().unwrap();
}
