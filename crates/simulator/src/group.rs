//! Extension groups and their six services (sections «Create extension group» to «delete group extension»).

use serde_json::{Value, json};

use crate::call::Stage;
use crate::codes::{self, Code};
use crate::envelope::{Answer, Refusal};
use crate::form::Form;
use crate::world::World;

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) enabled: bool,
    pub(crate) members: Vec<Member>,
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) extension: String,
    pub(crate) idle: bool,
}

impl World {
    fn group(&mut self, name: &str) -> Option<&mut Group> {
        self.groups.iter_mut().find(|group| group.name == name)
    }

    /// The members of an enabled group that take calls.
    pub(crate) fn idle_members(&self, name: &str) -> Vec<&str> {
        let groups = self.groups.iter();
        let groups = groups.filter(|group| group.name == name && group.enabled);
        let members = groups.flat_map(|group| &group.members).filter(|member| member.idle);
        members.map(|member| member.extension.as_str()).collect()
    }

    /// AddExtgroup; code 1002 if the name is taken.
    pub(crate) fn add_extgroup(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let name = form.required("name")?;
        let enabled = form.number_or("status", 1, 0..=2)? != 0;
        if self.group(name).is_some() {
            return Ok(Answer::Failed(codes::ABNORMAL));
        }
        let id = self.groups.last().map_or(1, |group| group.id + 1);
        self.groups.push(Group { id, name: name.to_owned(), enabled, members: Vec::new() });
        Ok(Answer::Done)
    }

    /// GetExtgroupInfo lists the groups by `status`; `name` is required, but not used (N20).
    pub(crate) fn get_extgroup_info(&mut self, form: &Form) -> Result<Answer, Refusal> {
        form.required("name")?;
        let status = form.number_or("status", 2, 0..=2)?;
        let groups = self.groups.iter();
        let groups = groups.filter(|group| status == 2 || group.enabled == (status == 1));
        let rows = groups.map(|group| {
            let code = if group.enabled { codes::GROUP_ENABLED } else { codes::DISABLED };
            json!({ "id": group.id, "name": group.name, "status": code })
        });
        Ok(Answer::Result(Value::Array(rows.collect())))
    }

    pub(crate) fn add_extnumber(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let name = form.required("name")?;
        let extension = form.required("extnumber")?;
        if let Some(code) = self.objection(extension) {
            return Ok(Answer::Failed(code));
        }
        Ok(self.in_group(name, |members| {
            if members.iter().any(|member| member.extension == extension) {
                return Err(codes::ABNORMAL);
            }
            members.push(Member { extension: extension.to_owned(), idle: true });
            Ok(())
        }))
    }

    /// EditExtnumber; `state` is `idle` or `busy` (N18).
    pub(crate) fn edit_extnumber(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let name = form.required("name")?;
        let extension = form.required("extnumber")?;
        let idle = match form.required("state")? {
            "idle" => true,
            "busy" => false,
            _ => return Err(Refusal::parameter("state must be idle or busy")),
        };
        Ok(self.in_group(name, |members| {
            let mut members = members.iter_mut();
            let member = members.find(|member| member.extension == extension);
            member.ok_or(codes::NO_EXTENSION)?.idle = idle;
            Ok(())
        }))
    }

    pub(crate) fn del_extnumber(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let name = form.required("name")?;
        let extension = form.required("extnumber")?;
        Ok(self.in_group(name, |members| {
            let before = members.len();
            members.retain(|member| member.extension != extension);
            if members.len() == before {
                return Err(codes::NO_EXTENSION);
            }
            Ok(())
        }))
    }

    fn in_group(&mut self, name: &str, change: impl FnOnce(&mut Vec<Member>) -> Result<(), Code>) -> Answer {
        let Some(group) = self.group(name) else {
            return Answer::Failed(codes::ABNORMAL);
        };
        match change(&mut group.members) {
            Ok(()) => Answer::Done,
            Err(code) => Answer::Failed(code),
        }
    }

    /// GetGroupExt: `data` is the bare array (N3).
    pub(crate) fn get_group_ext(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let name = form.required("name")?;
        let wanted = form.list("extnumber");
        let groups = self.groups.iter().filter(|group| group.name == name);
        let members = groups.flat_map(|group| &group.members);
        let members = members.filter(|member| wanted.is_empty() || wanted.contains(&member.extension.as_str()));
        let rows = members.map(|member| {
            let status = match self.call_on(&member.extension).map(|call| call.stage) {
                Some(Stage::Talking) => "answer",
                Some(_) => "ring",
                None => "hangup",
            };
            json!({
                "name": name,
                "extnumber": member.extension,
                "status": status,
                "state": if member.idle { "idle" } else { "busy" },
            })
        });
        Ok(Answer::Bare(Value::Array(rows.collect())))
    }
}
