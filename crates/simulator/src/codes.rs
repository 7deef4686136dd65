//! The documentation's table of codes (section «Global error and status codes»), in both languages.

/// A code of `data.errors.code`, of a state, or of a hang-up.
pub(crate) type Code = u32;

pub(crate) const ABNORMAL: Code = 1002;
pub(crate) const FAILED: Code = 1003;
pub(crate) const EXTENSION_CHANGED: Code = 1010;
pub(crate) const ILLEGAL_EXTENSION: Code = 1011;
pub(crate) const NO_EXTENSION: Code = 1012;
pub(crate) const DISABLED: Code = 1013;
pub(crate) const NOT_REGISTERED: Code = 1014;
pub(crate) const ENABLED: Code = 1016;
pub(crate) const REGISTERED: Code = 1017;
pub(crate) const NO_NUMBER: Code = 1020;
pub(crate) const NO_TASK: Code = 1024;
pub(crate) const TASK_OVER: Code = 1028;
/// From the documentation's example of group information; not in its table (N7).
pub(crate) const GROUP_ENABLED: Code = 1042;
pub(crate) const IDLE: Code = 1201;
pub(crate) const RINGING: Code = 1202;
pub(crate) const CALLING: Code = 1204;
pub(crate) const ILLEGAL_QUEUE: Code = 1211;
pub(crate) const CHECKED_IN: Code = 1218;
pub(crate) const HUNG_UP: Code = 10001;
pub(crate) const CANCELLED: Code = 10002;
pub(crate) const REFUSED: Code = 10003;
pub(crate) const LINE_FAILURE: Code = 10004;
pub(crate) const TIMED_OUT: Code = 10005;
pub(crate) const USER_BUSY: Code = 10006;
/// From the documentation's examples; not in its table (N7).
pub(crate) const UNLISTED_CAUSE: Code = 10020;
pub(crate) const CALLER_HUNG_UP: Code = 10040;
pub(crate) const CALLED_HUNG_UP: Code = 10041;

/// English and Chinese words for a code; a code outside the table has none (N7).
pub(crate) fn words(code: Code) -> (&'static str, &'static str) {
    match code {
        1001 => ("Server connection failed", "服务器连接失败"),
        1002 => ("Abnormal operation", "操作异常"),
        1003 => ("operation failed", "操作失败"),
        1010 => ("Extension exception", "分机异常"),
        1011 => ("illegal extension", "非法分机"),
        1012 => ("extension does not exist", "分机不存在"),
        1013 => ("extension disabled", "分机已禁用"),
        1014 => ("extension not registered", "分机未注册"),
        1015 => ("The extension is not in a call", "分机未在通话中"),
        1016 => ("extension enabled", "分机已启用"),
        1017 => ("extension is registered", "分机已注册"),
        1018 => ("Number is enabled", "号码已启用"),
        1019 => ("number disabled", "号码已禁用"),
        1020 => ("number does not exist", "号码不存在"),
        1021 => ("illegal number", "非法号码"),
        1024 => ("task does not exist", "任务不存在"),
        1025 => ("has not started", "未开始"),
        1026 => ("in progress", "进行中"),
        1027 => ("pause", "暂停"),
        1028 => ("over", "已结束"),
        1201 => ("idle", "空闲"),
        1202 => ("ringing", "振铃"),
        1203 => ("off-hook", "摘机"),
        1204 => ("calling", "通话中"),
        1205 => ("User rejects", "用户拒接"),
        1210 => ("Queue exception", "队列异常"),
        1211 => ("illegal queue", "非法队列"),
        1212 => ("did not answer", "未接听"),
        1213 => ("Waiting", "等待中"),
        1214 => ("receiving", "接听中"),
        1215 => ("answered", "已应答"),
        1216 => ("Reject", "拒接"),
        1217 => ("pause", "暂停"),
        1218 => ("checked in", "已签入"),
        _ => ("", ""),
    }
}

/// English and Chinese words for an envelope's `ret`; where the documentation has none, they are invented.
pub(crate) fn refusal(ret: u16) -> (&'static str, &'static str) {
    match ret {
        400 => ("Illegal request", "非法请求"),
        500 => ("Server Error", "服务器错误"),
        600 => ("The token is invalid, please log in again to verify", "令牌无效，请重新登录验证"),
        601 => ("appid is not authorized", "appid未授权"),
        602 => ("appid authorization has expired", "appid授权已过期"),
        603 => ("Module not licensed", "模块未授权"),
        604 => ("IP is not authorized", "IP未授权"),
        _ => ("Unknown error", "未知错误"),
    }
}
