//! Reads that name one revision, for those who may not read everything.
//!
//! Whoever may read the repository whole is decided on that, and asked no more. Where a right or a caveat is of refs or
//! paths, the read is decided with the branch and the path it names: what cannot be told to be that branch, the forge being
//! asked a moment before, is refused. What is then forwarded cannot mean another: `contents` is asked for at the very commit
//! the branch is at, and `raw` only where no tag stands before the branch in Gogs's reading.

use gogs_spanner_capability::{Action, Effect, Reason, RefName, RepositoryName, TreePath};

use super::Examiner;
use crate::{
    caller::{Caller, Snapshot},
    classify::{Answers, Reading, RestCall},
    refuse::Refusal,
};

/// How many beginnings of a raw path are asked about as branches. Names of branches have two or three segments.
const MOST_BRANCHES_ASKED: usize = 8;

impl Examiner {
    /// The effect of a read, as complete as the caller's rules need it, and the call that is that very read.
    pub(super) async fn examine_read(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        call: &RestCall,
    ) -> Result<(Effect, RestCall), Refusal> {
        let whole = Effect::of(Action::ContentsRead, call.repository.as_ref());
        let decide = |effect: &Effect| self.authorizer.decide(snapshot, caller, effect);
        let (refused, repository) = match (decide(&whole), &call.repository) {
            (Err(refusal), Some(repository)) if !refusal.reason().is_fault() => (refusal, repository),
            (decision, _) => return decision.map(|()| (whole, call.clone())),
        };
        let Some(reading) = call.reads.as_ref().filter(|_| self.authorizer.reads_some_content(caller, repository))
        else {
            return Err(refused);
        };
        let limited = Limited { examiner: self, snapshot, caller, repository, whole };
        match reading {
            Reading::Contents { revision, path } => limited.contents(call, revision.as_deref(), path.as_ref()).await,
            Reading::Raw(segments) => Ok((limited.raw(segments).await?, call.clone())),
            Reading::Branch(name) => Ok((limited.at(branch(name)?, None)?, call.clone())),
            Reading::Settings(path) => Ok((limited.settings(path).await?, call.clone())),
        }
    }
}

/// A read of somebody who may read some of a repository.
struct Limited<'r> {
    examiner: &'r Examiner,
    snapshot: &'r Snapshot,
    caller: &'r Caller,
    repository: &'r RepositoryName,
    /// The read of everything, which was refused.
    whole: Effect,
}

impl Limited<'_> {
    /// A file or a directory. Where refs do not matter its path is enough, whatever the revision.
    async fn contents(
        &self,
        call: &RestCall,
        revision: Option<&str>,
        path: Option<&TreePath>,
    ) -> Result<(Effect, RestCall), Refusal> {
        let anywhere = touching(self.whole.clone(), path);
        if path.is_some() && self.decide(&anywhere).is_ok() {
            return Ok((anywhere.clone(), sifted(call, anywhere)));
        }
        let name = match revision {
            Some(revision) => revision.strip_prefix("refs/heads/").unwrap_or(revision).to_owned(),
            None => self.default_branch().await?,
        };
        let effect = self.at(branch(&name)?, path)?;
        let commit = self.commit(&name).await?.ok_or_else(|| self.no_branch(&name))?;
        Ok((effect.clone(), sifted(&call.at_commit(&commit), effect)))
    }

    /// A file by a path that begins with the name of its branch. Git has no branch below another, so at most one of the
    /// beginnings is one; Gogs takes a shorter one that is a tag instead.
    async fn raw(&self, segments: &[String]) -> Result<Effect, Refusal> {
        let splits =
            (1..segments.len()).filter_map(|end| Some((segments[..end].join("/"), self.split(segments, end)?)));
        let granted = splits.filter(|(_, effect)| self.decide(effect).is_ok()).take(MOST_BRANCHES_ASKED);
        let mut is_any_granted = false;
        for (name, effect) in granted {
            is_any_granted = true;
            if self.commit(&name).await?.is_some() {
                self.refuse_shadowed(&name).await?;
                return Ok(effect);
            }
        }
        let asked = segments.join("/");
        if is_any_granted {
            return Err(self.no_branch(&asked));
        }
        let why = format!("no right to read `{asked}` of `{}`, whatever of it is the branch", self.repository);
        Err(Refusal::new(Reason::NotGranted).because(why).about(&self.whole))
    }

    /// The read where the first `end` segments are the branch; none where they cannot be.
    fn split(&self, segments: &[String], end: usize) -> Option<Effect> {
        let reference = RefName::for_branch(&segments[..end].join("/")).ok()?;
        let path = TreePath::parse(&segments[end..].join("/")).ok()?;
        Some(touching(self.whole.clone().at(reference), Some(&path)))
    }

    /// Refuses a branch of which a beginning is a tag.
    async fn refuse_shadowed(&self, branch: &str) -> Result<(), Refusal> {
        for (end, _) in branch.match_indices('/') {
            let beginning = &branch[..end];
            let accounts = &self.examiner.accounts;
            if accounts.has_ref_named(&self.caller.agent, self.repository, beginning).await? {
                let why = format!("`{beginning}` is a tag, and Gogs would read that in the place of `{branch}`");
                return Err(Refusal::new(Reason::NotGranted)
                    .because(why)
                    .hint("read it with `contents` and `?ref=`")
                    .about(&self.whole));
            }
        }
        Ok(())
    }

    /// One file of the default branch. Without that branch Gogs takes another.
    async fn settings(&self, path: &TreePath) -> Result<Effect, Refusal> {
        let name = self.default_branch().await?;
        let effect = self.at(branch(&name)?, Some(path))?;
        self.commit(&name).await?.map(|_| effect).ok_or_else(|| self.no_branch(&name))
    }

    /// The decided read of a branch, in a path or whole.
    fn at(&self, reference: RefName, path: Option<&TreePath>) -> Result<Effect, Refusal> {
        let effect = touching(self.whole.clone().at(reference), path);
        self.decide(&effect).map(|()| effect)
    }

    fn decide(&self, effect: &Effect) -> Result<(), Refusal> {
        self.examiner.authorizer.decide(self.snapshot, self.caller, effect)
    }

    async fn default_branch(&self) -> Result<String, Refusal> {
        Ok(self.examiner.accounts.repository(&self.caller.agent, self.repository).await?.default_branch)
    }

    async fn commit(&self, branch: &str) -> Result<Option<String>, Refusal> {
        self.examiner.accounts.branch(&self.caller.agent, self.repository, branch).await
    }

    fn no_branch(&self, name: &str) -> Refusal {
        Refusal::new(Reason::IdAbsent)
            .because(format!("`{name}` names no branch of `{}`, and this right is to read branches", self.repository))
            .hint("name a branch; what is limited to refs or paths reads neither tags nor commits")
            .about(&self.whole)
    }
}

fn touching(effect: Effect, path: Option<&TreePath>) -> Effect {
    effect.touching(path.cloned().into_iter().collect())
}

/// The call of which nothing else is answered than was permitted.
fn sifted(call: &RestCall, read: Effect) -> RestCall {
    RestCall { answers: Answers::Content { read }, ..call.clone() }
}

fn branch(name: &str) -> Result<RefName, Refusal> {
    RefName::for_branch(name).map_err(|error| {
        Refusal::new(Reason::NotGranted)
            .because(format!("`{name}` is not the name of a branch, and this right is to read branches: {error}"))
    })
}
