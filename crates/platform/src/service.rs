//! The services' names, and which of them may be repeated.

/// A service of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    Login,
    Logout,
    GetBill,
    GetRecodeFile,
    GetSipCallStatus,
    GetQueueSipStatus,
    GetQueueList,
    SetSeatsStatus,
    SipSignIn,
    SipSignOut,
}

impl Service {
    /// As the form's `service` field names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Login => "App.Sip_Auth.Login",
            Self::Logout => "App.Sip_Auth.Logout",
            Self::GetBill => "App.Sip_Cdr.GetBill",
            Self::GetRecodeFile => "App.Sip_Cdr.GetRecodeFile",
            Self::GetSipCallStatus => "App.Sip_Status.GetSipCallStatus",
            Self::GetQueueSipStatus => "App.Sip_Queue.GetQueueSipStatus",
            Self::GetQueueList => "App.Sip_Queue.GetQueueList",
            Self::SetSeatsStatus => "App.Sip_Queue.SetSeatsStatus",
            Self::SipSignIn => "App.Sip_Queue.SipSignIn",
            Self::SipSignOut => "App.Sip_Queue.SipSignOut",
        }
    }
}
