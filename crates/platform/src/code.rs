//! The documentation's table of codes («Global error and status codes»).

use ringside_domain::{Ending, HungUpBy, Phone, PhoneState, ProblemCode, SeatState};

/// A code of the platform; one outside the table is kept as its number (N7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code(pub u32);

/// One row: the code, its meaning in English and in Chinese.
const TABLE: [(u32, &str, &str); 45] = [
    (1001, "server connection failed", "服务器连接失败"),
    (1002, "abnormal operation", "操作异常"),
    (1003, "operation failed", "操作失败"),
    (1010, "extension exception: new or changed, a new token is needed", "分机异常，需重新登录"),
    (1011, "illegal extension: not owned by the company", "非法分机"),
    (1012, "extension does not exist", "分机不存在"),
    (1013, "extension disabled", "分机已禁用"),
    (1014, "extension not registered", "分机未注册"),
    (1015, "extension not in a call", "分机未在通话中"),
    (1016, "extension enabled", "分机已启用"),
    (1017, "extension registered", "分机已注册"),
    (1018, "number enabled", "号码已启用"),
    (1019, "number disabled", "号码已禁用"),
    (1020, "number does not exist", "号码不存在"),
    (1021, "illegal number: not owned by the company", "非法号码"),
    (1024, "task does not exist", "任务不存在"),
    (1025, "task not started", "任务未开始"),
    (1026, "task in progress", "任务进行中"),
    (1027, "task paused", "任务已暂停"),
    (1028, "task over", "任务已结束"),
    (1201, "idle", "空闲"),
    (1202, "ringing", "振铃"),
    (1203, "off the hook", "摘机"),
    (1204, "in a call", "通话中"),
    (1205, "called party rejected", "用户拒接"),
    (1210, "queue exception", "队列异常"),
    (1211, "illegal queue: does not exist or not owned by the company", "非法队列"),
    (1212, "assigned, not answered", "未接听"),
    (1213, "waiting for a call", "等待分配"),
    (1214, "receiving a call", "接收中"),
    (1215, "answered", "已接听"),
    (1216, "rejected", "拒接"),
    (1217, "paused: busy", "示忙"),
    (1218, "signed in to the queue already", "已签入"),
    (10001, "hung up normally", "正常挂断"),
    (10002, "call cancelled", "呼叫取消"),
    (10003, "refused to answer", "拒绝接听"),
    (10004, "outbound line failure", "外呼线路故障"),
    (10005, "no answer in time", "用户超时未接"),
    (10006, "user busy", "用户忙"),
    (10040, "caller hung up", "主叫挂断"),
    (10041, "called party hung up", "被叫挂断"),
    (1042, "group enabled (seen in an example only)", "分组启用"),
    (10015, "hang-up side not known (seen in an example only)", "挂断方未知"),
    (10020, "hang-up cause not known (seen in an example only)", "挂断原因未知"),
];

impl Code {
    /// The meaning in English; None outside the table.
    pub fn english(self) -> Option<&'static str> {
        self.row().map(|(_, english, _)| *english)
    }

    /// The meaning in Chinese; None outside the table.
    pub fn chinese(self) -> Option<&'static str> {
        self.row().map(|(.., chinese)| *chinese)
    }

    fn row(self) -> Option<&'static (u32, &'static str, &'static str)> {
        TABLE.iter().find(|(code, ..)| *code == self.0)
    }

    /// What a person is told when a service fails with this code.
    pub(crate) fn problem(self) -> ProblemCode {
        match self.0 {
            1010..=1012 => ProblemCode::ExtensionUnknown,
            1013 => ProblemCode::ExtensionDisabled,
            1014 => ProblemCode::PhoneNotRegistered,
            1210 | 1211 => ProblemCode::QueueUnknown,
            _ => ProblemCode::Refused,
        }
    }

    /// The extension, where the code is one of «Extension Number Status» or says what the phone does.
    pub(crate) fn phone(self) -> Phone {
        match self.0 {
            1010..=1012 => Phone::NotFound,
            1013 => Phone::Disabled,
            1014 => Phone::NotRegistered,
            1015..=1017 | 1201..=1205 | 1212..=1218 => Phone::Ready,
            _ => Phone::Unknown,
        }
    }

    /// N28: both services' codes tell the same story.
    pub(crate) fn phone_state(self) -> PhoneState {
        match self.0 {
            1015 | 1201 | 1212 | 1213 | 1216 | 1217 => PhoneState::Idle,
            1202 | 1214 => PhoneState::Ringing,
            1203 => PhoneState::OffHook,
            1204 | 1215 => PhoneState::Talking,
            _ => PhoneState::Unknown,
        }
    }

    /// The agent in a queue (N18).
    pub(crate) fn seat(self) -> SeatState {
        match self.0 {
            1201 | 1213 => SeatState::Waiting,
            1202 | 1214 => SeatState::Receiving,
            1204 | 1215 => SeatState::Talking,
            1212 => SeatState::DidNotAnswer,
            1216 => SeatState::Rejected,
            1217 => SeatState::Paused,
            other => SeatState::Other(other),
        }
    }

    pub(crate) fn hung_up_by(self) -> HungUpBy {
        match self.0 {
            10040 => HungUpBy::Caller,
            10041 => HungUpBy::Called,
            other => HungUpBy::Other(other),
        }
    }

    pub(crate) fn ending(self) -> Ending {
        match self.0 {
            10001 => Ending::Normal,
            10002 => Ending::Cancelled,
            10003 | 1205 => Ending::Refused,
            10004 => Ending::LineFailure,
            10005 => Ending::NoAnswer,
            10006 => Ending::CustomerBusy,
            other => Ending::Other(other),
        }
    }
}
