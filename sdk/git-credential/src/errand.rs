//! What git is about to do, as far as anybody tells: the token is for that and nothing else.

use gogs_spanner_capability::{Action, Actions, RepositoryName};

use crate::{challenge::Challenge, question::Question};

/// What git and git-lfs do in a repository.
const IN_REPOSITORY: [Action; 5] =
    [Action::ContentsRead, Action::RefCreate, Action::RefDelete, Action::RefForce, Action::RefUpdate];
/// What git does in a wiki.
const IN_WIKI: [Action; 2] = [Action::WikiRead, Action::WikiWrite];

/// What is to be done, and where. A repository that nobody names is any, and so are actions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Errand {
    pub(crate) repository: Option<RepositoryName>,
    pub(crate) actions: Actions,
}

impl Errand {
    /// What git says itself goes before what the gateway's challenge says.
    pub(crate) fn of(question: &Question, challenge: Option<&Challenge>) -> Self {
        let path = question.path.as_deref().and_then(read_path);
        let said = |name| challenge.and_then(|challenge| challenge.says(name));
        let repository = match &path {
            Some((repository, _)) => Some(repository.clone()),
            None => said("repository").and_then(|name| name.parse().ok()),
        };
        let usual: Actions = match path {
            Some((_, true)) => IN_WIKI.into(),
            Some((_, false)) => IN_REPOSITORY.into(),
            None => IN_REPOSITORY.into_iter().chain(IN_WIKI).collect(),
        };
        let scope = said("scope").unwrap_or_default().split(' ').filter_map(|word| word.parse().ok());
        let scope: Actions = scope.filter(|action| usual.contains(action)).collect();
        Self { repository, actions: if scope.is_empty() { usual } else { scope } }
    }
}

/// The repository in a path, and whether it is its wiki; git-lfs adds `/info/lfs`.
fn read_path(path: &str) -> Option<(RepositoryName, bool)> {
    let mut segments = path.trim_matches('/').split('/');
    let (owner, name) = (segments.next()?, segments.next()?);
    let rest: Vec<_> = segments.collect();
    if !matches!(rest[..], [] | ["info", "lfs", ..]) {
        return None;
    }
    let name = name.strip_suffix(".git").unwrap_or(name);
    let (name, is_wiki) = name.strip_suffix(".wiki").map_or((name, false), |name| (name, true));
    Some((format!("{owner}/{name}").parse().ok()?, is_wiki))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errand(path: Option<&str>, challenge: Option<&str>) -> (Option<String>, Vec<&'static str>) {
        let question = Question { path: path.map(str::to_owned), ..Question::default() };
        let challenge = challenge.map(|text| Challenge::parse(text).expect("one challenge"));
        let errand = Errand::of(&question, challenge.as_ref());
        (errand.repository.map(|name| name.to_string()), errand.actions.iter().map(|action| action.as_str()).collect())
    }

    const PUSHING: [&str; 4] = ["ref:create", "ref:update", "ref:force", "ref:delete"];
    const ALL: [&str; 5] = ["contents:read", "ref:create", "ref:update", "ref:force", "ref:delete"];

    #[test]
    fn a_challenge_tells_what_is_to_be_done_and_where() {
        let reading = r#"Basic realm="x", scope="contents:read", repository="acme/web""#;
        assert_eq!(errand(None, Some(reading)), (Some("acme/web".into()), vec!["contents:read"]));
        let pushing = r#"Basic scope="ref:create ref:delete ref:force ref:update", repository="acme/web""#;
        assert_eq!(errand(None, Some(pushing)), (Some("acme/web".into()), PUSHING.to_vec()));
    }

    #[test]
    fn a_path_tells_where_and_goes_before_a_challenge() {
        for path in ["acme/web.git", "Acme/web", "/acme/web.git/info/lfs", "acme/web/info/lfs/objects/batch"] {
            assert_eq!(errand(Some(path), None), (Some("acme/web".into()), ALL.to_vec()), "{path}");
        }
        let other = r#"Basic scope="contents:read wiki:read", repository="acme/other""#;
        assert_eq!(errand(Some("acme/web.git"), Some(other)), (Some("acme/web".into()), vec!["contents:read"]));
        assert_eq!(errand(Some("acme/web.wiki.git"), None), (Some("acme/web".into()), vec!["wiki:read", "wiki:write"]));
    }

    #[test]
    fn where_nobody_tells_it_is_what_git_does_and_no_more() {
        let anything = [&ALL[..], &["wiki:read", "wiki:write"]].concat();
        assert_eq!(errand(None, None), (None, anything.clone()));
        let mad = r#"Basic scope="credentials:mint audit:read x", repository="none""#;
        assert_eq!(errand(None, Some(mad)), (None, anything));
        assert_eq!(errand(Some("a/b/c"), None).0, None);
    }
}
