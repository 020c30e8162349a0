//! Which paths an update touches, asked only where a rule speaks of paths.
//!
//! Two sets, both decided. *Across*: every entry (mode and object) that differs between the trees before and after,
//! whoever wrote the commits, so that moving a branch to somebody's unreviewed work does not slip through. *Within*: every
//! path a new commit changes from what each of its parents has, so that nothing hides in history or in a merge. An entry
//! of the first set that is as at the merge base with a ref that may be merged is marked so, unless it is in the second.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Seek, Write};

use gogs_spanner_capability::{Place, RefName, Touch, token::MAX_PATHS};
use gogs_spanner_gitwire::{ObjectId, RefUpdate};

use super::{Commit, PackError, Room, diff, refs::ForgeRefs};

/// New commits whose changes are listed; a longer history is not pushed by an agent that is limited to some paths.
const MAX_COMMITS: usize = 20_000;

/// The tree without entries, which git knows by heart (`empty_tree` in `object-file.c`).
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// How changes are listed: entry by entry, never a rename (which is both its paths), nothing left out.
const LISTED: [&str; 4] = ["-r", "-z", "--no-renames", "--ignore-submodules=none"];

/// What is asked about one update.
#[derive(Debug)]
pub struct Span<'a> {
    /// The update; not a deletion.
    pub update: &'a RefUpdate,
    /// Where the forge's branches begin: what a creation is compared with.
    pub default_branch: Option<&'a RefName>,
    /// The refs that may be merged.
    pub merge_from: &'a BTreeSet<RefName>,
}

impl Room {
    /// What an update touches; `None` where one of its ends is no commit, so that nobody can tell.
    pub async fn touches(&self, refs: &ForgeRefs, span: &Span<'_>) -> Result<Option<Vec<Touch>>, PackError> {
        let Some(new) = self.commit(span.update.new).await? else { return Ok(None) };
        let Some(before) = self.before(refs, span, new).await? else { return Ok(None) };
        let mut found = self.across(&before, new).await?;
        for from in span.merge_from {
            self.mark_merged(refs, from, new, &mut found).await?;
        }
        for (commit, path) in self.within(refs, new).await? {
            let touch = found.entry(path).or_insert_with_key(|path| touch(path));
            touch.commits.push(commit.to_string());
            touch.merged_from.clear();
        }
        if found.len() > MAX_PATHS { Err(PackError::TooManyPaths) } else { Ok(Some(found.into_values().collect())) }
    }

    /// What the new tree is compared with: a creation, with where it left the default branch.
    async fn before(&self, refs: &ForgeRefs, span: &Span<'_>, new: ObjectId) -> Result<Option<String>, PackError> {
        if !span.update.old.is_zero() {
            return Ok(self.commit(span.update.old).await?.map(|old| old.to_string()));
        }
        let tip = span.default_branch.and_then(|branch| refs.tip(branch));
        let base = match tip {
            Some(tip) => self.merge_base(tip, new).await?,
            None => None,
        };
        Ok(Some(base.map_or_else(|| EMPTY_TREE.to_owned(), |base| base.to_string())))
    }

    async fn across(&self, before: &str, new: ObjectId) -> Result<BTreeMap<Vec<u8>, Touch>, PackError> {
        let paths = self.difference(before, new).await?;
        Ok(paths.into_iter().map(|path| (path.clone(), touch(&path))).collect())
    }

    /// Marks what is as at the merge base with `from`.
    async fn mark_merged(
        &self,
        refs: &ForgeRefs,
        from: &RefName,
        new: ObjectId,
        found: &mut BTreeMap<Vec<u8>, Touch>,
    ) -> Result<(), PackError> {
        let Some(tip) = refs.tip(from) else { return Ok(()) };
        let Some(base) = self.merge_base(tip, new).await? else { return Ok(()) };
        let changed: BTreeSet<_> = self.difference(&base.to_string(), new).await?.into_iter().collect();
        for (_, touch) in found.iter_mut().filter(|(path, _)| !changed.contains(*path)) {
            touch.merged_from.insert(from.clone());
        }
        Ok(())
    }

    /// Every path a commit the forge does not have yet changes from all of its parents, with that commit.
    async fn within(&self, refs: &ForgeRefs, new: ObjectId) -> Result<Vec<(ObjectId, Vec<u8>)>, PackError> {
        let commits = self.new_commits(refs, new).await?;
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        let listing = ["--stdin", "-c", "--root", "--raw"];
        let listing = self.listing(&[&["diff-tree"], &listing[..], &LISTED].concat());
        let finished = self.run(listing.reading(self.sheet(&commits)?)).await?;
        diff::changes(&finished.output).ok_or_else(|| PackError::Unreadable("a list of changes it wrote".to_owned()))
    }

    /// The commits an update brings that the forge does not have yet; none where its new end is no commit.
    pub async fn brought(&self, refs: &ForgeRefs, update: &RefUpdate) -> Result<HashMap<ObjectId, Commit>, PackError> {
        let Some(new) = self.commit(update.new).await? else { return Ok(HashMap::new()) };
        self.read_commits(&self.new_commits(refs, new).await?).await
    }

    /// The ids of the commits, a line each.
    async fn new_commits(&self, refs: &ForgeRefs, new: ObjectId) -> Result<Vec<u8>, PackError> {
        let known = refs.tips().map(|tip| format!("^{tip}\n"));
        let wanted: String = std::iter::once(format!("{new}\n")).chain(known).collect();
        let most = format!("--max-count={}", MAX_COMMITS + 1);
        let job = self.listing(&["rev-list", &most, "--stdin"]).reading(self.sheet(wanted.as_bytes())?);
        let commits = self.run(job).await?.output;
        let lines = commits.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        if lines.count() > MAX_COMMITS { Err(PackError::TooManyPaths) } else { Ok(commits) }
    }

    /// The paths of the entries that differ.
    async fn difference(&self, before: &str, new: ObjectId) -> Result<Vec<Vec<u8>>, PackError> {
        let ends = [before, &new.to_string()];
        let job = self.listing(&[&["diff-tree", "--name-only"], &LISTED[..], &ends].concat());
        let listed = self.run(job).await?.output;
        Ok(listed.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(<[u8]>::to_vec).collect())
    }

    /// The commit an object is or, being a tag, stands for.
    async fn commit(&self, object: ObjectId) -> Result<Option<ObjectId>, PackError> {
        let finished = self.ask(&["rev-parse", "-q", "--verify", &format!("{object}^{{commit}}")]).await?;
        Ok(if finished.code == 0 { ObjectId::parse(finished.output.trim_ascii_end()) } else { None })
    }

    /// Where two histories part; 1 says that they have nothing in common.
    async fn merge_base(&self, one: ObjectId, other: ObjectId) -> Result<Option<ObjectId>, PackError> {
        let finished = self.ask(&["merge-base", &one.to_string(), &other.to_string()]).await?;
        match finished.code {
            0 => Ok(ObjectId::parse(finished.output.trim_ascii_end())),
            1 => Ok(None),
            _ => Err(PackError::Unreadable(finished.complaint)),
        }
    }

    /// A file with these lines, for git to read.
    pub(super) fn sheet(&self, lines: &[u8]) -> Result<std::fs::File, PackError> {
        let mut file = tempfile::tempfile_in(self.path())?;
        file.write_all(lines)?;
        file.rewind()?;
        Ok(file)
    }
}

fn touch(path: &[u8]) -> Touch {
    Touch { place: Place::of(path), commits: Vec::new(), merged_from: BTreeSet::new() }
}
