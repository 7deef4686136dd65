//! Checks which modules of the session use which, against the list in `session/mod.rs`.
//!
//! A module uses another one by a path that names it, by a field of `Session` whose type is from it, or by a method that it adds to
//! `Session`. The test finds these uses in the source text.

#![allow(clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/session")
}

/// The source text without comments and unit tests.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect()
}

/// The source text of all files of a module.
fn module(name: &str) -> String {
    let children = fs::read_dir(folder().join(name)).into_iter().flatten().map(|entry| entry.unwrap().path());
    [folder().join(format!("{name}.rs"))].into_iter().chain(children).map(|file| code(&file)).collect()
}

fn order() -> Vec<String> {
    let text = fs::read_to_string(folder().join("mod.rs")).unwrap();
    let list = text.split("`tests/modules.rs` reads:").nth(1).unwrap().split(".\n").next().unwrap();
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The bodies of `impl Session`.
fn of_session(code: &str) -> String {
    code.split("\nimpl Session {").skip(1).map(|rest| rest.split("\n}").next().unwrap()).collect()
}

/// The methods that a module adds to `Session`.
fn methods(code: &str) -> BTreeSet<String> {
    let names = of_session(code);
    names.split(" fn ").skip(1).map(|rest| rest.split(|letter| !is_of_a_name(letter)).next().unwrap().to_owned()).collect()
}

/// The fields of `Session` whose type is from one of these modules, each with the module.
fn fields(modules: &[String]) -> BTreeMap<String, String> {
    let code = code(&folder().join("mod.rs"));
    let fields = code.split("pub struct Session {").nth(1).unwrap().split("\n}").next().unwrap();
    let pairs = fields.lines().filter_map(|line| line.trim().split_once(": "));
    pairs.filter_map(|(name, of)| Some((name.to_owned(), modules.iter().find(|module| names_path(of, module))?.clone()))).collect()
}

fn names_path(code: &str, module: &str) -> bool {
    code.match_indices(&format!("{module}::")).any(|(at, _)| !code[..at].ends_with(is_of_a_name))
}

/// The words after `self.` in the methods of `Session`: fields, and methods with their bracket.
fn used(code: &str) -> BTreeSet<String> {
    let code: String = of_session(code).split_whitespace().collect();
    let name = |rest: &str| {
        let end = rest.find(|letter| !is_of_a_name(letter)).unwrap_or(rest.len());
        rest[..end + usize::from(rest[end..].starts_with('('))].to_owned()
    };
    code.split("self.").skip(1).map(name).collect()
}

/// Each module with the modules that it uses.
fn known() -> BTreeMap<String, BTreeSet<String>> {
    let order = order();
    let codes: BTreeMap<&String, String> = order.iter().map(|name| (name, module(name))).collect();
    let fields = fields(&order);
    let knows = |code: &str, other: &String| {
        let used = used(code);
        let by_field = fields.iter().any(|(field, of)| of == other && used.contains(field));
        let by_method = methods(&codes[other]).iter().any(|method| used.contains(&format!("{method}(")));
        names_path(code, other) || by_field || by_method
    };
    order
        .iter()
        .map(|name| {
            let others = order.iter().filter(|other| *other != name && knows(&codes[name], other));
            (name.clone(), others.cloned().collect())
        })
        .collect()
}

#[test]
fn a_module_of_the_agents_state_uses_only_modules_before_it() {
    let (order, known) = (order(), known());
    let place = |name: &String| order.iter().position(|other| other == name);
    for (name, others) in &known {
        for other in others {
            assert!(place(other) < place(name), "{name} must not use {other}");
        }
    }
    // One use by a path, by a field and by a method each.
    for (name, other) in
        [("wish", "seat"), ("view", "phone"), ("queues", "asked"), ("queues", "owed"), ("account", "wish"), ("view", "account")]
    {
        assert!(known[name].contains(other), "{name} uses {other}, but this was not found");
    }
}

#[test]
fn the_fields_of_a_seat_and_of_the_wish_are_private() {
    for (module_name, name) in [("seat", "OwnSeat"), ("seat", "Told"), ("wish", "CurrentWish")] {
        let code = module(module_name);
        let fields = code.split(&format!("struct {name} {{")).nth(1).unwrap().split("\n}").next().unwrap();
        assert!(fields.contains(": ") && !fields.contains("pub"), "{name} has a field that other modules can write");
    }
    assert!(module("seat").contains("struct Seats(Vec<OwnSeat>);"));
}
