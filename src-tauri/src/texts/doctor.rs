//! The texts of the setup doctor in both languages: findings and remedies.

use ringside_engine::doctor::{About, Finding, Verdict};

/// The texts in one language.
#[derive(Debug)]
pub struct DoctorTexts {
    pub about: fn(About) -> &'static str,
    /// Of equal width, so that they align.
    pub verdict: fn(Verdict) -> &'static str,
    /// The finding and its remedy; the remedy is empty if none is needed.
    pub finding: fn(Finding) -> (&'static str, &'static str),
    pub healthy: &'static str,
    pub ill: &'static str,
}

pub const ENGLISH: DoctorTexts = DoctorTexts {
    about: |about| match about {
        About::Setup => "Setup",
        About::Proxy => "Proxy",
        About::Name => "Platform's name",
        About::Connection => "Connection",
        About::Tls => "Encryption",
        About::Platform => "Platform",
        About::Clock => "Clock",
        About::Login => "Login",
        About::Extension => "Extension",
        About::Phone => "Phone",
        About::Queues => "Queues",
        About::Callbacks => "Callbacks",
        About::Keyring => "Keyring",
        About::Notifications => "Notifications",
        About::Tray => "Tray",
        About::Sound => "Sound",
        About::Folder => "Data folder",
        About::Space => "Disk space",
        About::Drive => "Drive",
        About::GatewayName => "Gateway's name",
        About::Gateway => "Gateway",
        About::Desk => "Supervisor's desk",
    },
    verdict: |verdict| match verdict {
        Verdict::Ok => "ok         ",
        Verdict::Warning => "warning    ",
        Verdict::Failed => "FAILED     ",
        Verdict::NotChecked => "not checked",
    },
    finding: |finding| match finding {
        Finding::Complete => ("an account and an extension are set", ""),
        Finding::NoAccount => ("no account is set", "Sign in once in the window, or set platform.url and platform.appid in config.toml."),
        Finding::NoExtension => ("no extension is set", "Sign in once in the window, or set agent.extension in config.toml."),
        Finding::ConfigUnreadable => ("the configuration cannot be used", "Correct what is named here."),
        Finding::PolicyRefused => (
            "the machine's file of settings is not used, since not only administrators can have written it",
            "Give the file and its folder to the administrators (on Unix root), and let nobody else write to them.",
        ),
        Finding::SettingsPassedOver => (
            "some settings of the administrator or the system are not in effect",
            "Correct what is named here, or update Ringside; «ringside config» prints what is in effect.",
        ),
        Finding::NameFound => ("found", ""),
        Finding::NameUnknown => {
            ("not found", "Check the address for typing errors, and that this computer is on a network with a name server.")
        }
        Finding::Connected => ("there is a way", ""),
        Finding::NotConnected => {
            ("nothing answers there", "Check host and port, and have the network's administrator allow this connection.")
        }
        Finding::NoProxy => ("none is used", ""),
        Finding::ProxyTaken => ("requests to the platform go through it", ""),
        Finding::ProxyMisnamed => (
            "none is used, since what is named is not the address of a proxy",
            "Correct or remove the address at the place in brackets, or set network.proxy.",
        ),
        Finding::ProxyUnusable => (
            "Ringside cannot use a proxy of this kind, such as SOCKS",
            "Name one whose address begins with http:// or https:// in network.proxy, or set network.proxy to none.",
        ),
        Finding::ProxyUnknown => (
            "its name is not found, so the platform cannot be asked",
            "Correct the address at the place in brackets, or set network.proxy to none where the platform is reached directly.",
        ),
        Finding::ProxyAway => (
            "it does not answer, so the platform cannot be asked",
            "Correct the address at the place in brackets, have the proxy switched on, or set network.proxy to none where the platform is reached directly.",
        ),
        Finding::ProxyRefused => (
            "it asks for a sign-in (HTTP 407), which Ringside does not make",
            "Have the proxy let the platform's address pass without one, or name a proxy that asks for none. Only a name and a password in the environment's HTTPS_PROXY are sent.",
        ),
        Finding::ByProxy => ("left to the proxy", ""),
        Finding::NotByProxy => (
            "there is no answer by way of the proxy",
            "Check the platform's address for typing errors, and ask the proxy's administrator whether it lets this address pass.",
        ),
        Finding::Encrypted => ("the certificate is accepted", ""),
        Finding::NotEncrypted => ("not encrypted: the address begins with http", "Use the https address where the platform has one."),
        Finding::CertificateRefused => (
            "the certificate is not accepted",
            "Check this computer's date; where the company inspects connections, have its root certificate installed in the system.",
        ),
        Finding::Answers => ("answers", ""),
        Finding::NoAnswer => ("takes the connection and does not answer", "Try again; tell the platform's provider if it stays."),
        Finding::ServerError => ("answers with an error of its server", "Try again; tell the platform's provider if it stays."),
        Finding::NotThePlatform => (
            "something else answers at this address",
            "Check the address; on a guest network, open a web page first and sign in to the network.",
        ),
        Finding::ClockRight => ("agrees with the platform's", ""),
        Finding::ClockOff => ("differs from the platform's; + is ahead", "Let the system set its clock by the network."),
        Finding::ClockWrong => {
            ("so far from the platform's that rings seem old; + is ahead", "Set the clock, and let the system keep it by the network.")
        }
        Finding::ClockUnknown => ("the platform did not say its time", ""),
        Finding::SignedIn => ("the platform takes the account", ""),
        Finding::NoAccesskey => {
            ("no accesskey is at hand", "Sign in once in the window, or give RINGSIDE_ACCESSKEY for one start; see also the keyring below.")
        }
        Finding::LoginFailed => (
            "the platform refuses the account",
            "Check appid and accesskey; for codes 601 to 604 ask the provider (authorisation, term, licence, network address).",
        ),
        Finding::SignedOut => (
            "the running Ringside is not signed in",
            "Sign in in its window; if the brackets say that the login was refused, check appid and accesskey, also in RINGSIDE_ACCESSKEY.",
        ),
        Finding::GatewayRefused => {
            ("the gateway does not let this desk's agent in", "Tell the administrator of the gateway the words in brackets.")
        }
        Finding::ExtensionEnabled => ("enabled", ""),
        Finding::ExtensionDisabled => ("disabled at the platform", "Ask the administrator to enable it."),
        Finding::ExtensionUnknown => ("the platform does not have it for this company", "Check the extension's number."),
        Finding::PhoneRegistered => ("registered", ""),
        Finding::PhoneNotRegistered => ("not registered: it cannot ring", "Switch the phone on, and check its account and its network."),
        Finding::QuestionRefused => ("the platform did not say", "Try again; show the words in brackets to the provider if it stays."),
        Finding::InQueues => ("signed in", ""),
        Finding::NotInQueues => ("not signed in now", "Sign in to them in the window; without it no call comes from there."),
        Finding::QueueUnknown => ("the account has no such queue", "Check the names with the supervisor, and sign in to the right ones."),
        Finding::NoQueues => {
            ("none is chosen; there are those in brackets", "Sign in to one in the window, or set agent.queues in config.toml.")
        }
        Finding::CallbacksArrive => ("one that was sent to the public address arrived", ""),
        Finding::NoPublicAddress => (
            "no public address is set, so rings are learnt by asking, up to a second later",
            "Where the platform can reach this computer or a tunnel to it, set callbacks.public_url.",
        ),
        Finding::CallbacksLost => (
            "one that was sent to the public address did not arrive",
            "Check that the proxy or tunnel behind callbacks.public_url runs and leads to callbacks.bind.",
        ),
        Finding::NotListening => ("the listener cannot be opened", "Choose another callbacks.bind, or end what uses the port."),
        Finding::OnlyNamedSources => (
            "only callbacks.allowed_sources may call, and this computer is not among them",
            "Use the test button in the window while the platform calls, or add this computer for a while.",
        ),
        Finding::ProxyNotAllowed => (
            "nothing can arrive: each callback comes by way of the address in brackets, which callbacks.allowed_sources does not hold",
            "Behind a proxy or tunnel the platform's own address is not seen here. Add the address in brackets to callbacks.allowed_sources, and let the proxy allow the platform alone.",
        ),
        Finding::KeyringWorks => ("keeps secrets", ""),
        Finding::KeyringMissing => {
            ("there is none", "Install and start a keyring (GNOME Keyring, KWallet); without it each start asks for the accesskey.")
        }
        Finding::KeyringLocked => ("locked, or waits for a person", "Unlock it, as a rule with the password of the login."),
        Finding::KeyringFailed => ("does not keep secrets", "Look at the words in brackets, and start the session anew."),
        Finding::NotificationsShown => ("can be shown", ""),
        Finding::NoNotifications => (
            "nothing shows them here",
            "Permit them in the system's settings; on Linux install a notification daemon. The ring card works without.",
        ),
        Finding::NotificationsUnregistered => ("Windows does not know Ringside here before its first start", "Start Ringside once."),
        Finding::TrayShown => ("icons are shown", ""),
        Finding::NoTray => ("icons are not shown here", "Install an extension or a panel for tray icons; the window works without."),
        Finding::NoDesktop => ("needs a desktop, and there is none here", ""),
        Finding::SoundReady => ("the devices chosen are there", ""),
        Finding::SoundDeviceAbsent => (
            "a device that was chosen is not there; another may stand in",
            "Connect it and switch it on, or choose another in the settings.",
        ),
        Finding::NoSound => {
            ("no device for it works", "Connect headphones or a loudspeaker and test it in the settings; the ring card works without.")
        }
        Finding::FolderWritable => ("can be written to", ""),
        Finding::FolderReadOnly => ("cannot be written to", "Give this user the right to write there, or choose another by --data-dir."),
        Finding::SpaceLeft => ("enough", ""),
        Finding::SpaceLow => ("little is left", "Make room soon: delete or move what is not needed."),
        Finding::SpaceOut => ("nearly none is left", "Make room now: calls and notes will not be kept."),
        Finding::SpaceUnknown => ("the system did not say", ""),
        Finding::LocalDrive => ("on this computer", ""),
        Finding::NetworkDrive => ("the data folder is on a network: safe, but slower", "Choose a local folder by --data-dir."),
        Finding::DeskReady => ("its database can be used; so many campaigns are open here", ""),
        Finding::DeskFailed => (
            "its database cannot be used: no campaign is watched here, and no calling hours are kept",
            "Look at the words in brackets; pause or end open campaigns in the platform's own console meanwhile.",
        ),
        Finding::DatabaseFailed => {
            ("this computer's database cannot be opened", "Look at the words in brackets; end other programs that use the data folder.")
        }
        Finding::Enrolled => ("this computer is enrolled at the company's gateway", ""),
        Finding::NotEnrolled => {
            ("this computer is not enrolled at the company's gateway", "Ask the administrator for a code, and enter it in the window.")
        }
        Finding::DeskRevoked => {
            ("the administrator revoked this computer", "Ask the administrator for a new code, and enter it in the window.")
        }
        Finding::OnThisComputer => ("needs none: the gateway is on this computer", ""),
        Finding::GatewayAnswers => ("the company's gateway carries out requests", ""),
        Finding::GatewayAway => (
            "the company's gateway does not answer",
            "Check fleet.url and, for a certificate of the company's own, fleet.ca; tell the administrator of the gateway if it stays.",
        ),
        Finding::NoLeader => ("calls come, but no gateway carries out requests", "Tell the administrator of the gateway if it stays."),
        Finding::GatewayInTrouble => ("the gateway cannot ask the platform", "Tell the administrator of the gateway."),
        Finding::ByGateway => ("the company's gateway looks after it", ""),
        Finding::CallbacksByGateway => ("come by the company's gateway", ""),
        Finding::CompanySilent => (
            "no callback for the company came to the gateway in five minutes",
            "If colleagues have calls at this time, tell the administrator of the gateway.",
        ),
        Finding::AddressUnknown => (
            "the address of the running Ringside is secret, and its secret cannot be read here",
            "Check the setup in its window, in the settings.",
        ),
        Finding::NotInDemo => ("the demo has its own", ""),
        Finding::NeedsOthers => ("needs what is not well above", ""),
    },
    healthy: "Nothing failed.",
    ill: "Something failed: begin with the first line that says so.",
};

