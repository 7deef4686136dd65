//! The texts of tray, notifications and command line, in English and Simplified Chinese. The windows have texts of their own.

mod doctor;
mod grouped;
mod receipt;

use std::fmt::Write;

use jiff::tz::TimeZone;
use ringside_domain::{
    BreakReason, BreakStage, BreakView, Direction, Label, Language, Membership, QueueName, Snapshot, Timestamp, Wish, WishProgress,
    WishStage, clean,
};

pub use doctor::DoctorTexts;
pub use grouped::grouped;
pub use receipt::ReceiptTexts;

/// The texts in one language.
#[derive(Debug)]
pub struct Texts {
    labels: [&'static str; 9],
    changing_to: &'static str,
    pub available: &'static str,
    pub busy: &'static str,
    pub break_: &'static str,
    /// The usual reasons for a break: the stored name and the displayed one.
    reasons: [(&'static str, &'static str); 4],
    until: &'static str,
    over_since: &'static str,
    last_miss: &'static str,
    pub ends_soon: &'static str,
    pub break_over: &'static str,
    unknown_break: &'static str,
    pub queues: &'static str,
    pub no_queues: &'static str,
    pub joining: &'static str,
    pub leaving: &'static str,
    pub recent: &'static str,
    pub no_recent: &'static str,
    pub missed: &'static str,
    pub withheld: &'static str,
    pub show: &'static str,
    pub supervisor: &'static str,
    pub quit: &'static str,
    pub demo: &'static str,
    pub incoming: &'static str,
    pub outgoing: &'static str,
    pub answer_on_phone: &'static str,
    pub goes_on: &'static str,
    pub how_to_quit: &'static str,
    /// The computer has no web engine.
    pub no_windows: &'static str,
    pub no_engine: &'static str,
    /// A notification in place of the end, while campaigns are open whose hours or limits Ringside keeps.
    pub not_ended: &'static str,
    pub campaigns_need_it: &'static str,
    pub already_running: &'static str,
    pub shown: &'static str,
    pub supervisor_shown: &'static str,
    pub supervisor_off: &'static str,
    pub no_services_by_hand: &'static str,
    pub silenced: &'static str,
    pub confirmed: &'static str,
    pub after_call: &'static str,
    pub unconfirmed: &'static str,
    pub refused: &'static str,
    pub in_part: &'static str,
    /// The outcome in one queue: not answered, accepted, confirmed.
    pub settings: [&'static str; 3],
    pub not_signed_in: &'static str,
    /// The outcome of an update; the version follows the second.
    pub newest: &'static str,
    pub updated: &'static str,
    pub not_running: &'static str,
    pub ending: &'static str,
    pub silent: &'static str,
    pub receipt: ReceiptTexts,
    pub doctor: DoctorTexts,
}

const ENGLISH: Texts = Texts {
    labels: [
        "Signed out",
        "Available",
        "Busy",
        "On break",
        "Ringing",
        "On call",
        "After-call work",
        "Phone not registered",
        "Not confirmed",
    ],
    changing_to: "changing to",
    available: "Available",
    busy: "Busy",
    break_: "On break",
    reasons: [("Lunch", "Lunch"), ("Coffee", "Coffee"), ("Meeting", "Meeting"), ("Training", "Training")],
    until: "until",
    over_since: "over since",
    last_miss: "the next missed call makes you busy",
    ends_soon: "Your break ends soon",
    break_over: "Your break is over",
    unknown_break: "Not done: there is no such break; there are",
    queues: "Queues",
    no_queues: "No queue is known yet",
    joining: "signing in…",
    leaving: "signing out…",
    recent: "Last calls",
    no_recent: "No call yet",
    missed: "missed",
    withheld: "Withheld",
    show: "Show Ringside",
    supervisor: "Supervisor's desk",
    quit: "Quit",
    demo: "Demo",
    incoming: "Incoming call",
    outgoing: "Call to a customer",
    answer_on_phone: "Answer on your phone",
    goes_on: "Ringside goes on in the tray",
    how_to_quit: "Rings still pop. To end it, choose Quit in the tray's menu or in the settings.",
    no_windows: "Ringside's windows cannot be shown",
    no_engine: "They need Microsoft Edge WebView2, which is not on this computer. Install the «WebView2 Runtime» from Microsoft, or ask your administrator, then start Ringside again. Until then its icon in the tray, notifications and sounds work.",
    not_ended: "Ringside has not ended",
    campaigns_need_it: "Campaigns go on calling at the platform, and only Ringside keeps their hours and limits. Pause them first, or choose Quit again to end it all the same.",
    already_running: "Ringside is already running; its window is shown.",
    shown: "Ringside is shown.",
    supervisor_shown: "The supervisor's desk is shown.",
    supervisor_off: "Not done: the supervisor's desk is switched off (supervisor.enabled).",
    no_services_by_hand: "Not called: services are not called by hand through the company's gateway. Use the supervisor's window, or ask the gateway's administrator.",
    silenced: "Done: what rings is silent now.",
    confirmed: "Done: the platform confirms it.",
    after_call: "Done: the platform took it, and it holds when the call is over.",
    unconfirmed: "Sent, but not seen at the platform within 10 seconds.",
    refused: "Not done:",
    in_part: "Done in part:",
    settings: ["the platform has not answered yet", "taken, not shown by the platform yet", "the platform confirms it"],
    not_signed_in: "Not done: nobody is signed in to a queue.",
    newest: "This is the newest version for this computer.",
    updated: "Installed; Ringside starts again as version",
    not_running: "Ringside is not running.",
    ending: "Ringside is closing. Start it again in a moment.",
    silent: "Ringside is running but does not answer. End it and start it again.",
    receipt: receipt::ENGLISH,
    doctor: doctor::ENGLISH,
};

const CHINESE: Texts = Texts {
    labels: ["签出", "示闲", "示忙", "小休", "振铃", "通话中", "话后整理", "话机未注册", "状态未知"],
    changing_to: "正在切换为",
    available: "示闲",
    busy: "示忙",
    break_: "小休",
    reasons: [("Lunch", "午餐"), ("Coffee", "茶歇"), ("Meeting", "会议"), ("Training", "培训")],
    until: "至",
    over_since: "已超时，应结束于",
    last_miss: "再漏接一通将被示忙",
    ends_soon: "小休即将结束",
    break_over: "小休时间已到",
    unknown_break: "未完成：没有这个小休原因，可选：",
    queues: "队列",
    no_queues: "尚无队列信息",
    joining: "正在签入…",
    leaving: "正在签出…",
    recent: "最近通话",
    no_recent: "暂无通话",
    missed: "未接",
    withheld: "隐藏号码",
    show: "显示 Ringside",
    supervisor: "班长席",
    quit: "退出",
    demo: "演示",
    incoming: "来电",
    outgoing: "外呼",
    answer_on_phone: "请在话机上接听",
    goes_on: "Ringside 在托盘中继续运行",
    how_to_quit: "仍会弹出振铃卡片。要结束，请在托盘菜单或设置中选择“退出”。",
    no_windows: "无法显示 Ringside 的窗口",
    no_engine: "窗口需要 Microsoft Edge WebView2，而此电脑上没有。请从 Microsoft 安装“WebView2 Runtime”，或联系管理员，然后重新启动 Ringside。在此之前，托盘图标、通知和声音仍可使用。",
    not_ended: "Ringside 未退出",
    campaigns_need_it: "外呼任务会在平台上继续呼叫，其时段和呼损上限仅由 Ringside 遵守。请先暂停任务；再次选择“退出”则仍会退出。",
    already_running: "Ringside 已在运行，窗口已显示。",
    shown: "Ringside 已显示。",
    supervisor_shown: "班长席已显示。",
    supervisor_off: "未完成：班长席未启用（supervisor.enabled）。",
    no_services_by_hand: "未调用：通过公司网关不能手动调用平台接口。请使用班长席窗口，或联系网关管理员。",
    silenced: "完成：正在振铃的来电已静音。",
    confirmed: "完成：平台已确认。",
    after_call: "完成：平台已接受，通话结束后生效。",
    unconfirmed: "已发送，但 10 秒内平台仍未确认。",
    refused: "未完成：",
    in_part: "部分完成：",
    settings: ["平台尚未答复", "平台已接受，尚未显示", "平台已确认"],
    not_signed_in: "未完成：尚未签入任何队列。",
    newest: "已是本机可用的最新版本。",
    updated: "已安装；Ringside 将以新版本重新启动：",
    not_running: "Ringside 未运行。",
    ending: "Ringside 正在退出，请稍后重新启动。",
    silent: "Ringside 正在运行但没有响应，请结束后重新启动。",
    receipt: receipt::CHINESE,
    doctor: doctor::CHINESE,
};

/// Whether Chinese is chosen, or it is the system's language and that is chosen.
pub fn is_chinese(language: Language) -> bool {
    match language {
        Language::English => false,
        Language::Chinese => true,
        Language::System => sys_locale::get_locale().is_some_and(|locale| locale.starts_with("zh")),
    }
}

impl Texts {
    pub fn of(language: Language) -> &'static Self {
        if is_chinese(language) { &CHINESE } else { &ENGLISH }
    }

    /// In the system's language.
    pub fn system() -> &'static Self {
        Self::of(Language::System)
    }

