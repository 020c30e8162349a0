//! Are the secrets their owner's alone?

use std::future::ready;

use super::{Case, Check, Severity, Told, unless};
use crate::config::{SecretSource, secret::is_open_to_others};

pub(super) const CHECK: Check = Check {
    id: "secret-files",
    asks: "Can nobody but their owner read the files of the admin token, the sealing key and the key of the certificate?",
    severity: Severity::Wrong,
    mend: "chmod 600 on each, and replace what others may have read",
    ask: |case| Box::pin(ready(ask(case))),
};

fn ask(case: &Case) -> Told {
    let secrets = [&case.config.upstream.admin_token, &case.config.store.sealing_key];
    let files = secrets.into_iter().filter_map(|source| match source {
        SecretSource::File(file) => Some(file),
        SecretSource::Env(_) => None,
    });
    let files = files.chain(case.config.listen.tls.as_ref().map(|tls| &tls.key));
    let open = files.filter(|file| is_open_to_others(file).unwrap_or(false));
    unless(open.map(|file| format!("{} can be read or changed by other users", file.display())).collect())
}