pub const CHINESE: DoctorTexts = DoctorTexts {
    about: |about| match about {
        About::Setup => "配置",
        About::Proxy => "代理",
        About::Name => "平台域名",
        About::Connection => "网络连接",
        About::Tls => "加密",
        About::Platform => "平台",
        About::Clock => "时钟",
        About::Login => "登录",
        About::Extension => "分机",
        About::Phone => "话机",
        About::Queues => "队列",
        About::Callbacks => "回调",
        About::Keyring => "密钥环",
        About::Notifications => "通知",
        About::Tray => "托盘",
        About::Sound => "声音",
        About::Folder => "数据目录",
        About::Space => "磁盘空间",
        About::Drive => "磁盘",
        About::GatewayName => "网关域名",
        About::Gateway => "网关",
        About::Desk => "班长席",
    },
    verdict: |verdict| match verdict {
        Verdict::Ok => "正常　",
        Verdict::Warning => "警告　",
        Verdict::Failed => "失败　",
        Verdict::NotChecked => "未检查",
    },
    finding: |finding| match finding {
        Finding::Complete => ("已设置账号和分机", ""),
        Finding::NoAccount => ("未设置账号", "请在窗口中登录一次，或在 config.toml 中设置 platform.url 和 platform.appid。"),
        Finding::NoExtension => ("未设置分机", "请在窗口中登录一次，或在 config.toml 中设置 agent.extension。"),
        Finding::ConfigUnreadable => ("配置文件无法使用", "请改正此处指出的问题。"),
        Finding::PolicyRefused => {
            ("未使用本机的设置文件，因为不只管理员可以写入", "请将该文件及其文件夹的所有者设为管理员（Unix 上为 root），并禁止其他人写入。")
        }
        Finding::SettingsPassedOver => {
            ("管理员或系统的部分设置未生效", "请改正此处指出的内容，或更新 Ringside；用“ringside config”可查看生效的设置。")
        }
        Finding::NameFound => ("已找到", ""),
        Finding::NameUnknown => ("未找到", "请检查地址拼写，以及本机网络的域名服务器。"),
        Finding::Connected => ("可以连通", ""),
        Finding::NotConnected => ("没有响应", "请检查主机和端口，并请网络管理员放行该连接。"),
        Finding::NoProxy => ("未使用代理", ""),
        Finding::ProxyTaken => ("访问平台的请求经过该代理", ""),
        Finding::ProxyMisnamed => ("未使用代理，因为所填内容不是代理地址", "请在括号中所示的位置改正或删除该地址，或设置 network.proxy。"),
        Finding::ProxyUnusable => {
            ("Ringside 不能使用这类代理（如 SOCKS）", "请在 network.proxy 中填写以 http:// 或 https:// 开头的代理，或将其设为 none。")
        }
        Finding::ProxyUnknown => {
            ("找不到代理的域名，因此无法访问平台", "请在括号中所示的位置改正地址；如可直接访问平台，请将 network.proxy 设为 none。")
        }
        Finding::ProxyAway => {
            ("代理没有响应，因此无法访问平台", "请在括号中所示的位置改正地址，或启动代理；如可直接访问平台，请将 network.proxy 设为 none。")
        }
        Finding::ProxyRefused => (
            "代理要求登录（HTTP 407），Ringside 不做这种登录",
            "请让代理对平台地址免登录，或改用无需登录的代理。仅会发送环境变量 HTTPS_PROXY 中的用户名和密码。",
        ),
        Finding::ByProxy => ("由代理负责", ""),
        Finding::NotByProxy => ("经代理没有得到响应", "请检查平台地址的拼写，并请代理管理员确认已放行该地址。"),
        Finding::Encrypted => ("证书有效", ""),
        Finding::NotEncrypted => ("未加密：地址以 http 开头", "平台如有 https 地址，请使用该地址。"),
        Finding::CertificateRefused => ("证书不被接受", "请检查本机日期；如公司审查连接，请在系统中安装公司的根证书。"),
        Finding::Answers => ("有响应", ""),
        Finding::NoAnswer => ("接受连接但不回应", "请重试；若持续如此，请联系平台服务商。"),
        Finding::ServerError => ("服务器返回错误", "请重试；若持续如此，请联系平台服务商。"),
        Finding::NotThePlatform => ("该地址由其他程序应答", "请检查地址；如在访客网络，请先打开网页登录该网络。"),
        Finding::ClockRight => ("与平台一致", ""),
        Finding::ClockOff => ("与平台不一致，+ 表示本机快", "请让系统自动校时。"),
        Finding::ClockWrong => ("与平台相差过大，来电会被视为过期，+ 表示本机快", "请校准时钟，并让系统自动校时。"),
        Finding::ClockUnknown => ("平台未告知时间", ""),
        Finding::SignedIn => ("平台接受该账号", ""),
        Finding::NoAccesskey => ("没有可用的 accesskey", "请在窗口中登录一次，或在启动时提供 RINGSIDE_ACCESSKEY；另见下面的密钥环。"),
        Finding::LoginFailed => {
            ("平台拒绝该账号", "请检查 appid 和 accesskey；错误码 601 至 604 请联系服务商（授权、期限、模块、来源地址）。")
        }
        Finding::SignedOut => (
            "正在运行的 Ringside 未登录",
            "请在其窗口中登录；若括号中显示登录被拒绝，请检查 appid 和 accesskey，包括 RINGSIDE_ACCESSKEY 中的值。",
        ),
        Finding::GatewayRefused => ("网关不接受本机的坐席", "请将括号中的内容告知网关管理员。"),
        Finding::ExtensionEnabled => ("已启用", ""),
        Finding::ExtensionDisabled => ("已在平台停用", "请管理员启用。"),
        Finding::ExtensionUnknown => ("平台上本公司没有该分机", "请检查分机号。"),
        Finding::PhoneRegistered => ("已注册", ""),
        Finding::PhoneNotRegistered => ("未注册，无法振铃", "请打开话机，并检查其账号和网络。"),
        Finding::QuestionRefused => ("平台没有答复", "请重试；若持续如此，请将括号中的内容告知服务商。"),
        Finding::InQueues => ("已签入", ""),
        Finding::NotInQueues => ("当前未签入", "请在窗口中签入，否则不会分配来电。"),
        Finding::QueueUnknown => ("账号没有该队列", "请向主管核对名称，并签入正确的队列。"),
        Finding::NoQueues => ("未选择队列，可选的见括号", "请在窗口中签入，或在 config.toml 中设置 agent.queues。"),
        Finding::CallbacksArrive => ("发往公网地址的测试已收到", ""),
        Finding::NoPublicAddress => {
            ("未设置公网地址，通过查询得知来电，最多晚一秒", "如平台能访问本机或其隧道，请设置 callbacks.public_url。")
        }
        Finding::CallbacksLost => {
            ("发往公网地址的测试未收到", "请检查 callbacks.public_url 后面的代理或隧道是否运行并指向 callbacks.bind。")
        }
        Finding::NotListening => ("无法打开监听端口", "请改用其他 callbacks.bind，或结束占用该端口的程序。"),
        Finding::OnlyNamedSources => {
            ("只允许 callbacks.allowed_sources 中的来源，本机不在其中", "请在窗口中使用测试按钮，或暂时加入本机。")
        }
        Finding::ProxyNotAllowed => (
            "无法收到任何回调：回调均来自括号中的地址，而 callbacks.allowed_sources 不包含该地址",
            "经过代理或隧道时，本机看不到平台自身的地址。请将括号中的地址加入 callbacks.allowed_sources，并在代理处只放行平台。",
        ),
        Finding::KeyringWorks => ("可以保存密钥", ""),
        Finding::KeyringMissing => ("不存在", "请安装并启动密钥环（GNOME Keyring、KWallet），否则每次启动都要输入 accesskey。"),
        Finding::KeyringLocked => ("已锁定，或在等待操作", "请解锁，通常使用登录密码。"),
        Finding::KeyringFailed => ("无法保存密钥", "请查看括号中的内容，并重新登录系统。"),
        Finding::NotificationsShown => ("可以显示", ""),
        Finding::NoNotifications => ("此处无法显示", "请在系统设置中允许通知；Linux 上请安装通知服务。来电卡片不受影响。"),
        Finding::NotificationsUnregistered => ("首次启动之前，Windows 尚未登记 Ringside", "请启动一次 Ringside。"),
        Finding::TrayShown => ("图标可以显示", ""),
        Finding::NoTray => ("图标无法显示", "请安装支持托盘图标的扩展或面板；窗口不受影响。"),
        Finding::NoDesktop => ("需要桌面环境，此处没有", ""),
        Finding::SoundReady => ("所选设备可用", ""),
        Finding::SoundDeviceAbsent => ("所选设备未连接，可能改用其他设备", "请连接并打开该设备，或在设置中另选。"),
        Finding::NoSound => ("没有可用的声音设备", "请连接耳机或扬声器，并在设置中测试；来电卡片不受影响。"),
        Finding::FolderWritable => ("可以写入", ""),
        Finding::FolderReadOnly => ("无法写入", "请为该用户授予写权限，或用 --data-dir 另选目录。"),
        Finding::SpaceLeft => ("充足", ""),
        Finding::SpaceLow => ("所剩不多", "请尽快清理，删除或移走不需要的文件。"),
        Finding::SpaceOut => ("几乎用尽", "请立即清理，否则通话和备注无法保存。"),
        Finding::SpaceUnknown => ("系统未告知", ""),
        Finding::LocalDrive => ("在本机上", ""),
        Finding::NetworkDrive => ("数据目录在网络盘上：安全但较慢", "请用 --data-dir 选择本地目录。"),
        Finding::DeskReady => ("数据库可用；括号中为未结束的外呼任务数", ""),
        Finding::DeskFailed => {
            ("数据库不可用：此处不再监看外呼任务，也不控制外呼时段", "请查看括号中的内容；在此期间请在平台自己的控制台暂停或结束任务。")
        }
        Finding::DatabaseFailed => ("本机的数据库无法打开", "请查看括号中的内容；请关闭使用数据目录的其他程序。"),
        Finding::Enrolled => ("本机已在公司网关登记", ""),
        Finding::NotEnrolled => ("本机未在公司网关登记", "向管理员索取代码，并在窗口中输入。"),
        Finding::DeskRevoked => ("管理员已撤销本机", "向管理员索取新的代码，并在窗口中输入。"),
        Finding::OnThisComputer => ("无需加密：网关就在本机", ""),
        Finding::GatewayAnswers => ("公司网关可执行请求", ""),
        Finding::GatewayAway => ("公司网关没有回应", "检查 fleet.url；若网关使用公司自己的证书，检查 fleet.ca；持续如此请告知网关管理员。"),
        Finding::NoLeader => ("来电能到，但没有网关执行请求", "持续如此请告知网关管理员。"),
        Finding::GatewayInTrouble => ("网关无法访问平台", "请告知网关管理员。"),
        Finding::ByGateway => ("由公司网关负责", ""),
        Finding::CallbacksByGateway => ("由公司网关转来", ""),
        Finding::CompanySilent => ("五分钟内没有公司的回调到达网关", "若同事有来电，请告知网关管理员。"),
        Finding::AddressUnknown => ("正在运行的 Ringside 的地址是保密的，此处读不到", "请在其窗口的设置中检查配置。"),
        Finding::NotInDemo => ("演示模式自带，无需检查", ""),
        Finding::NeedsOthers => ("依赖上面未通过的项目", ""),
    },
    healthy: "没有失败的项目。",
    ill: "有失败的项目，请从第一项开始处理。",
};
