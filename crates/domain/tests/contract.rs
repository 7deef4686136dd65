//! The page's TypeScript is generated from the declared commands and events and from their types; this test fails if the generated files are
//! out of date.

#![allow(clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
    sync::Arc,
};

use ringside_domain::{contract::Window, *};
use ts_rs::{Config, TS, TypeVisitor};

const HOW: &str = "run `RINGSIDE_WRITE_CONTRACT=1 cargo test -p ringside-domain --test contract` and commit the result";

#[test]
fn the_generated_contract_is_current() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/lib/contract");
    let fresh = std::env::temp_dir().join(format!("ringside-contract-{}", std::process::id()));
    // JSON has one kind of number.
    let mut types = Types { config: Config::new().with_out_dir(&fresh).with_large_int("number"), imported: BTreeSet::new() };
    let windows = windows(&mut types);
    let mut files = read(&fresh);
    fs::remove_dir_all(&fresh).unwrap();
    let index: String = files.keys().map(|name| format!("export type {{ {0} }} from \"./{0}\";\n", name.trim_end_matches(".ts"))).collect();
    files.insert("index.ts".into(), index + "export * from \"./windows\";\n");
    files.insert("windows.ts".into(), windows);

    if std::env::var_os("RINGSIDE_WRITE_CONTRACT").is_some() {
        let _ = fs::remove_dir_all(&kept);
        fs::create_dir_all(&kept).unwrap();
        for (name, text) in &files {
            fs::write(kept.join(name), text).unwrap();
        }
    }
    assert_eq!(read(&kept), files, "the contract drifted: {HOW}");
}

fn read(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

/// Writes the TypeScript files of the exported types, and collects the names of these types.
struct Types {
    config: Config,
    imported: BTreeSet<String>,
}

impl Types {
    fn name<T: TS + 'static>(&mut self) -> String {
        self.visit::<T>();
        T::visit_generics(self);
        T::name(&self.config)
    }
}

impl TypeVisitor for Types {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_some() {
            T::export_all(&self.config).unwrap();
            self.imported.insert(T::ident(&self.config));
        }
    }
}

/// The TypeScript of a command or an event, and its windows.
struct Declared {
    windows: &'static [Window],
    docs: &'static [&'static str],
    /// Its line in the interface.
    signature: String,
    /// Its line in the object that implements the interface.
    entry: Entry,
}

enum Entry {
    Command(String),
    /// `name` follows the window's label in the event's name.
    Event {
        key: String,
        name: &'static str,
    },
}

impl Declared {
    fn command(windows: &'static [Window], docs: &'static [&'static str], name: &str, given: &[(String, String)], answer: &str) -> Self {
        let key = camel_case(name);
        let names: Vec<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
        let typed: Vec<String> = given.iter().map(|(name, of)| format!("{name}: {of}")).collect();
        // A command without an answer sends `null`.
        let answer = if answer == "null" { "void" } else { answer };
        let object = if names.is_empty() { String::new() } else { format!(", {{ {} }}", names.join(", ")) };
        Self {
            windows,
            docs,
            signature: format!("{key}({}): Promise<{answer}>;", typed.join(", ")),
            entry: Entry::Command(format!("{key}: ({}) => ask(\"{name}\"{object}),", names.join(", "))),
        }
    }

    fn event(windows: &'static [Window], docs: &'static [&'static str], name: &'static str, payload: &str) -> Self {
        let key = camel_case(name);
        Self { windows, docs, signature: format!("{key}: {payload};"), entry: Entry::Event { key, name } }
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| all + &word[..1].to_uppercase() + &word[1..])
}

#[allow(unused_parens, reason = "a command that answers nothing answers `()`")]
fn windows(types: &mut Types) -> String {
    let mut all = Vec::new();
    macro_rules! command {
        ($($(#[doc = $doc:literal])* [$($window:ident),+] $turn:ident fn $name:ident($($given:ident: $of:ty),*) $(-> $answer:ty)?;)+) => {
            $({
                let given = [$((camel_case(stringify!($given)), types.name::<$of>())),*];
                let answer = types.name::<($($answer)?)>();
                all.push(Declared::command(&[$(Window::$window),+], &[$($doc),*], stringify!($name), &given, &answer));
            })+
        };
    }
    commands!(command);
    macro_rules! event {
        ($($(#[doc = $doc:literal])* [$($window:ident),+] $name:ident: $payload:ty;)+) => {
            $(all.push(Declared::event(&[$(Window::$window),+], &[$($doc),*], stringify!($name), &types.name::<$payload>()));)+
        };
    }
    events!(event);

    let mut text = String::from("// This file was generated from `crates/domain/src/contract.rs`. Do not edit this file manually.\n");
    for name in &types.imported {
        writeln!(text, "import type {{ {name} }} from \"./{name}\";").unwrap();
    }
    text += "\n/** Calls a command of the shell by its name there. */\n";
    text += "export type Ask = <T>(command: string, given?: Record<string, unknown>) => Promise<T>;\n";
    for window in Window::ALL {
        let label = window.label();
        let name = label[..1].to_uppercase() + &label[1..];
        let (mut asked, mut asking, mut told, mut names) = (String::new(), String::new(), String::new(), String::new());
        for each in all.iter().filter(|each| each.windows.contains(&window)) {
            let docs = if each.docs.is_empty() { String::new() } else { format!("  /**{} */\n", each.docs.concat()) };
            match &each.entry {
                Entry::Command(entry) => {
                    writeln!(asked, "{docs}  {}", each.signature).unwrap();
                    writeln!(asking, "    {entry}").unwrap();
                }
                Entry::Event { key, name } => {
                    writeln!(told, "{docs}  {}", each.signature).unwrap();
                    writeln!(names, "  {key}: \"{label}-{name}\",").unwrap();
                }
            }
        }
        write!(
            text,
            "\n/** The commands that the page of the window `{label}` may call. Each can reject with a `Problem`. */\n\
             export interface {name}Commands {{\n{asked}}}\n\n\
             export function {label}Commands(ask: Ask): {name}Commands {{\n  return {{\n{asking}  }};\n}}\n\n\
             /** The events that the page of the window `{label}` gets, and their payloads. */\n\
             export interface {name}Events {{\n{told}}}\n\n\
             /** The names of these events in the shell. */\n\
             export const {label}Events: {{ [Name in keyof {name}Events]: string }} = {{\n{names}}};\n"
        )
        .unwrap();
    }
    text
}
