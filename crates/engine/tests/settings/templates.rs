//! The templates for the group policy of Windows (ADMX, and ADML in each language) are generated from the declarations; this fails where they
//! are not what would be generated now.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf};

use quick_xml::{Reader, events::Event};
use ringside_engine::config::{SETTINGS, Setting, Shape};

use super::page::root;

const HOW: &str = "run `RINGSIDE_WRITE_SETTINGS=1 cargo test -p ringside-engine --test settings` and commit the result";
const NAMESPACE: &str = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions";

struct Words {
    folder: &'static str,
    description: &'static str,
    all: &'static str,
    recommended: &'static str,
    supported: &'static str,
    default: &'static str,
    locks: &'static str,
    /// Of a switch, which is off if it is disabled; any other policy then has no value.
    locks_switch: &'static str,
    recommends: &'static str,
    list: &'static str,
    breaks: &'static str,
    number: &'static str,
    /// For each table of settings.
    tables: fn(&str) -> &'static str,
    meaning: fn(&Setting) -> &'static str,
}

const ENGLISH: Words = Words {
    folder: "en-US",
    description: "Policies of Ringside",
    all: "Ringside",
    recommended: "Ringside: recommended values, which users can change",
    supported: "Windows 10 or newer",
    default: "Without a value: ",
    locks: "Once it is enabled here, nobody at the computer can change it. Not configured or disabled: the files of settings and the user decide.",
    locks_switch: "Once it is enabled or disabled here, nobody at the computer can change it. Not configured: the files of settings and the user decide.",
    recommends: "The user can change it, and a value in the user's own file comes before it.",
    list: "One to a line.",
    breaks: "One to a line, with or without the minutes that it may last, such as Lunch=45.",
    number: "A number from {least} to {most}, with a point.",
    tables: |table| match table {
        "platform" => "Platform",
        "fleet" => "Company's gateway",
        "network" => "Network",
        "agent" => "Agent",
        "callbacks" => "Callbacks",
        "polling" => "Requests to the platform",
        "log" => "Call log",
        "supervisor" => "Supervisor",
        "recordings" => "Recordings",
        "shortcuts" => "Keyboard shortcuts",
        "wrap_up" => "After-call work",
        "crm" => "CRM",
        "leaving" => "Leaving",
        "sound" => "Sound",
        "card" => "Ring card",
        "notifications" => "Notifications and do not disturb",
        "appearance" => "Appearance",
        "window" => "Window and start",
        "updates" => "Updates",
        "diagnostics" => "Diagnosis",
        _ => "",
    },
    meaning: |setting| setting.english,
};

const CHINESE: Words = Words {
    folder: "zh-CN",
    description: "Ringside 的策略",
    all: "Ringside",
    recommended: "Ringside：建议值（用户可更改）",
    supported: "Windows 10 或更新版本",
    default: "未给出时：",
    locks: "在此启用后，本机用户不能更改；未配置或禁用时由设置文件和用户决定。",
    locks_switch: "在此启用或禁用后，本机用户不能更改；未配置时由设置文件和用户决定。",
    recommends: "用户可以更改；用户自己文件中的值优先。",
    list: "每行一个。",
    breaks: "每行一个，可附最长分钟数，如 Lunch=45。",
    number: "{least} 至 {most} 之间的数值，小数点用“.”。",
    tables: |table| match table {
        "platform" => "平台",
        "fleet" => "公司网关",
        "network" => "网络",
        "agent" => "坐席",
        "callbacks" => "回调",
        "polling" => "对平台的请求",
        "log" => "通话记录",
        "supervisor" => "班长席",
        "recordings" => "录音",
        "shortcuts" => "快捷键",
        "wrap_up" => "话后整理",
        "crm" => "CRM",
        "leaving" => "离开",
        "sound" => "声音",
        "card" => "来电卡片",
        "notifications" => "通知与勿扰",
        "appearance" => "外观",
        "window" => "窗口与启动",
        "updates" => "更新",
        "diagnostics" => "诊断",
        _ => "",
    },
    meaning: |setting| setting.chinese,
};

