//! The command line's syntax for faults.

use std::str::FromStr;
use std::time::Duration;

use crate::callbacks::{CallbackKind, Phase};
use crate::faults::{CallbackFault, Fault};

/// The parts of `PLACE=NAME[:VALUE][*TIMES]`.
struct Parts<'a> {
    place: &'a str,
    name: &'a str,
    /// Empty if there is none.
    value: &'a str,
    /// `None`: always.
    times: Option<u32>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Result<Self, String> {
        let (place, rest) = text.split_once('=').ok_or("write it as PLACE=FAULT[:VALUE][*TIMES]")?;
        let (rest, times) = match rest.rsplit_once('*') {
            Some((rest, times)) => (rest, Some(number(times)?)),
            None => (rest, None),
        };
        let (name, value) = rest.split_once(':').unwrap_or((rest, ""));
        Ok(Self { place, name, value, times })
    }
}

/// A service's fault on the command line: `SERVICE=FAULT[:VALUE][*TIMES]`, `*` for every service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRule {
    pub service: String,
    pub fault: Fault,
    pub times: Option<u32>,
}

impl FromStr for FaultRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Parts { place, name, value, times } = Parts::of(text)?;
        let fault = match name {
            "slow" => Fault::Slow(Duration::from_millis(number(value)?)),
            "timeout" => Fault::Timeout,
            "reset" => Fault::Reset,
            "lost" => Fault::Lost,
            "http" => Fault::HttpStatus(number(value)?),
            "retry-after" => {
                let (status, seconds) = value.split_once(',').ok_or("write it as retry-after:STATUS,SECONDS")?;
                Fault::RetryAfter(number(status)?, number(seconds)?)
            }
            "redirect" => Fault::Redirect(value.to_owned()),
            "html" => Fault::Html,
            "not-json" => Fault::NotJson,
            "truncated" => Fault::Truncated,
            "huge" => Fault::Huge(number(value)?),
            "trickle" => Fault::Trickle(Duration::from_millis(number(value)?)),
            "changed" => Fault::Changed,
            "ret" => Fault::Ret(number(value)?),
            "ret-object" => Fault::RetWithObject(number(value)?),
            "done-but-ret" => Fault::DoneButRet(number(value)?),
            "done-but-http" => Fault::DoneButHttp(number(value)?),
            "ret-as-text" => Fault::RetAsText,
            "failed" => Fault::Failed(number(value)?),
            "empty-data" => Fault::EmptyData,
            "wrong-types" => Fault::WrongTypes,
            "nulls" => Fault::Nulls,
            "byte-order-mark" => Fault::ByteOrderMark,
            "php-notice" => Fault::PhpNotice,
            "gbk" => Fault::Gbk,
            "lists-as-objects" => Fault::ListsAsObjects,
            "lists-with-null" => Fault::ListsWithNull,
            other => return Err(format!("there is no fault «{other}»")),
        };
        Ok(Self { service: place.to_owned(), fault, times })
    }
}

fn number<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("«{text}» is not a number that fits"))
}

/// A callback's fault on the command line: `KIND=FAULT[:VALUE][*TIMES]`, `*` for every kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackFaultRule {
    pub kind: Option<CallbackKind>,
    pub fault: CallbackFault,
    pub times: Option<u32>,
}

impl FromStr for CallbackFaultRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Parts { place, name, value, times } = Parts::of(text)?;
        let kind = match place {
            "*" => None,
            "ring" => Some(CallbackKind::State(Phase::Ring)),
            "answer" => Some(CallbackKind::State(Phase::Answer)),
            "hangup" => Some(CallbackKind::State(Phase::HangUp)),
            "bill" => Some(CallbackKind::Bill),
            "task" => Some(CallbackKind::Task),
            other => return Err(format!("there is no callback «{other}»")),
        };
        let fault = match name {
            "drop" => CallbackFault::Drop,
            "repeat" => CallbackFault::Repeat(number(value)?),
            "twice-at-once" => CallbackFault::TwiceAtOnce,
            "late" => CallbackFault::Late(Duration::from_millis(number(value)?)),
            "again" => CallbackFault::Again(Duration::from_millis(number(value)?)),
            "shuffle" => CallbackFault::Shuffle(number(value)?),
            other => return Err(format!("there is no fault «{other}»")),
        };
        Ok(Self { kind, fault, times })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_and_wrong_ones_are_refused() {
        let rule: FaultRule = "*=http:503*5".parse().unwrap();
        assert_eq!(rule, FaultRule { service: "*".into(), fault: Fault::HttpStatus(503), times: Some(5) });
        let rule: FaultRule = "GetBill=redirect:http://127.0.0.1:1/x".parse().unwrap();
        assert_eq!((rule.fault, rule.times), (Fault::Redirect("http://127.0.0.1:1/x".into()), None));
        let rule: FaultRule = "GetBill=retry-after:429,7".parse().unwrap();
        assert_eq!(rule.fault, Fault::RetryAfter(429, 7));
        let rule: CallbackFaultRule = "ring=late:250*2".parse().unwrap();
        let late = CallbackFault::Late(Duration::from_millis(250));
        assert_eq!(rule, CallbackFaultRule { kind: Some(CallbackKind::State(Phase::Ring)), fault: late, times: Some(2) });
        for bad in ["GetBill", "GetBill=nap", "GetBill=http:many", "GetBill=reset*often", "GetBill=ret:70000"] {
            assert!(bad.parse::<FaultRule>().is_err(), "{bad}");
        }
        assert!("song=drop".parse::<CallbackFaultRule>().is_err());
    }

    #[test]
    fn every_fault_has_the_same_name_on_the_command_line_and_in_the_ledger() {
        let names = "slow:1 timeout reset lost http:500 retry-after:429,1 redirect:x html not-json truncated huge:1 trickle:1 changed ret:600 \
            ret-object:600 done-but-ret:500 done-but-http:502 ret-as-text failed:1010 empty-data wrong-types nulls byte-order-mark php-notice gbk \
            lists-as-objects lists-with-null";
        for text in names.split_whitespace() {
            let rule: FaultRule = format!("*={text}").parse().unwrap();
            assert_eq!(Some(rule.fault.name()), text.split(':').next());
        }
    }
}
