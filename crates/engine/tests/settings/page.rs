//! `docs/settings.md` is generated from the declarations; this fails where it is not what would be generated now.

use std::{fmt::Write as _, fs, path::Path};

use ringside_engine::config::{Config, File, SETTINGS, Setting, Shape, Sources};

const HOW: &str = "run `RINGSIDE_WRITE_SETTINGS=1 cargo test -p ringside-engine --test settings` and commit the result";

/// What the page says in one language, apart from the meanings.
struct Words {
    title: &'static str,
    lead: &'static str,
    columns: [&'static str; 7],
    text: &'static str,
    secret: &'static str,
    list: &'static str,
    either: &'static str,
    whole: &'static str,
    number: &'static str,
    comma: &'static str,
    range: &'static str,
    least: &'static str,
    yes: &'static str,
    meaning: fn(&Setting) -> &'static str,
}

const ENGLISH: Words = Words {
    title: "Settings",
    lead: "`config.toml` has these keys, in tables: `platform.url` is `url` under `[platform]`. A flag wins over its variable, the variable over \
        what was saved in the app, that over the user's file, and the user's file is read in place of the machine's, of which \
        only the locked keys then count. Each key can be locked: \
        `locked = [\"platform.url\"]` in the machine's file, before all tables, or a policy of the system (administration.md), and neither the user's \
        file nor flag, variable or app changes it. `ringside config` prints what is in effect. Commas separate the elements of a list in a flag and in a variable; \
        a flag may also be repeated. A break is written as `Lunch=45`.",
    columns: ["key", "value", "default", "flag", "variable", "in the app", "meaning"],
    text: "such as",
    secret: "a text",
    list: "a list such as",
    either: "or",
    whole: "a whole number",
    number: "a number",
    comma: ", ",
    range: "to",
    least: "at least",
    yes: "yes",
    meaning: |setting| setting.english,
};

const CHINESE: Words = Words {
    title: "设置",
    lead: "`config.toml` 按表写入以下各项：`platform.url` 即 `[platform]` 下的 `url`。命令行参数优先于环境变量，环境变量优先于应用中保存的值，\
        保存的值优先于用户的文件；有用户的文件时，本机的文件中只有锁定的项有效。每一项都可锁定：在本机的文件中，于所有表之前写 `locked = [\"platform.url\"]`，\
        或由系统的策略设定（见 administration.md），用户的文件、参数、变量与应用便都不能更改它。`ringside config` 显示实际生效的值。列表作参数或变量时用逗号分隔，参数也可重复给出；小休写作 `Lunch=45`。",
    columns: ["键", "值", "默认值", "参数", "环境变量", "应用中可改", "含义"],
    text: "例如",
    secret: "文本",
    list: "列表，例如",
    either: "或",
    whole: "整数",
    number: "数值",
    comma: "，",
    range: "至",
    least: "不小于",
    yes: "是",
    meaning: |setting| setting.chinese,
};

fn value(shape: Shape, words: &Words) -> String {
    let Words { text, list, whole, number, comma, range, least: at_least, .. } = words;
    let either = |choices: &[&str], quote: &str| {
        let choices: Vec<_> = choices.iter().map(|choice| format!("`{quote}{choice}{quote}`")).collect();
        choices.join(&format!(" {} ", words.either))
    };
    match shape {
        Shape::Text { example } => format!("{text} `\"{example}\"`"),
        // An example would be copied, and then be the secret of many desks.
        Shape::Secret { .. } => words.secret.to_owned(),
        Shape::Choice(choices) => either(choices, "\""),
        Shape::Switch => either(&["true", "false"], ""),
        Shape::Whole { least, most: u32::MAX } => format!("{whole}{comma}{at_least} {least}"),
        Shape::Whole { least, most } => format!("{whole}{comma}{least} {range} {most}"),
        Shape::Decimal { least, most } => format!("{number}{comma}{least} {range} {most}"),
        Shape::List { example } => format!("{list} `[\"{example}\"]`"),
        Shape::Breaks { example } => {
            let (name, minutes) = example.split_once('=').unwrap();
            format!("{list} `[{{ name = \"{name}\", minutes = {minutes} }}]`")
        }
    }
}

fn section(words: &Words) -> String {
    let mut section = format!("## {}\n\n{}\n\n| {} |\n|{}\n", words.title, words.lead, words.columns.join(" | "), "---|".repeat(7));
    for setting in SETTINGS {
        let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
        let flag = setting.flag.as_ref().map(|flag| format!("--{}", flag.name)).unwrap_or_default();
        let cells = [
            code(setting.key),
            value(setting.shape, words),
            code(setting.default),
            code(&flag),
            code(setting.variable.unwrap_or_default()),
            if setting.is_saved() { words.yes.to_owned() } else { String::new() },
            (words.meaning)(setting).to_owned(),
        ];
        writeln!(section, "| {} |", cells.join(" | ")).unwrap();
    }
    section
}

pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn the_page_of_the_settings_is_current() {
    let note = "<!-- Generated from crates/engine/src/config/settings.rs: see CONTRIBUTING.md. -->";
    let page = format!("{note}\n# Settings · 设置\n\n[English](#settings) · [中文](#设置)\n\n{}\n{}", section(&ENGLISH), section(&CHINESE));
    let file = root().join("docs/settings.md");
    if std::env::var_os("RINGSIDE_WRITE_SETTINGS").is_some() {
        fs::write(&file, &page).unwrap();
    }
    assert_eq!(fs::read_to_string(&file).unwrap_or_default(), page, "docs/settings.md drifted: {HOW}");
}

#[test]
fn the_files_that_the_readme_shows_can_be_read() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let shown: Vec<_> = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!shown.is_empty());
    for text in shown {
        let file = File { path: Path::new("README.md"), text };
        assert!(!Config::read(Sources { machine: Some(file), ..Sources::default() }).unwrap().locked.is_empty());
    }
}
