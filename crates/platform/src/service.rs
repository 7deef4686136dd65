//! The services: their names at the platform, and whether a request may be repeated.

/// Whether a request whose outcome is unknown may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It reads, or sets a value that a repetition does not change.
    Freely,
    /// A repetition could do harm (people are called twice, two tasks are created: A6), or its answer would hide the outcome of the first
    /// request. Repeated only if the first request was certainly not carried out.
    UnlessSent,
}

macro_rules! services {
    ($($variant:ident = $name:literal, $repeat:ident, $what:literal;)*) => {
        /// A service of the platform.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Service {
            $(#[doc = concat!("`", $name, "`: ", $what, ".")] $variant,)*
        }

        impl Service {
            /// All services, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The value of the form's `service` field.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The service with this name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|service| service.name() == name)
            }

            /// Whether a request may be repeated.
            pub fn repeat(self) -> Repeat {
                match self { $(Self::$variant => Repeat::$repeat,)* }
            }
        }
    };
}

services! {
    Login = "App.Sip_Auth.Login", Freely, "a token for an account";
    Logout = "App.Sip_Auth.Logout", Freely, "ends a token";
    GetBill = "App.Sip_Cdr.GetBill", Freely, "records of calls; repeatable since it is never asked to mark them (N10)";
    GetRecodeFile = "App.Sip_Cdr.GetRecodeFile", Freely, "a link to a recording";
    TaskCreat = "App.Sip_Yccall.TaskCreat", UnlessSent, "makes a task";
    TaskAdd = "App.Sip_Yccall.TaskAdd", UnlessSent, "adds numbers to a task";
    TaskDelPhone = "App.Sip_Yccall.taskDelPhone", UnlessSent, "takes numbers from a task";
    TaskSet = "App.Sip_Yccall.TaskSet", Freely, "opens, pauses or ends a task";
    GetSipCallStatus = "App.Sip_Status.GetSipCallStatus", Freely, "what phones do";
    GetSipValidStatus = "App.Sip_Status.GetSipValidStatus", Freely, "whether extensions are enabled";
    GetSipRegisterStatus = "App.Sip_Status.GetSipRegisterStatus", Freely, "whether and from where phones are registered";
    GetQueueSipStatus = "App.Sip_Queue.GetQueueSipStatus", Freely, "the agents in queues";
    GetQueueList = "App.Sip_Queue.GetQueueList", Freely, "the queues";
    AddQueue = "App.Sip_Queue.AddQueue", UnlessSent, "makes a queue";
    EditQueue = "App.Sip_Queue.EditQueue", Freely, "changes a queue";
    DelQueue = "App.Sip_Queue.DelQueue", UnlessSent, "deletes a queue";
    SetSeatsStatus = "App.Sip_Queue.SetSeatsStatus", Freely, "an agent busy or idle in a queue";
    SipSignIn = "App.Sip_Queue.SipSignIn", UnlessSent, "signs an extension in to a queue; a repeat would say that it was in it already";
    SipSignOut = "App.Sip_Queue.SipSignOut", Freely, "signs an extension out of a queue";
    AddExtgroup = "App.Sip_Extgroup.AddExtgroup", UnlessSent, "makes a group";
    GetExtgroupInfo = "App.Sip_Extgroup.GetExtgroupInfo", Freely, "the groups";
    AddExtnumber = "App.Sip_Extgroup.AddExtnumber", UnlessSent, "adds an extension to a group";
    EditExtnumber = "App.Sip_Extgroup.EditExtnumber", Freely, "an extension busy or idle in a group";
    GetGroupExt = "App.Sip_Extgroup.GetGroupExt", Freely, "the extensions of a group";
    DelExtnumber = "App.Sip_Extgroup.DelExtnumber", UnlessSent, "takes an extension from a group";
    GetSipnumberInfo = "App.Sip_Sipnum.GetSipnumberInfo", Freely, "the extensions, with their passwords (N21)";
}
