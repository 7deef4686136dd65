//! The permitted dependencies between the crates, and between the folders of the shell, as in the tables of `ARCHITECTURE.md`.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use ringside_domain::contract::COMMANDS;
use serde_json::Value;

/// Each crate, the crates of ours that it may use, and the libraries that it must not use.
const ARROWS: [(&str, &[&str], &[&str]); 13] = [
    ("domain", &[], &["tokio", "reqwest", "axum", "hyper", "rusqlite", "tauri", "keyring", "jiff", "chrono"]),
    ("floor", &["domain"], &["tokio", "reqwest", "axum", "hyper", "rusqlite", "tauri", "keyring", "jiff", "chrono"]),
    ("intake", &["domain"], &["tokio", "reqwest", "axum", "hyper", "rusqlite", "tauri", "keyring"]),
    ("wire", &["domain"], &["tokio", "reqwest", "hyper", "axum", "rusqlite", "tauri", "keyring"]),
    ("platform", &["domain", "wire"], &["axum", "rusqlite", "tauri", "keyring"]),
    ("store", &["domain"], &["reqwest", "axum", "tauri", "keyring"]),
    ("listener", &["domain", "wire"], &["reqwest", "rusqlite", "tauri", "keyring"]),
    ("fleet", &["domain"], &["reqwest", "axum", "hyper", "rusqlite", "tauri", "keyring", "jiff"]),
    (
        "gateway",
        &["domain", "fleet", "listener", "platform", "simulator", "store", "wire"],
        &["async-nats", "hyper", "reqwest", "rusqlite", "tauri", "keyring"],
    ),
    ("vault", &[], &["reqwest", "axum", "rusqlite", "tauri"]),
    (
        "engine",
        &["domain", "wire", "platform", "store", "vault", "floor", "intake", "fleet"],
        &["axum", "hyper", "tauri", "rusqlite", "keyring", "reqwest"],
    ),
    ("simulator", &[], &["tauri", "rusqlite", "keyring"]),
    (
        "",
        &["domain", "wire", "engine", "floor", "listener", "platform", "store", "vault", "simulator"],
        &["rusqlite", "reqwest", "axum", "hyper", "keyring"],
    ),
];

/// Each folder of the shell, and the other folders that its files may name. A folder of the desktop has the prefix `desktop::`.
const SHELL: [(&str, &[&str]); 18] = [
    ("texts", &[]),
    ("life", &[]),
    ("system", &["life"]),
    ("sound", &["life"]),
    ("listener", &["life"]),
    ("floor", &["life"]),
    ("receipt", &["life", "texts"]),
    ("desktop::clipboard", &["life"]),
    ("desktop::power", &["life"]),
    ("desktop::notification", &["life", "texts", "system"]),
    ("desktop::windows", &["life", "texts", "system", "desktop::notification"]),
    ("desktop::shortcuts", &["desktop::windows"]),
    ("desktop::tray", &["life", "texts", "floor", "system", "desktop::notification", "desktop::windows"]),
    ("doctor", &["life", "texts", "floor", "sound", "listener", "system"]),
    ("diagnosis", &["life", "texts", "doctor"]),
    ("updates", &["life", "floor", "desktop::windows"]),
    ("ipc", &["life", "texts", "floor", "sound", "listener", "receipt", "system", "desktop", "doctor", "diagnosis", "updates"]),
    ("cli", &["life", "texts", "floor", "receipt", "system", "doctor", "diagnosis"]),
];

/// Most lines of a source file.
const LONGEST: usize = 400;

/// Files that may be longer, since each is one list: all texts of the pages in one language, so that a missing one is seen.
const LISTS: [&str; 4] = ["ui/src/lib/i18n/en.ts", "ui/src/lib/i18n/zh.ts", "ui/src/lib/i18n/floor-en.ts", "ui/src/lib/i18n/floor-zh.ts"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The direct dependencies of each of our packages, without those of its tests.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output =
        Command::new(cargo).args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let direct = package["dependencies"].as_array().unwrap().iter().filter(|dependency| dependency["kind"] != "dev");
            (name(package), direct.map(name).collect())
        })
        .collect()
}

fn package(room: &str) -> String {
    if room.is_empty() { "ringside".to_owned() } else { format!("ringside-{room}") }
}

#[test]
fn crates_use_only_permitted_dependencies() {
    let dependencies = dependencies();
    for (room, may, must_not) in ARROWS {
        let direct = &dependencies[&package(room)];
        for of_ours in direct.iter().filter(|name| name.starts_with("ringside-")) {
            assert!(may.iter().any(|other| package(other) == *of_ours), "{room} must not use {of_ours}");
        }
        for name in must_not {
            assert!(!direct.contains(*name), "{} must not use {name}", package(room));
        }
    }
}

#[test]
fn every_crate_is_in_the_table() {
    let known: BTreeSet<String> = ARROWS.iter().map(|(room, ..)| package(room)).chain(["ringside-tests".to_owned()]).collect();
    assert_eq!(dependencies().into_keys().collect::<BTreeSet<_>>(), known);
}