    pub fn label(&self, label: Label) -> &'static str {
        self.labels[match label {
            Label::SignedOut => 0,
            Label::Available => 1,
            Label::Busy => 2,
            Label::Break => 3,
            Label::Ringing => 4,
            Label::OnCall => 5,
            Label::WrapUp => 6,
            Label::PhoneNotReady => 7,
            Label::Unconfirmed => 8,
        }]
    }

    /// A usual reason in this language; an administrator's reason unchanged.
    pub fn reason<'a>(&self, kept: &'a str) -> &'a str {
        self.reasons.iter().find(|(known, _)| *known == kept).map_or(kept, |(_, shown)| shown)
    }

    /// The wish with the stored name of its reason, which may be given in either language. None if there is no such reason.
    pub fn resolved(wish: Wish, breaks: &[BreakReason]) -> Option<Wish> {
        let Wish::Busy { reason: Some(given) } = wish else { return Some(wish) };
        let names = |kept: &str| [&ENGLISH, &CHINESE].map(|texts| texts.reason(kept).to_lowercase());
        let given = given.to_lowercase();
        let known = breaks.iter().find(|reason| reason.name.to_lowercase() == given || names(&reason.name).contains(&given));
        known.map(|reason| Wish::Busy { reason: Some(reason.name.clone()) })
    }

    /// One line per queue.
    pub fn in_part(&self, queues: &[(QueueName, WishStage)]) -> String {
        let [pending, accepted, confirmed] = self.settings;
        let line = |(queue, stage): &(QueueName, WishStage)| match stage {
            WishStage::Pending => format!("\n{queue}: {pending}"),
            WishStage::Accepted => format!("\n{queue}: {accepted}"),
            WishStage::Confirmed => format!("\n{queue}: {confirmed}"),
            WishStage::Failed { problem } => format!("\n{queue}: {} {problem}", self.refused),
        };
        std::iter::once(self.in_part.to_owned()).chain(queues.iter().map(line)).collect()
    }

    pub fn unknown_break(&self, known: &[String]) -> String {
        let names: Vec<_> = known.iter().map(|name| self.reason(name)).collect();
        format!("{} {}", self.unknown_break, names.join(", "))
    }

    /// The time at which the break should end or should have ended; None if it has no limit.
    pub fn limit(&self, on_break: &BreakView, zone: &TimeZone) -> Option<String> {
        let word = if on_break.stage == BreakStage::Over { self.over_since } else { self.until };
        on_break.limit_at.and_then(|at| hour(at, zone)).map(|hour| format!("{word} {hour}"))
    }

    /// The state and a pending change, without a running time, which would need updates.
    pub fn state(&self, snapshot: &Snapshot, zone: &TimeZone) -> String {
        let mut text = self.label(snapshot.label).to_owned();
        if let Some(reason) = &snapshot.reason {
            let _ = write!(text, " · {}", self.reason(reason));
        }
        if let Some(limit) = snapshot.on_break.as_ref().and_then(|on_break| self.limit(on_break, zone)) {
            let _ = write!(text, " · {limit}");
        }
        if matches!(snapshot.wish.progress, WishProgress::Pending | WishProgress::AfterCall | WishProgress::Overdue) {
            let wish = match &snapshot.wish.wish {
                Some(Wish::Available) => Some(self.available),
                Some(Wish::Busy { reason: None }) => Some(self.busy),
                Some(Wish::Busy { reason: Some(_) }) => Some(self.break_),
                None => None,
            };
            if let Some(wish) = wish {
                let _ = write!(text, " · {} {wish}", self.changing_to);
            }
        }
        if snapshot.queues.iter().any(|queue| queue.membership == Membership::In && queue.misses_left == Some(1)) {
            let _ = write!(text, " · {}", self.last_miss);
        }
        if snapshot.demo {
            let _ = write!(text, " ({})", self.demo);
        }
        text
    }

    pub fn direction(&self, direction: Direction) -> &'static str {
        match direction {
            Direction::Incoming => self.incoming,
            Direction::Outgoing => self.outgoing,
        }
    }

    pub fn membership(&self, membership: &Membership) -> Option<&'static str> {
        match membership {
            Membership::Joining => Some(self.joining),
            Membership::Leaving => Some(self.leaving),
            Membership::In | Membership::Out | Membership::Failed { .. } => None,
        }
    }
}

