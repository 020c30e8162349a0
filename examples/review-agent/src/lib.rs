//! An agent that reviews a README: it reads files, comments on an issue, tries to write where it may not, reads the hint
//! it is given and does the allowed thing instead.

mod forge;

use gogs_spanner_sdk::{Action, Error, NameError, Refused, RepositoryName, Rights, Session, TokenError};

use self::forge::Repository;

/// What the agent would like to add.
const NOTE: &str = "\nSee the issues for what is planned.\n";

/// What it was asked to do.
#[derive(Debug, Clone)]
pub struct Task {
    /// Where: `acme/handbook`.
    pub repository: String,
    /// The number of the issue that asks for it.
    pub issue: u64,
}

/// What it did.
#[derive(Debug)]
pub struct Review {
    /// The files it read.
    pub files: Vec<String>,
    /// The id of its comment.
    pub comment: u64,
    /// What it was told when it tried to write the default branch.
    pub refused: Refused,
    /// The branch it wrote instead.
    pub branch: String,
}

/// Why it did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// No token, no answer, or a no it has no answer to.
    #[error(transparent)]
    Sdk(#[from] Error),
    /// The repository's name is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Its own token cannot be read.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// It was let through where this example expects a refusal.
    #[error("it may write the default branch; give it a role that cannot")]
    NotRefused,
    /// It has no right to propose anything.
    #[error("no right to create a branch below some prefix, such as `refs/heads/agents/**`")]
    NoBranch,
}

/// Does the task, and says what it does.
pub async fn review(session: &Session, task: &Task, say: impl Fn(&str)) -> Result<Review, Failure> {
    let repository = Repository::new(session.client(), &task.repository);

    let title = repository.issue(task.issue).await?;
    say(&format!("issue {}: {title}", task.issue));
    let files = repository.files().await?;
    let readme = repository.read("README.md").await?;
    say(&format!("read {}; the README has {} bytes", files.join(", "), readme.len()));

    let remark = format!("I have read the README, all {} bytes of it, and would add a line.", readme.len());
    let comment = repository.comment(task.issue, &remark).await?;
    say(&format!("commented (id {comment})"));

    // Writing the default branch would be the quickest way.
    let default = repository.default_branch().await?;
    let written = repository.write("README.md", &format!("{readme}{NOTE}"), &default).await;
    let refused = match written {
        Err(Error::Refused(refused)) => refused,
        written => return written.map_err(Failure::from).and(Err(Failure::NotRefused)),
    };
    say(&format!("may not write {default}: {} ({})", refused.why, refused.reason));
    say(&format!("hint: {}", refused.hint.as_deref().unwrap_or("none")));

    // The hint says where to look: the token tells which branches are there to write.
    let rights = session.token().await?.rights()?;
    let branch = proposal(&rights, &task.repository.parse()?, task.issue).ok_or(Failure::NoBranch)?;
    repository.write("README.md", &format!("{readme}{NOTE}"), &branch).await?;
    say(&format!("wrote the branch {branch} instead"));
    Ok(Review { files, comment, refused, branch })
}

/// A branch that the rights let an agent create, named for an issue.
fn proposal(rights: &Rights, repository: &RepositoryName, issue: u64) -> Option<String> {
    let creating = rights.on(repository).filter(|right| right.actions.contains(&Action::RefCreate));
    let prefix = creating.flat_map(|right| right.refs.iter()).find_map(|pattern| {
        let branches = pattern.as_str().strip_prefix("refs/heads/")?;
        branches.strip_suffix("**").filter(|prefix| prefix.ends_with('/') && !prefix.contains('*'))
    })?;
    Some(format!("{prefix}review-{issue}"))
}