#[test]
fn only_the_demos_and_the_tests_use_the_simulator() {
    for (package, direct) in dependencies() {
        let knows = direct.contains("ringside-simulator");
        assert!(!knows || matches!(package.as_str(), "ringside" | "ringside-gateway" | "ringside-tests"), "{package} uses the simulator");
    }
    for file in sources(&root().join("crates/gateway/src"), &["rs"]) {
        let knows = fs::read_to_string(&file).unwrap().contains("ringside_simulator");
        assert!(!knows || file.ends_with("demo.rs"), "{}: only the gateway's demo may use the simulator", file.display());
    }
}

#[test]
fn only_the_fleet_uses_nats() {
    for (package, direct) in dependencies() {
        let knows = direct.contains("async-nats") || direct.contains("nkeys");
        assert!(!knows || package == "ringside-fleet", "{package} uses NATS");
    }
}

#[test]
fn only_the_shell_uses_tauri() {
    for (package, direct) in dependencies() {
        let knows = direct.iter().any(|name| name.starts_with("tauri"));
        assert!(!knows || package == "ringside", "{package} uses Tauri");
    }
}

#[test]
fn the_shells_rooms_name_only_permitted_rooms() {
    let shell = root().join("src-tauri/src");
    for (room, may) in SHELL {
        let is_same = |path: &str, room: &str| path == room || path.starts_with(&format!("{room}::"));
        let place = shell.join(room.replace("::", "/"));
        let files = if place.is_dir() { sources(&place, &["rs"]) } else { vec![place.with_extension("rs")] };
        for file in files {
            let code = fs::read_to_string(&file).unwrap();
            // Other folders must be named from the crate's root, so that this test finds them.
            let is_outermost = file == place.join("mod.rs") || file == place.with_extension("rs");
            assert!(!is_outermost || !code.replace("use super::*;", "").contains("super::"), "{}", file.display());
            for path in named(&code) {
                let is_known = may.iter().any(|other| is_same(&path, other));
                assert!(is_known || is_same(&path, room), "{} names {path}", file.display());
            }
        }
    }
}

/// The console program is made of these folders, and must run where there is no web view.
#[test]
fn the_shells_library_names_no_tauri() {
    let shell = root().join("src-tauri/src");
    let library = fs::read_to_string(shell.join("lib.rs")).unwrap();
    let rooms: Vec<&str> = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(rooms.contains(&"cli"), "{rooms:?}");
    for file in rooms.iter().flat_map(|room| sources(&shell.join(room), &["rs"])).chain([shell.join("ctl.rs")]) {
        let code = fs::read_to_string(&file).unwrap();
        let names = |line: &str| !line.trim_start().starts_with("//") && (line.contains("tauri::") || line.contains("tauri_"));
        assert!(!code.lines().any(names), "{}", file.display());
    }
}

#[test]
fn in_the_engine_only_supervision_names_the_task() {
    let engine = root().join("crates/engine/src");
    let may = ["lib.rs", "supervise.rs"].map(|file| engine.join(file));
    for file in sources(&engine, &["rs"]).into_iter().filter(|file| !may.contains(file) && !file.starts_with(engine.join("task"))) {
        let names = named(&fs::read_to_string(&file).unwrap());
        assert!(names.iter().all(|path| path != "task" && !path.starts_with("task::")), "{}", file.display());
    }
}

#[test]
fn every_room_of_the_shell_is_in_the_table() {
    let shell = root().join("src-tauri/src");
    let names = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    let of_desktop = names(&shell.join("desktop")).into_iter().filter(|name| name != "mod").map(|name| format!("desktop::{name}"));
    // `app` connects the folders, `main` starts it or a command, and `lib` lists those without Tauri.
    let rooms = names(&shell).into_iter().filter(|name| !["app", "desktop", "main", "lib", "ctl"].contains(&name.as_str()));
    let known: BTreeSet<String> = SHELL.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(of_desktop.chain(rooms).collect::<BTreeSet<_>>(), known);
}

/// The modules of its own crate that a file names, up to the first name that is not a module: `crate::a::{b, c::D}` gives `a::b` and
/// `a::c`.
fn named(code: &str) -> BTreeSet<String> {
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    code.split("crate::").skip(1).flat_map(|rest| paths(&mut rest.chars().peekable())).collect()
}