/// Hours and minutes of a time.
pub fn hour(at: Timestamp, zone: &TimeZone) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
    Some(at.to_zoned(zone.clone()).strftime("%H:%M").to_string())
}

/// A text that the system's widgets, menus and notifications can take: they end the program at a NUL.
pub fn shown(text: &str) -> String {
    clean(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that are added later are tested, too: the fields are read from the debug output.
    #[test]
    fn the_chinese_texts_are_chinese_and_the_english_ones_are_not() {
        let texts = |texts: &Texts| -> Vec<_> {
            let printed = format!("{texts:#?}");
            printed.lines().filter_map(|line| Some(line.split_once('"')?.1.to_owned())).collect()
        };
        let is_chinese = |text: &str| text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
        let (english, chinese) = (texts(&ENGLISH), texts(&CHINESE));
        assert_eq!(english.len(), chinese.len());
        assert!(english.len() > 40, "{english:?}");
        // The stored names of the usual reasons.
        let kept: Vec<_> = ENGLISH.reasons.iter().map(|(kept, _)| format!("{kept}\",")).collect();
        for (english, chinese) in english.iter().zip(&chinese) {
            assert!(!is_chinese(english), "{english}");
            let is_word = english.chars().any(char::is_alphabetic);
            assert!(!is_word || is_chinese(chinese) || (kept.contains(english) && english == chinese), "{english} is {chinese}");
        }
    }

    #[test]
    fn a_break_reason_can_be_given_in_either_language() {
        let breaks = [BreakReason { name: "Lunch".into(), minutes: None }, BreakReason { name: "Prayer".into(), minutes: None }];
        let resolved = |given: &str| match Texts::resolved(Wish::Busy { reason: Some(given.into()) }, &breaks) {
            Some(Wish::Busy { reason: Some(reason) }) => Some(reason),
            _ => None,
        };
        assert_eq!(
            ["Lunch", "lunch", "午餐", "prayer"].map(resolved),
            ["Lunch", "Lunch", "Lunch", "Prayer"].map(|name| Some(name.to_owned()))
        );
        assert_eq!(resolved("Coffee"), None, "the administrator does not offer it");
        assert_eq!(Texts::resolved(Wish::Busy { reason: None }, &breaks), Some(Wish::Busy { reason: None }));
        assert_eq!(CHINESE.unknown_break(&["Lunch".into(), "Prayer".into()]), "未完成：没有这个小休原因，可选： 午餐, Prayer");
    }
}
