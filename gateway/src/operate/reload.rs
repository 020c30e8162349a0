//! Taking a changed policy in force, whole or not at all, and a renewed certificate with it.

use gogs_spanner_capability::Reason;

use super::Operations;
use crate::{
    authorize::policy::Policy,
    config::{Complaint, Config, ConfigError},
    refuse::Refusal,
};

/// What is in force after a reload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reloaded {
    pub(super) epoch: u64,
    pub(super) agents: usize,
}

impl Operations {
    /// Reads the configuration again and puts its policy in force. If anything is wrong the old one stays.
    pub(super) fn reload(&self) -> Result<Reloaded, Refusal> {
        if let Some(tls) = &self.parts.tls {
            tls.look();
        }
        match self.read_again() {
            Ok(policy) => {
                let agents = policy.agents().count();
                let epoch = self.parts.policy.replace(policy);
                tracing::info!(epoch, agents, "a new policy is in force");
                Ok(Reloaded { epoch, agents })
            }
            Err(error) => {
                tracing::error!(%error, "the policy was not reloaded; the one before stays in force");
                let place = error.place();
                Err(Refusal::new(Reason::PolicyInvalid).because(format!("{place}: {}", error.what)).hint(error.mend))
            }
        }
    }

    fn read_again(&self) -> Result<Policy, ConfigError> {
        let running = &self.parts.config;
        let config = Config::load(running.source.file())?;
        if config.issuers != running.issuers {
            let mend = "restart the gateway: a reload changes roles, agents and groups only";
            return Err(ConfigError::of_file(running.source.file(), Complaint::new("an issuer has changed", mend)));
        }
        if config.people != running.people {
            let mend = "restart the gateway: a reload changes roles, agents and groups only";
            let complaint = Complaint::new("where people sign in has changed", mend);
            return Err(ConfigError::of_file(running.source.file(), complaint));
        }
        Policy::compile(&config)
    }
}