/// The paths of the tree of names that begins here.
fn paths(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Vec<String> {
    let is_of_name = |letter: &char| letter.is_alphanumeric() || *letter == '_';
    while rest.next_if(|letter| letter.is_whitespace()).is_some() {}
    if rest.next_if_eq(&'{').is_some() {
        let mut found = Vec::new();
        while rest.next_if_eq(&'}').is_none() {
            found.extend(paths(rest));
            // Any other character, such as a macro's `$`, belongs to no name; without this the loop would not end.
            while rest.next_if(|letter| !is_of_name(letter) && !"{}".contains(*letter)).is_some() {}
            if rest.peek().is_none() {
                break;
            }
        }
        return found;
    }
    let mut name = String::new();
    while let Some(letter) = rest.next_if(is_of_name) {
        name.push(letter);
    }
    if name == "self" || name.starts_with(char::is_uppercase) {
        return vec![String::new()];
    }
    let is_module = rest.next_if_eq(&':').is_some() && rest.next_if_eq(&':').is_some();
    let inner = if is_module { paths(rest) } else { vec![String::new()] };
    inner.into_iter().map(|inner| if inner.is_empty() { name.clone() } else { format!("{name}::{inner}") }).collect()
}

#[test]
fn the_modules_that_a_file_names_are_read_from_its_code() {
    let code =
        "use crate::{\n    life::{self, paths::Paths},\n    texts::Texts,\n};\n// crate::cli\nlet found = crate::desktop::tray::HOST;";
    let found: Vec<String> = named(code).into_iter().collect();
    assert_eq!(found, ["desktop::tray", "life", "life::paths", "texts"]);
    let found: Vec<String> = named("use crate::desktop::{power, windows::{main, ring::Ring}};").into_iter().collect();
    assert_eq!(found, ["desktop::power", "desktop::windows::main", "desktop::windows::ring"]);
    let found: Vec<String> = named("use crate::ipc::{call_log::*, sound::*};").into_iter().collect();
    assert_eq!(found, ["ipc::call_log", "ipc::sound"]);
}

#[test]
fn one_typescript_file_imports_tauri() {
    let knowing: Vec<PathBuf> = sources(&root().join("ui/src"), &["ts", "svelte"])
        .into_iter()
        // A test replaces the packages.
        .filter(|file| !file.to_string_lossy().ends_with(".test.ts"))
        .filter(|file| fs::read_to_string(file).unwrap().contains("@tauri-apps/"))
        .collect();
    assert_eq!(knowing, [root().join("ui/src/lib/host/tauri.ts")]);
}

/// The platform's names of fields occur in `wire`, `platform` and the simulator only.
#[test]
fn the_platforms_field_names_stay_in_their_crates() {
    const SPELLINGS: [&str; 6] = ["crmid", "disnumber", "chengshudu", "GetRecodeFile\"", "extnumber", "memberid"];
    for room in ["domain", "engine", "floor", "store", "vault", "listener", "fleet", "gateway"] {
        let files = sources(&root().join("crates").join(room).join("src"), &["rs"]);
        // Tests may use them.
        for file in files.into_iter().filter(|file| !is_of_tests(file)) {
            let code: String = fs::read_to_string(&file)
                .unwrap()
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            let code = code.split("mod tests").next().unwrap();
            for spelling in SPELLINGS {
                assert!(!code.contains(spelling), "{} says {spelling}", file.display());
            }
        }
    }
}

/// Handlers, permissions and the page's functions are generated from the declarations; this test finds declarations that no page uses.
#[test]
fn every_command_and_event_that_is_declared_is_used_by_a_page() {
    let ui = root().join("ui/src");
    let of_page = |file: &PathBuf| !["dev", "lib/contract"].iter().any(|folder| file.starts_with(ui.join(folder)));
    let pages: String = sources(&ui, &["ts", "svelte"])
        .into_iter()
        .filter(|file| of_page(file) && !file.to_string_lossy().ends_with(".test.ts"))
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    for command in COMMANDS {
        assert!(pages.contains(&format!(".{}", camel_case(command.name))), "no page asks for {}", command.name);
    }
    macro_rules! heard {
        ($($(#[$doc:meta])* [$($window:ident),+] $name:ident: $payload:ty;)+) => {
            $(assert!(pages.contains(&format!("\"{}\"", camel_case(stringify!($name)))), "no page hears {}", stringify!($name));)+
        };
    }
    ringside_domain::events!(heard);
}

/// Equality, so that a list that became short loses its exception.
#[test]
fn only_lists_are_longer_than_400_lines() {
    let generated = root().join("ui/src/lib/contract");
    let is_long = |file: &PathBuf| fs::read_to_string(file).unwrap().lines().count() > LONGEST;
    let long: BTreeSet<PathBuf> = ["crates", "src-tauri", "tests", "ui/src", "ui/tests", "ui/lint"]
        .into_iter()
        .flat_map(|folder| sources(&root().join(folder), &["rs", "ts", "svelte", "mjs", "js"]))
        .filter(|file| !file.starts_with(&generated) && is_long(file))
        .collect();
    assert_eq!(long, LISTS.map(|file| root().join(file)).into());
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |all, word| all + &word[..1].to_uppercase() + &word[1..])
}

fn is_of_tests(file: &Path) -> bool {
    file.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")))
}

fn sources(folder: &Path, kinds: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path, kinds));
        } else if path.extension().is_some_and(|kind| kinds.iter().any(|wanted| kind == *wanted)) {
            found.push(path);
        }
    }
    found
}
