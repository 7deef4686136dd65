//! Opens the page of the CRM, once per call.

use super::{Session, calls::Activity};
use crate::{CallId, CrmMode, CrmView, Effect, Problem, Settings, Template, is_withheld};

/// Which pages may be opened, and why the last one was not.
#[derive(Debug)]
pub(super) struct Crm {
    schemes: Vec<String>,
    problem: Option<Problem>,
}

impl Crm {
    pub fn new(schemes: Vec<String>) -> Self {
        Self { schemes, problem: None }
    }

    /// The shell opened a page, or could not.
    pub fn opened(&mut self, problem: Option<Problem>) {
        self.problem = problem;
    }

    fn template(&self, settings: &Settings) -> Option<Template> {
        Template::allowed(settings.crm.template(), &self.schemes).ok()
    }
}

impl Session {
    pub(super) fn crm_view(&self) -> CrmView {
        let settings = &self.saved.settings;
        CrmView {
            ready: settings.crm.mode() != CrmMode::Off && self.crm.template(settings).is_some(),
            schemes: self.crm.schemes.clone(),
            problem: self.crm.problem.clone(),
        }
    }

    /// A changed setting applies to later calls only.
    pub(super) fn crm_set(&mut self, before: &Settings) {
        if before.crm != self.saved.settings.crm {
            self.calls.pop_all();
            self.crm.problem = None;
        }
    }

    pub(super) fn settle_crm(&mut self, out: &mut Vec<Effect>) {
        let on_answer = match self.saved.settings.crm.mode() {
            CrmMode::OnRing => false,
            CrmMode::OnAnswer => true,
            CrmMode::Off | CrmMode::ByHand => return,
        };
        if self.calls.activity() == Activity::None {
            return;
        }
        for call in self.calls.pop_due(on_answer) {
            self.open_crm(call, out);
        }
    }

    pub(super) fn open_crm(&mut self, call: CallId, out: &mut Vec<Effect>) {
        let settings = &self.saved.settings;
        let Some(template) = self.crm.template(settings).filter(|_| settings.crm.mode() != CrmMode::Off) else { return };
        let Some(call) = self.calls.at_hand().find(|at_hand| at_hand.id == call) else { return };
        // A page that is found by the number shows nothing for a withheld number.
        if is_withheld(&call.customer_number) && !template.names_by_data(call) {
            return;
        }
        let url = template.url(call, self.calling_back.task_to(&call.customer_number));
        out.push(Effect::OpenCrm { url });
    }
}
