//! The flags that say what is opened for a call.

use clap::Args;
use ringside_domain::{CrmMode, CrmSettings};
use ringside_engine::config::parse;

#[derive(Debug, Args)]
pub struct Crm {
    /// When a customer's page is opened: off, on_ring, on_answer or by_hand [default: off]
    #[arg(long, value_name = "WHEN", env = "RINGSIDE_CRM_MODE", value_parser = parse::crm_mode)]
    crm_mode: Option<CrmMode>,
    /// Its address, with fields of the call such as {customer_number}
    #[arg(long, value_name = "ADDRESS", env = "RINGSIDE_CRM_TEMPLATE", value_parser = parse::crm_template)]
    crm_template: Option<String>,
    /// A scheme that its address may have; may be given several times [default: https]
    #[arg(long = "crm-scheme", value_name = "SCHEME", env = "RINGSIDE_CRM_SCHEMES", value_delimiter = ',', value_parser = parse::crm_scheme)]
    crm_schemes: Option<Vec<String>>,
}

impl Crm {
    pub fn settings(&self) -> CrmSettings {
        CrmSettings { mode: self.crm_mode, template: self.crm_template.clone() }
    }

    pub fn schemes(&self) -> Option<Vec<String>> {
        self.crm_schemes.clone()
    }
}
