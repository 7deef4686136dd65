//! The window's table of codes is generated from the table in Rust; this test fails if it is not current.

#![allow(clippy::unwrap_used)]

use std::{fmt::Write, fs, path::Path};

use ringside_wire::Code;

const HOW: &str = "run `RINGSIDE_WRITE_CONTRACT=1 cargo test -p ringside-wire --test codes` and commit the result";

#[test]
fn the_windows_table_of_codes_is_current() {
    let mut fresh =
        "// Generated from the table in Rust: what each of the platform's codes means, in English and in Chinese.\n\n".to_owned();
    fresh += "export const codes: Record<number, readonly [english: string, chinese: string]> = {\n";
    for code in Code::all() {
        writeln!(fresh, "  {code}: [{:?}, {:?}],", code.english().unwrap(), code.chinese().unwrap()).unwrap();
    }
    fresh += "};\n\n";
    let others: Vec<u32> = (0..20_000).filter(|number| Code::is_other_cause(*number)).collect();
    let (first, last) = (others.first().unwrap(), others.last().unwrap());
    writeln!(fresh, "/** Causes and sides of a hang-up whose meaning is not certain. */").unwrap();
    writeln!(fresh, "export const isOtherCause = (code: number) => code >= {first} && code <= {last};").unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/lib/i18n/codes.ts");
    if std::env::var_os("RINGSIDE_WRITE_CONTRACT").is_some() {
        fs::write(&kept, &fresh).unwrap();
    }
    assert_eq!(fs::read_to_string(&kept).unwrap(), fresh, "the table of codes drifted: {HOW}");
}
