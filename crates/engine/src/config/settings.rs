//! The declarations of all settings that the administrator can give and lock.
//!
//! One declaration holds everything: type, name in the file, reading, default, flag, environment variable, the place in the saved
//! state (if the user can change the setting in the app), and the meaning in both languages. A new one is used as `config.values.NAME`.

use std::net::SocketAddr;

use ringside_domain::{
    ArchiveOrder, ArchiveScope, BreakReason, CardSize, CrmMode, Extension, Farewell, Language, MainView, QueueName, SignInPolicy,
    SoundDevice, Theme,
};
use ringside_platform::Proxy;
use ringside_wire::Zone;
use secrecy::SecretString;
use url::Url;

use super::{
    declaration::{Flag, Setting, Shape, declared},
    found::Found,
    parse,
    written::Written,
};

settings! {
    url: String {
        key: "platform.url", read: text("https://call.example.com/", parse::url), default: "",
        flag: "url" "URL", variable: "RINGSIDE_URL", saved: account.url,
        english: "The platform's address",
        chinese: "平台地址",
    }
    appid: String {
        key: "platform.appid", read: text("9027", parse::any), default: "",
        flag: "appid" "APPID", variable: "RINGSIDE_APPID", saved: account.appid,
        english: "The account",
        chinese: "账号（appid）",
    }
    utc_offset: Zone {
        key: "platform.utc_offset", read: text("-03:00", parse::utc_offset), default: "+08:00",
        flag: "utc-offset" "OFFSET", variable: "RINGSIDE_UTC_OFFSET",
        english: "The platform's clock: its offset from UTC, or a zone's name such as America/Mexico_City",
        chinese: "平台的时钟：与 UTC 的时差，或时区名称，如 America/Mexico_City",
    }
    fleet_url: Url {
        key: "fleet.url", read: text("tls://gateway.example.com:4222", parse::fleet_url), unset: "",
        flag: "fleet-url" "URL", variable: "RINGSIDE_FLEET_URL",
        english: "The company's gateway, which asks the platform for all desks: tls:// or wss://; nats:// and ws:// only on this computer",
        chinese: "公司网关的地址，由它代表所有座席访问平台：tls:// 或 wss://；nats:// 与 ws:// 仅限本机",
    }
    fleet_ca: String {
        key: "fleet.ca", read: text("//files/ringside/gateway-ca.pem", parse::path), default: "",
        flag: "fleet-ca" "FILE", variable: "RINGSIDE_FLEET_CA",
        english: "The certificate (PEM) of the authority that signed the gateway's, in place of the system's",
        chinese: "签发网关证书的机构的证书（PEM），用以代替系统证书",
    }
    fleet_code: SecretString {
        key: "fleet.code", read: secret("UWLR-Q7US-GNTB-VD2S"), unset: "",
        variable: "RINGSIDE_FLEET_CODE",
        english: "The one-time code with which this computer is enrolled at the gateway; the sign-in asks for it otherwise",
        chinese: "本机在网关登记用的一次性代码；未给出时在登录界面输入",
    }
    proxy: Proxy {
        key: "network.proxy", read: text("http://proxy.example.com:3128", parse::proxy), default: "system",
        flag: "proxy" "PROXY", variable: "RINGSIDE_PROXY",
        english: "The proxy to the platform: its address, none, or system for the environment's or else the system's; no script (PAC) is followed",
        chinese: "访问平台的代理：其地址，none 表示不用，system 表示用环境变量或系统的代理；不执行自动配置脚本（PAC）",
    }
    extension: Extension {
        key: "agent.extension", read: text("100001", parse::extension), default: "",
        flag: "extension" "NUMBER", variable: "RINGSIDE_EXTENSION", saved: agent.extension,
        english: "The agent's extension: a number, or a name such as 9024-0005 or jdoe.1",
        chinese: "坐席的分机：号码，或名称，如 9024-0005、jdoe.1",
    }
    agent_id: String {
        key: "agent.agent_id", read: number_or_text("10", parse::agent_id), default: "",
        flag: "agent-id" "NUMBER", variable: "RINGSIDE_AGENT_ID", saved: agent.agent_id,
        english: "The agent's number at the platform, digits only",
        chinese: "坐席在平台上的工号，仅限数字",
    }
    queues: Vec<QueueName> {
        key: "agent.queues", read: list("queue-1", parse::queue), default: "",
        flag: "queue" "NAME", variable: "RINGSIDE_QUEUES", saved: agent.queues,
        english: "The queues to sign in to",
        chinese: "要签入的队列",
    }
    after_sign_in: SignInPolicy {
        key: "agent.after_sign_in",
        read: choice("busy" => SignInPolicy::Busy, "available" => SignInPolicy::Available), default: "busy",
        flag: "after-sign-in" "STATE", variable: "RINGSIDE_AFTER_SIGN_IN", saved: settings.after_sign_in,
        english: "The agent's state after signing in to a queue",
        chinese: "签入队列后坐席的状态",
    }
    breaks: Vec<BreakReason> {
        key: "agent.breaks", read: breaks("Lunch=30"), default: "Lunch=45,Coffee=15,Meeting,Training",
        flag: "break" "NAME[=MINUTES]", variable: "RINGSIDE_BREAKS",
        english: "The reasons for a break, each with or without the minutes that it may last",
        chinese: "小休的原因，可附最长分钟数",
    }
    bind: SocketAddr {
        key: "callbacks.bind", read: text("10.1.2.3:7780", parse::bind), default: "127.0.0.1:7780",
        flag: "bind" "ADDRESS", variable: "RINGSIDE_BIND",
        english: "The address at which Ringside listens for callbacks",
        chinese: "监听回调的地址",
    }
    public_url: Url {
        key: "callbacks.public_url", read: text("https://desk.example.com/ringside", parse::public_url), unset: "",
        flag: "public-url" "URL", variable: "RINGSIDE_PUBLIC_URL",
        english: "The listener's address as the platform sees it, through a proxy or a tunnel",
        chinese: "平台所见的监听地址（经代理或隧道时）",
    }
    secret: SecretString {
        key: "callbacks.secret", read: secret("use-32-random-letters-and-digits"), unset: "",
        variable: "RINGSIDE_CALLBACK_SECRET",
        english: "The secret in the callback address, at least 16 letters or digits; without one, Ringside makes its own at the first start",
        chinese: "回调地址中的密钥，至少 16 个字母或数字；未给出时由 Ringside 首次启动时生成",
    }
    allowed_sources: Vec<String> {
        key: "callbacks.allowed_sources", read: list("203.0.113.0/24", parse::source), default: "",
        flag: "allowed-source" "SOURCE", variable: "RINGSIDE_ALLOWED_SOURCES",
        english: "The addresses and networks that may call back; none: any that reaches the listener",
        chinese: "可以回调的地址与网段；不填则不限",
    }
    keep_foreign: bool {
        key: "callbacks.keep_foreign", read: switch(), default: "false",
        flag: "keep-foreign" "BOOL", variable: "RINGSIDE_KEEP_FOREIGN",
        english: "Whether callbacks for other extensions are kept as they came, with their customers' numbers",
        chinese: "是否原样保留其他分机的回调，其中含客户号码",
    }
    requests_per_second: f64 {
        key: "polling.requests_per_second", read: decimal(0.1, 50.0), default: "1.5",
        flag: "requests-per-second" "NUMBER", variable: "RINGSIDE_REQUESTS_PER_SECOND",
        english: "The highest number of requests to the platform per second",
        chinese: "每秒向平台发出的请求数上限",
    }
    dispositions: Vec<String> {
        key: "log.dispositions", read: list("Sold", parse::disposition), default: "",
        flag: "disposition" "NAME", variable: "RINGSIDE_DISPOSITIONS",
        english: "The dispositions that the agent can choose from, at most twenty",
        chinese: "坐席可选的处理结果，最多二十个",
    }
    number_prefixes: Vec<String> {
        key: "log.number_prefixes", read: list("+86", parse::number_prefix), default: "",
        flag: "number-prefix" "PREFIX", variable: "RINGSIDE_NUMBER_PREFIXES",
        english: "The prefixes that come off customers' numbers for comparing them; spaces, dashes and the like always do",
        chinese: "比较客户号码时去掉的前缀；空格、连字符等一律去掉",
    }
    keep_calls_days: u32 {
        key: "log.keep_days", read: whole(0, u32::MAX), unset: "0",
        flag: "keep-calls-days" "DAYS", variable: "RINGSIDE_KEEP_CALLS_DAYS", saved: settings.recordings.keep_calls_days,
        english: "The days after which calls are removed, with their recordings; 0: never",
        chinese: "通话连同录音在多少天后删除；0：从不",
    }
    detailed_log: bool {
        key: "log.detailed", read: switch(), unset: "false", saved: settings.detailed_log,
        english: "Whether more is written to Ringside's own log",
        chinese: "是否记录详细日志",
    }
    supervisor: bool {
        key: "supervisor.enabled", read: switch(), unset: "false",
        flag: "supervisor-enabled" "BOOL", variable: "RINGSIDE_SUPERVISOR_ENABLED", saved: settings.supervisor,
        english: "Whether there is a supervisor's desk: campaigns, queues, groups, extensions, wallboard",
        chinese: "是否启用班长席：外呼任务、队列、分机组、分机、大屏",
    }
    archive: ArchiveScope {
        key: "recordings.archive",
        read: choice("off" => ArchiveScope::Off, "mine" => ArchiveScope::Mine, "all" => ArchiveScope::All), unset: "off",
        flag: "archive" "WHOSE", variable: "RINGSIDE_ARCHIVE", saved: settings.recordings.archive,
        english: "Whose recordings are kept here before the platform deletes them; all: of every call in the log",
        chinese: "在平台删除之前，把谁的录音保存到本机；all：记录中的全部通话",
    }
    archive_order: ArchiveOrder {
        key: "recordings.order",
        read: choice("newest" => ArchiveOrder::Newest, "oldest" => ArchiveOrder::Oldest), unset: "newest",
        flag: "archive-order" "ORDER", variable: "RINGSIDE_ARCHIVE_ORDER", saved: settings.recordings.order,
        english: "Which recordings are fetched first; the oldest are the closest to deletion",
        chinese: "先下载哪些录音；最旧的即将被平台删除",
    }
    archive_folder: String {
        key: "recordings.folder", read: text("//files/recordings", parse::path), unset: "",
        flag: "archive-folder" "DIR", variable: "RINGSIDE_ARCHIVE_FOLDER", saved: settings.recordings.folder,
        english: "The archive's folder, as a whole path; none: in the data folder",
        chinese: "存档的文件夹，须为完整路径；不填则在数据文件夹中",
    }
    archive_limit_gb: u32 {
        key: "recordings.limit_gb", read: whole(0, u32::MAX), unset: "0",
        flag: "archive-limit-gb" "NUMBER", variable: "RINGSIDE_ARCHIVE_LIMIT_GB", saved: settings.recordings.limit_gb,
        english: "Gigabytes that the archive may have; 0: as many as the disk",
        chinese: "存档的容量上限（GB）；0：以磁盘空间为限",
    }
    keep_recordings_days: u32 {
        key: "recordings.keep_days", read: whole(0, u32::MAX), unset: "0",
        flag: "keep-recordings-days" "DAYS", variable: "RINGSIDE_KEEP_RECORDINGS_DAYS", saved: settings.recordings.keep_days,
        english: "The days after a call after which its recording is removed; 0: never",
        chinese: "录音在通话多少天后删除；0：从不",
    }
    recording_hosts: Vec<String> {
        key: "recordings.hosts", read: list("files.example.com", parse::host), default: "",
        flag: "recording-host" "HOST", variable: "RINGSIDE_RECORDING_HOSTS",
        english: "The hosts, beside the platform's own, that recordings may be fetched from even at an address of your own network",
        chinese: "除平台自身外，即使位于公司内网也可从中下载录音的主机",
    }
    shortcut_available: String {
        key: "shortcuts.available", read: text("Ctrl+Alt+A", parse::shortcut), unset: "", saved: settings.shortcuts.available,
        english: "The keys for «available», heard while another program has the keyboard",
        chinese: "“示闲”的快捷键，在其他程序中也有效",
    }
    shortcut_busy: String {
        key: "shortcuts.busy", read: text("Ctrl+Alt+B", parse::shortcut), unset: "", saved: settings.shortcuts.busy,
        english: "The keys for «busy»",
        chinese: "“示忙”的快捷键",
    }
    shortcut_silence: String {
        key: "shortcuts.silence", read: text("Super+F9", parse::shortcut), unset: "", saved: settings.shortcuts.silence,
        english: "The keys that silence the calls that ring",
        chinese: "“静音振铃”的快捷键",
    }
    shortcut_show: String {
        key: "shortcuts.show", read: text("Ctrl+Alt+Space", parse::shortcut), unset: "", saved: settings.shortcuts.show,
        english: "The keys that show the window",
        chinese: "“显示窗口”的快捷键",
    }
    wrap_up_seconds: u32 {
        key: "wrap_up.seconds", read: whole(0, 600), default: "0",
        flag: "wrap-up-seconds" "SECONDS", variable: "RINGSIDE_WRAP_UP_SECONDS",
        english: "The seconds of after-call work where the queue has no time of its own",
        chinese: "队列没有规定时间时，话后整理的秒数",
    }
    disposition_required: Vec<QueueName> {
        key: "wrap_up.disposition", read: list("queue-1", parse::queue), default: "",
        flag: "require-disposition" "QUEUE", variable: "RINGSIDE_REQUIRE_DISPOSITION",
        english: "The queues after whose calls a disposition is required, * for all",
        chinese: "通话后必须填写处理结果的队列，* 表示全部",
    }
    note_required: Vec<QueueName> {
        key: "wrap_up.note", read: list("*", parse::queue), default: "",
        flag: "require-note" "QUEUE", variable: "RINGSIDE_REQUIRE_NOTE",
        english: "The queues after whose calls a note is required, * for all",
        chinese: "通话后必须填写备注的队列，* 表示全部",
    }
    crm_mode: CrmMode {
        key: "crm.mode",
        read: choice("off" => CrmMode::Off, "on_ring" => CrmMode::OnRing, "on_answer" => CrmMode::OnAnswer, "by_hand" => CrmMode::ByHand), unset: "off",
        flag: "crm-mode" "WHEN", variable: "RINGSIDE_CRM_MODE", saved: settings.crm.mode,
        english: "When a customer's page is opened, once a call",
        chinese: "何时打开客户页面，每通电话一次",
    }
    crm_template: String {
        key: "crm.template", read: text("https://crm.example.com/?number={customer_number}", parse::crm_template), unset: "",
        flag: "crm-template" "ADDRESS", variable: "RINGSIDE_CRM_TEMPLATE", saved: settings.crm.template,
        english: "The page's address, with fields of the call such as {customer_number}; the settings in the app name the fields",
        chinese: "客户页面的网址，可含通话的字段，如 {customer_number}；全部字段见应用中的设置",
    }
    crm_schemes: Vec<String> {
        key: "crm.schemes", read: list("tel", parse::crm_scheme), default: "https",
        flag: "crm-scheme" "SCHEME", variable: "RINGSIDE_CRM_SCHEMES",
        english: "The schemes that the page's address may have",
        chinese: "客户页面网址可用的协议",
    }
    leaving_quit: Farewell {
        key: "leaving.quit",
        read: choice("stay" => Farewell::Stay, "busy" => Farewell::Busy, "sign_out" => Farewell::SignOut), unset: "stay",
        saved: settings.leaving.quit,
        english: "What becomes of the agent at the platform when Ringside is quit: nothing, busy, or out of all queues",
        chinese: "退出 Ringside 时平台上坐席的变化：不变、示忙或签出全部队列",
    }
    leaving_log_off: Farewell {
        key: "leaving.log_off",
        read: choice("stay" => Farewell::Stay, "busy" => Farewell::Busy, "sign_out" => Farewell::SignOut), unset: "stay",
        saved: settings.leaving.log_off,
        english: "What becomes of the agent at the platform at a log-off or shutdown",
        chinese: "注销或关机时平台上坐席的变化",
    }
    leaving_sleep: Farewell {
        key: "leaving.sleep",
        read: choice("stay" => Farewell::Stay, "busy" => Farewell::Busy, "sign_out" => Farewell::SignOut), unset: "stay",
        saved: settings.leaving.sleep,
        english: "What becomes of the agent at the platform when the computer sleeps",
        chinese: "电脑睡眠时平台上坐席的变化",
    }
    ring_devices: Vec<SoundDevice> {
        key: "sound.ring_devices", read: list("Headset", parse::sound_device), default: "", saved: settings.sound.devices,
        english: "The sound devices on which a ring is heard, by name; none: the system's default",
        chinese: "播放铃声的音频设备（按名称）；不填则用系统默认设备",
    }
    ring_volume: u32 {
        key: "sound.ring_volume", read: whole(0, 100), default: "70", saved: settings.sound.volume,
        english: "The volume of a ring, in percent",
        chinese: "铃声音量（百分比）",
    }
    connected_tone: bool {
        key: "sound.connected_tone", read: switch(), default: "true", saved: settings.sound.connected_tone,
        english: "Whether a short tone is heard when a call of the dialler is connected",
        chinese: "外呼接通时是否播放提示音",
    }
    recordings_device: SoundDevice {
        key: "sound.recordings_device", read: text("Loudspeakers", parse::sound_device), unset: "", saved: settings.sound.recordings_device,
        english: "The sound device for recordings, by name; none: the system's default",
        chinese: "播放录音的音频设备（按名称）；不填则用系统默认设备",
    }
    recordings_volume: u32 {
        key: "sound.recordings_volume", read: whole(0, 100), default: "80", saved: settings.sound.recordings_volume,
        english: "The volume of recordings, in percent",
        chinese: "录音音量（百分比）",
    }
    card_size: CardSize {
        key: "card.size", read: choice("normal" => CardSize::Normal, "large" => CardSize::Large), default: "normal", saved: settings.card.size,
        english: "The size of the ring card",
        chinese: "来电卡片的大小",
    }
    card_masked: bool {
        key: "card.masked", read: switch(), default: "false", saved: settings.card.masked,
        english: "Whether the ring card, which others may see, shows only the end of the customer's number",
        chinese: "来电卡片是否只显示客户号码末尾，以免旁人看到",
    }
    discreet: bool {
        key: "notifications.discreet", read: switch(), default: "false", saved: settings.card.discreet,
        english: "Whether notifications, which a locked screen may show, leave out number and queue",
        chinese: "通知（锁屏时也可能显示）是否隐去号码与队列",
    }
    quiet_incoming: bool {
        key: "notifications.quiet_incoming", read: switch(), default: "false", saved: settings.do_not_disturb.incoming,
        english: "Whether incoming calls have neither sound nor notification (do not disturb); the card is shown all the same",
        chinese: "呼入电话是否不响铃、不通知（勿扰）；来电卡片照常显示",
    }
    quiet_outgoing: bool {
        key: "notifications.quiet_outgoing", read: switch(), default: "false", saved: settings.do_not_disturb.outgoing,
        english: "Whether outgoing calls have neither sound nor notification (do not disturb)",
        chinese: "呼出电话是否不响铃、不通知（勿扰）",
    }
    language: Language {
        key: "appearance.language",
        read: choice("system" => Language::System, "english" => Language::English, "chinese" => Language::Chinese), default: "system",
        saved: settings.language,
        english: "The language",
        chinese: "语言",
    }
    theme: Theme {
        key: "appearance.theme", read: choice("system" => Theme::System, "light" => Theme::Light, "dark" => Theme::Dark), default: "system",
        saved: settings.theme,
        english: "Light or dark",
        chinese: "浅色或深色",
    }
    always_on_top: bool {
        key: "window.always_on_top", read: switch(), default: "false", saved: settings.window.always_on_top,
        english: "Whether the window stays above other programs' windows",
        chinese: "窗口是否始终在其他程序之上",
    }
    start_with_system: bool {
        key: "window.start_with_system", read: switch(), unset: "",
        english: "Whether Ringside starts with the system; set at each start if the key is locked, otherwise at the first start alone",
        chinese: "是否随系统启动；锁定时每次启动都设置，否则仅首次启动时设置",
    }
    hidden_views: Vec<MainView> {
        key: "window.hidden_views", read: list("day", parse::main_view), default: "",
        english: "The views that the window does not show: calls, day, connection, settings; this keeps it simple, and nothing secret",
        chinese: "窗口中不显示的页面：calls、day、connection、settings；只为简化界面，并不保密",
    }
    update_address: Url {
        key: "updates.address", read: text("https://updates.example.com/ringside.json", parse::update_address), unset: "",
        flag: "updates-address" "ADDRESS", variable: "RINGSIDE_UPDATES_ADDRESS",
        english: "Where Ringside asks for newer versions; without it, and without updates.key, it asks nowhere",
        chinese: "查询新版本的地址；未给出此项或 updates.key 时不查询",
    }
    update_key: String {
        key: "updates.key", read: text("RWS61U7pPwNFA2FlARx4w3PCXMw/OxNZvC37s5CgVYtXUitkCPPQ78Ok", parse::update_key), default: "",
        flag: "updates-key" "KEY", variable: "RINGSIDE_UPDATES_KEY",
        english: "The public key of minisign with which newer versions must be signed",
        chinese: "新版本签名所用的 minisign 公钥",
    }
    capture: bool {
        key: "diagnostics.capture", read: switch(), unset: "",
        english: "Whether exchanges with the platform are captured from the start; they show customers' numbers, so lock it to forbid the capture",
        chinese: "是否从启动起记录与平台的交互；其中含客户号码，锁定可禁止记录",
    }
}
