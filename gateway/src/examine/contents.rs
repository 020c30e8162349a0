//! `PUT contents`: a push of one file through another door, decided as that push would be.
//!
//! Gogs 0.14.3 (`internal/route/api/v1/repo/contents.go`): without `branch` it writes to the default branch; a branch that
//! is not the default one is created from it. So the effect is `ref:update` of the default branch or `ref:create` of
//! another, with that path. The default branch is asked for now and always written into what is forwarded.

use gogs_spanner_capability::{Action, Effect, RefName, TreePath};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::{Examiner, Payload, body};
use crate::{
    body::Body,
    caller::{Caller, Snapshot},
    classify::RestCall,
    refuse::Refusal,
};

/// The body, closed: what the handler reads, and the `sha` that existing clients send and Gogs ignores.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PutContents {
    message: String,
    content: String,
    #[serde(default)]
    branch: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha: Option<String>,
}

impl Examiner {
    pub(super) async fn examine_contents(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        call: &RestCall,
        path: &TreePath,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Vec<Effect>, Payload), Refusal> {
        let Some(repository) = &call.repository else { return Err(body::malformed("the call names no repository")) };
        self.authorizer.may_push(caller, repository)?;
        let share = self.share(caller);
        let (mut request, held) = body::shaped::<PutContents>(share, headers, body, call.largest_body()).await?;
        let default = self.accounts.repository(&caller.agent, repository).await?.default_branch;
        let branch = request.branch.take().filter(|branch| !branch.is_empty()).unwrap_or_else(|| default.clone());
        let reference = RefName::for_branch(&branch)
            .map_err(|error| body::malformed(format!("`branch` is not the name of a branch: {error}")))?;
        let action = if branch == default { Action::RefUpdate } else { Action::RefCreate };
        request.branch = Some(branch);
        let effect = Effect::on_repository(action, repository).at(reference).touching(vec![path.clone()]);
        // The message is one of a commit on a branch, which Gogs reads as those of a push.
        let said = [("`message`".to_owned(), request.message.as_bytes())];
        let written = self.issues_written(snapshot, caller, repository, said)?;
        Ok(([vec![effect], written].concat(), body::written(&request, held)?))
    }
}