/// One policy: a setting, as a value that holds or as one that is recommended.
#[derive(Clone, Copy)]
struct Policy {
    setting: &'static Setting,
    is_recommended: bool,
}

impl Policy {
    /// Secrets have none: every user of a domain can read its policies.
    fn all() -> impl Iterator<Item = Self> {
        let shown = || SETTINGS.iter().filter(|setting| !matches!(setting.shape, Shape::Secret { .. }));
        let mandatory = shown().map(|setting| Self { setting, is_recommended: false });
        // What the user cannot change needs no recommendation.
        mandatory.chain(shown().filter(|setting| setting.is_saved()).map(|setting| Self { setting, is_recommended: true }))
    }

    fn id(self) -> String {
        format!("{}{}", self.setting.key.replace('.', "_"), if self.is_recommended { "_recommended" } else { "" })
    }

    fn table(self) -> &'static str {
        self.setting.key.split_once('.').unwrap().0
    }

    fn category(self) -> String {
        format!("{}{}", self.table(), if self.is_recommended { "_recommended" } else { "" })
    }
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

fn categories() -> Vec<(String, &'static str, bool)> {
    let mut all: Vec<(String, &'static str, bool)> = Vec::new();
    for policy in Policy::all() {
        let category = (policy.category(), policy.table(), policy.is_recommended);
        if !all.contains(&category) {
            all.push(category);
        }
    }
    all
}

/// The element with which a value is entered.
fn element(policy: Policy) -> String {
    let (id, name) = (policy.id(), policy.setting.key.split_once('.').unwrap().1);
    match policy.setting.shape {
        Shape::Switch => String::new(),
        Shape::Choice(choices) => {
            let item = |choice: &&str| {
                format!(
                    "          <item displayName=\"$(string.{id}_{choice})\">\n            <value><string>{choice}</string></value>\n          </item>\n"
                )
            };
            let items: String = choices.iter().map(item).collect();
            format!("        <enum id=\"{id}\" valueName=\"{name}\" required=\"true\">\n{items}        </enum>\n")
        }
        Shape::Whole { least, most } => {
            format!("        <decimal id=\"{id}\" valueName=\"{name}\" required=\"true\" minValue=\"{least}\" maxValue=\"{most}\" />\n")
        }
        Shape::List { .. } | Shape::Breaks { .. } => format!("        <multiText id=\"{id}\" valueName=\"{name}\" required=\"true\" />\n"),
        Shape::Text { .. } | Shape::Secret { .. } | Shape::Decimal { .. } => {
            format!("        <text id=\"{id}\" valueName=\"{name}\" required=\"true\" />\n")
        }
    }
}

fn admx() -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- Generated from crates/engine/src/config/settings.rs: see CONTRIBUTING.md. -->\n\
         <policyDefinitions revision=\"1.0\" schemaVersion=\"1.0\" xmlns=\"{NAMESPACE}\">\n  <policyNamespaces>\n    \
         <target prefix=\"ringside\" namespace=\"Ringside.Policies\" />\n    <using prefix=\"windows\" namespace=\"Microsoft.Policies.Windows\" />\n  \
         </policyNamespaces>\n  <resources minRequiredRevision=\"1.0\" />\n  <supportedOn>\n    <definitions>\n      \
         <definition name=\"supported\" displayName=\"$(string.supported)\" />\n    </definitions>\n  </supportedOn>\n  <categories>\n    \
         <category name=\"all\" displayName=\"$(string.all)\" />\n    <category name=\"recommended\" displayName=\"$(string.recommended)\" />\n"
    );
    for (category, table, is_recommended) in categories() {
        let parent = if is_recommended { "recommended" } else { "all" };
        writeln!(
            text,
            "    <category name=\"{category}\" displayName=\"$(string.table_{table})\">\n      <parentCategory ref=\"{parent}\" />\n    </category>"
        )
        .unwrap();
    }
    text.push_str("  </categories>\n  <policies>\n");
    for policy in Policy::all() {
        let (id, name) = (policy.id(), policy.setting.key.split_once('.').unwrap().1);
        let key = format!("Software\\Policies\\Ringside\\{}{}", if policy.is_recommended { "Recommended\\" } else { "" }, policy.table());
        let is_switch = policy.setting.shape == Shape::Switch;
        let attributes = if is_switch { format!(" valueName=\"{name}\"") } else { format!(" presentation=\"$(presentation.{id})\"") };
        writeln!(
            text,
            "    <policy name=\"{id}\" class=\"Machine\" displayName=\"$(string.{id})\" explainText=\"$(string.{id}_help)\"{attributes} key=\"{key}\">\n      \
             <parentCategory ref=\"{}\" />\n      <supportedOn ref=\"supported\" />",
            policy.category()
        )
        .unwrap();
        if is_switch {
            text.push_str("      <enabledValue><decimal value=\"1\" /></enabledValue>\n      <disabledValue><decimal value=\"0\" /></disabledValue>\n");
        } else {
            write!(text, "      <elements>\n{}      </elements>\n", element(policy)).unwrap();
        }
        text.push_str("    </policy>\n");
    }
    text.push_str("  </policies>\n</policyDefinitions>\n");
    text
}

