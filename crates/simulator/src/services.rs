//! The 26 services: their names, their words for a success, and their handlers.

use jiff::Timestamp;

use crate::codes;
use crate::envelope::{Answer, Refusal};
use crate::form::Form;
use crate::world::World;

/// A request as a service's handler gets it.
pub(crate) struct Request<'a> {
    pub(crate) form: &'a Form,
    /// The beginning of download links; ends in a slash.
    pub(crate) base: &'a str,
    pub(crate) now: Timestamp,
}

type Handler = fn(&mut World, &Request<'_>) -> Result<Answer, Refusal>;

pub(crate) struct Service {
    pub(crate) name: &'static str,
    /// `desc` of a success, English and Chinese.
    pub(crate) done: (&'static str, &'static str),
    handler: Handler,
}

const GOT: (&str, &str) = ("get success", "获取成功");
const SET: (&str, &str) = ("successfully set", "设置成功");
const ADDED: (&str, &str) = ("Added successfully", "添加成功");
const EDITED: (&str, &str) = ("edited successfully", "编辑成功");
const DELETED: (&str, &str) = ("successfully deleted", "删除成功");

const fn service(name: &'static str, done: (&'static str, &'static str), handler: Handler) -> Service {
    Service { name, done, handler }
}

const LOGIN: &str = "App.Sip_Auth.Login";
const LOGOUT: &str = "App.Sip_Auth.Logout";

#[rustfmt::skip]
pub(crate) static SERVICES: [Service; 26] = [
    service(LOGIN, ("Authorization successful", "授权成功"), |w, r| w.login(r.form, r.now)),
    service(LOGOUT, ("logout successful", "退出成功"), |w, r| w.logout(r.form)),
    service("App.Sip_Cdr.GetBill", GOT, |w, r| w.get_bill(r.form)),
    service("App.Sip_Cdr.GetRecodeFile", GOT, |w, r| w.get_recode_file(r.form, r.base, r.now)),
    service("App.Sip_Yccall.TaskCreat", ("created successfully", "创建成功"), |w, r| w.task_creat(r.form, r.now)),
    service("App.Sip_Yccall.TaskAdd", ("Additional success", "追加成功"), |w, r| w.task_add(r.form, r.now)),
    service("App.Sip_Yccall.taskDelPhone", DELETED, |w, r| w.task_del_phone(r.form)),
    service("App.Sip_Yccall.TaskSet", SET, |w, r| w.task_set(r.form)),
    service("App.Sip_Status.GetSipCallStatus", GOT, |w, r| w.get_sip_call_status(r.form, r.now)),
    service("App.Sip_Status.GetSipValidStatus", GOT, |w, r| w.get_sip_valid_status(r.form)),
    service("App.Sip_Status.GetSipRegisterStatus", GOT, |w, r| w.get_sip_register_status(r.form)),
    service("App.Sip_Queue.GetQueueSipStatus", GOT, |w, r| w.get_queue_sip_status(r.form)),
    service("App.Sip_Queue.GetQueueList", GOT, |w, r| w.get_queue_list(r.form)),
    service("App.Sip_Queue.AddQueue", ADDED, |w, r| w.add_queue(r.form)),
    service("App.Sip_Queue.EditQueue", ("Successfully modified", "修改成功"), |w, r| w.edit_queue(r.form)),
    service("App.Sip_Queue.DelQueue", DELETED, |w, r| w.del_queue(r.form)),
    service("App.Sip_Queue.SetSeatsStatus", SET, |w, r| w.set_seats_status(r.form, r.now)),
    service("App.Sip_Queue.SipSignIn", ("check in successful", "签入成功"), |w, r| w.sip_sign_in(r.form, r.now)),
    service("App.Sip_Queue.SipSignOut", ("checkout successful", "签出成功"), |w, r| w.sip_sign_out(r.form)),
    service("App.Sip_Extgroup.AddExtgroup", ADDED, |w, r| w.add_extgroup(r.form)),
    service("App.Sip_Extgroup.GetExtgroupInfo", GOT, |w, r| w.get_extgroup_info(r.form)),
    service("App.Sip_Extgroup.AddExtnumber", ADDED, |w, r| w.add_extnumber(r.form)),
    service("App.Sip_Extgroup.EditExtnumber", EDITED, |w, r| w.edit_extnumber(r.form)),
    service("App.Sip_Extgroup.GetGroupExt", GOT, |w, r| w.get_group_ext(r.form)),
    service("App.Sip_Extgroup.DelExtnumber", DELETED, |w, r| w.del_extnumber(r.form)),
    service("App.Sip_Sipnum.GetSipnumberInfo", GOT, |w, r| w.get_sipnumber_info(r.form)),
];

/// The names of all services, as in the field `service`.
pub fn service_names() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|service| service.name)
}

pub(crate) fn find(name: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.name == name)
}

impl World {
    /// Checks the token, then calls the service's handler.
    pub(crate) fn serve(&mut self, service: Option<&Service>, request: &Request<'_>) -> Result<Answer, Refusal> {
        let name = request.form.required("service")?;
        let Some(service) = service else {
            return Err(Refusal::parameter(format!("there is no service {name}")));
        };
        if service.name != LOGIN {
            self.check_token(request.form, request.now)?;
            if service.name != LOGOUT && self.is_outdated(request.form) {
                return Ok(Answer::Failed(codes::EXTENSION_CHANGED));
            }
        }
        (service.handler)(self, request)
    }
}
