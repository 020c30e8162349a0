//! What a caller without a good credential is asked for.

use gogs_spanner_capability::{Action, RepositoryName};
use gogs_spanner_gitwire::Service;
use http::{HeaderName, HeaderValue, Request, header};

use crate::{body::Body, classify::GitRepository, request::Door};

/// What git-lfs looks at before `WWW-Authenticate`, and all that Gogs itself says (`internal/route/lfs/route.go:48`).
const LFS_AUTHENTICATE: HeaderName = HeaderName::from_static("lfs-authenticate");

/// What a push may turn out to be.
const PUSHING: [Action; 4] = [Action::RefCreate, Action::RefDelete, Action::RefForce, Action::RefUpdate];

/// What git or git-lfs was about to do, as far as the request line tells. A credential helper asks for no more than that.
#[derive(Debug, Default)]
pub(super) struct Sought {
    repository: Option<RepositoryName>,
    actions: Vec<Action>,
}

impl Sought {
    /// What a request is after. Of LFS only where: whether it reads or writes stands in the body.
    pub(super) fn by(request: &Request<Body>) -> Self {
        let path = request.uri().path();
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let [owner, name, rest @ ..] = &segments[..] else { return Self::default() };
        let Ok(repository) = GitRepository::parse(owner, name) else { return Self::default() };
        let actions = match (rest, request.uri().query()) {
            (["info", "refs"], Some("service=git-upload-pack")) | (["git-upload-pack"], _) => {
                needed(&repository, Service::UploadPack)
            }
            (["info", "refs"], Some("service=git-receive-pack")) | (["git-receive-pack"], _) => {
                needed(&repository, Service::ReceivePack)
            }
            _ => Vec::new(),
        };
        Self { repository: Some(repository.name), actions }
    }

    /// As parameters of the challenge.
    fn parameters(&self) -> String {
        let actions: Vec<_> = self.actions.iter().map(|action| action.as_str()).collect();
        let scope = (!actions.is_empty()).then(|| format!(", scope=\"{}\"", actions.join(" ")));
        let repository = self.repository.as_ref().map(|name| format!(", repository=\"{name}\""));
        scope.into_iter().chain(repository).collect()
    }
}

fn needed(repository: &GitRepository, service: Service) -> Vec<Action> {
    match (service, repository.is_wiki) {
        (Service::UploadPack, false) => vec![Action::ContentsRead],
        (Service::UploadPack, true) => vec![Action::WikiRead],
        (Service::ReceivePack, false) => PUSHING.to_vec(),
        (Service::ReceivePack, true) => vec![Action::WikiWrite],
    }
}

/// The headers a door challenges in.
pub(super) fn headers(door: Door) -> Vec<HeaderName> {
    if matches!(door, Door::Lfs) {
        vec![header::WWW_AUTHENTICATE, LFS_AUTHENTICATE]
    } else {
        vec![header::WWW_AUTHENTICATE]
    }
}

/// The challenge of a door (RFC 7617, RFC 6750 §3, RFC 9728 §5.1). Git gets exactly one scheme: a second costs git 2.39
/// one more round trip on every clone. `repository` is ours: a scope cannot say it, and git tells its helpers no path.
pub(super) fn challenge(door: Door, public_url: &str, sought: &Sought) -> HeaderValue {
    let metadata = format!("{public_url}/.well-known/oauth-protected-resource");
    let text = match door {
        Door::Git | Door::Lfs => {
            format!("Basic realm=\"spanner\", resource_metadata=\"{metadata}\"{}", sought.parameters())
        }
        Door::Rest | Door::Own => format!("Bearer realm=\"spanner\", resource_metadata=\"{metadata}\""),
    };
    HeaderValue::from_str(&text).expect("a parsed origin and parsed names are a header value")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body;

    fn challenged(target: &str) -> String {
        let request = Request::builder().uri(target).body(body::full("")).expect("a request");
        let value = challenge(Door::Git, "https://a.example", &Sought::by(&request));
        let text = value.to_str().expect("text").to_owned();
        let said =
            "Basic realm=\"spanner\", resource_metadata=\"https://a.example/.well-known/oauth-protected-resource\"";
        text.strip_prefix(said).expect("our challenge").to_owned()
    }

    #[test]
    fn git_is_told_what_it_was_about_to_do_and_where() {
        let of = |target: &str| challenged(&format!("/Acme/web{target}"));
        let reading = r#", scope="contents:read", repository="acme/web""#;
        assert_eq!(of(".git/info/refs?service=git-upload-pack"), reading);
        assert_eq!(of("/git-upload-pack"), reading);
        let pushing = r#", scope="ref:create ref:delete ref:force ref:update", repository="acme/web""#;
        assert_eq!(of("/info/refs?service=git-receive-pack"), pushing);
        assert_eq!(of(".git/git-receive-pack"), pushing);
        assert_eq!(of(".wiki.git/info/refs?service=git-upload-pack"), r#", scope="wiki:read", repository="acme/web""#);
        assert_eq!(of(".wiki/git-receive-pack"), r#", scope="wiki:write", repository="acme/web""#);
        assert_eq!(of(".git/info/lfs/objects/batch"), r#", repository="acme/web""#);
    }

    #[test]
    fn what_is_no_name_is_not_said_back() {
        for target in ["/", "/acme", "/acme/we%22b/info/refs"] {
            assert_eq!(challenged(target), "", "{target}");
        }
    }
}