fn help(policy: Policy, words: &Words) -> String {
    let setting = policy.setting;
    let mut lines = vec![(words.meaning)(setting).to_owned(), setting.key.to_owned()];
    match setting.shape {
        Shape::List { .. } => lines.push(words.list.to_owned()),
        Shape::Breaks { .. } => lines.push(words.breaks.to_owned()),
        Shape::Decimal { least, most } => {
            lines.push(words.number.replace("{least}", &least.to_string()).replace("{most}", &most.to_string()))
        }
        _ => {}
    }
    if !setting.default.is_empty() {
        lines.push(format!("{}{}", words.default, setting.default));
    }
    let holds = match (policy.is_recommended, setting.shape) {
        (true, _) => words.recommends,
        (false, Shape::Switch) => words.locks_switch,
        (false, _) => words.locks,
    };
    lines.push(holds.to_owned());
    lines.join("\n\n")
}

fn presentation(policy: Policy, words: &Words) -> String {
    let (id, label) = (policy.id(), escaped((words.meaning)(policy.setting)));
    let default = policy.setting.default;
    let control = match policy.setting.shape {
        Shape::Switch => return String::new(),
        Shape::Choice(choices) => {
            let first = choices.iter().position(|choice| *choice == default).unwrap_or_default();
            format!("<dropdownList refId=\"{id}\" noSort=\"true\" defaultItem=\"{first}\">{label}</dropdownList>")
        }
        Shape::Whole { .. } => format!("<decimalTextBox refId=\"{id}\" defaultValue=\"{default}\">{label}</decimalTextBox>"),
        Shape::List { .. } | Shape::Breaks { .. } => format!("<multiTextBox refId=\"{id}\" showAsDialog=\"false\">{label}</multiTextBox>"),
        _ => format!("<textBox refId=\"{id}\"><label>{label}</label></textBox>"),
    };
    format!("      <presentation id=\"{id}\">\n        {control}\n      </presentation>\n")
}

fn adml(words: &Words) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- Generated from crates/engine/src/config/settings.rs: see CONTRIBUTING.md. -->\n\
         <policyDefinitionResources revision=\"1.0\" schemaVersion=\"1.0\" xmlns=\"{NAMESPACE}\">\n  <displayName>{}</displayName>\n  \
         <description>{}</description>\n  <resources>\n    <stringTable>\n",
        words.description, words.description
    );
    let mut string = |id: &str, shown: &str| writeln!(text, "      <string id=\"{id}\">{}</string>", escaped(shown)).unwrap();
    string("supported", words.supported);
    string("all", words.all);
    string("recommended", words.recommended);
    for (_, table, is_recommended) in categories() {
        if !is_recommended {
            string(&format!("table_{table}"), (words.tables)(table));
        }
    }
    for policy in Policy::all() {
        let id = policy.id();
        string(&id, &format!("{} ({})", (words.meaning)(policy.setting), policy.setting.key));
        string(&format!("{id}_help"), &help(policy, words));
        if let Shape::Choice(choices) = policy.setting.shape {
            for choice in choices {
                string(&format!("{id}_{choice}"), choice);
            }
        }
    }
    text.push_str("    </stringTable>\n    <presentationTable>\n");
    for policy in Policy::all() {
        text.push_str(&presentation(policy, words));
    }
    text.push_str("    </presentationTable>\n  </resources>\n</policyDefinitionResources>\n");
    text
}

fn files() -> Vec<(PathBuf, String)> {
    let folder = root().join("packaging/policy");
    let languages = [ENGLISH, CHINESE].map(|words| (folder.join(words.folder).join("Ringside.adml"), adml(&words)));
    [(folder.join("Ringside.admx"), admx())].into_iter().chain(languages).collect()
}

#[test]
fn the_templates_of_the_group_policy_are_current() {
    for (file, text) in files() {
        if std::env::var_os("RINGSIDE_WRITE_SETTINGS").is_some() {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, &text).unwrap();
        }
        assert_eq!(fs::read_to_string(&file).unwrap_or_default(), text, "{} drifted: {HOW}", file.display());
    }
}

/// The names and attributes of all elements.
fn elements(text: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut reader = Reader::from_str(text);
    let (mut all, mut open) = (Vec::new(), 0);
    loop {
        let event = reader.read_event().unwrap();
        open += match event {
            Event::Start(_) => 1,
            Event::End(_) => -1,
            _ => 0,
        };
        match event {
            Event::Start(element) | Event::Empty(element) => {
                let attributes = element.attributes().map(Result::unwrap);
                let attributes = attributes.map(|each| (each.key.as_ref().to_owned(), each.value.into_owned())).collect();
                all.push((element.name().as_ref().to_owned(), attributes));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, 0, "each element is closed");
    all
}

fn values<'a>(elements: &'a [(String, Vec<(String, String)>)], name: &str, attribute: &str) -> Vec<&'a str> {
    let of = elements.iter().filter(|(each, _)| each == name);
    of.flat_map(|(_, attributes)| attributes.iter().filter(|(each, _)| each == attribute).map(|(_, value)| value.as_str())).collect()
}

#[test]
fn each_setting_but_the_secrets_has_a_policy_and_each_policy_its_texts_in_both_languages() {
    let definitions = elements(&admx());
    let policies = values(&definitions, "policy", "name");
    for setting in SETTINGS {
        let (id, is_secret) = (setting.key.replace('.', "_"), matches!(setting.shape, Shape::Secret { .. }));
        assert_eq!(policies.contains(&id.as_str()), !is_secret, "{}", setting.key);
    }
    assert_eq!(policies.iter().collect::<BTreeSet<_>>().len(), policies.len(), "no policy twice");
    let categories: BTreeSet<_> = values(&definitions, "category", "name").into_iter().collect();
    assert!(values(&definitions, "parentCategory", "ref").iter().all(|parent| categories.contains(parent)));
    let referred = |kind: &str| -> BTreeSet<String> {
        let texts = definitions.iter().flat_map(|(_, attributes)| attributes.iter().map(|(_, value)| value.as_str()));
        let within = |value: &str| value.strip_prefix(&format!("$({kind}."))?.strip_suffix(')').map(str::to_owned);
        texts.filter_map(within).collect()
    };
    for words in [ENGLISH, CHINESE] {
        let resources = elements(&adml(&words));
        let defined = |element: &str| values(&resources, element, "id").into_iter().map(str::to_owned).collect::<Vec<_>>();
        for (kind, element) in [("string", "string"), ("presentation", "presentation")] {
            let found = defined(element);
            assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), referred(kind), "{}: {kind}", words.folder);
            assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "{}: no {kind} twice", words.folder);
        }
        let controls: Vec<_> = ["textBox", "multiTextBox", "dropdownList", "decimalTextBox"]
            .iter()
            .flat_map(|name| values(&resources, name, "refId"))
            .collect();
        let entered: Vec<_> = ["text", "multiText", "enum", "decimal"].iter().flat_map(|name| values(&definitions, name, "id")).collect();
        assert_eq!(controls, entered, "{}: a control for each element", words.folder);
        for setting in SETTINGS {
            assert!(!(words.tables)(setting.key.split_once('.').unwrap().0).is_empty(), "{}: {}", words.folder, setting.key);
        }
    }
}
