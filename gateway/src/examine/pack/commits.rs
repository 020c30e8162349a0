//! Commits, read byte for byte: git's own listings re-encode messages and stop at a NUL, the forge does neither.

use std::collections::HashMap;

use gogs_spanner_gitwire::ObjectId;

use super::{PackError, Room};

/// One commit, as far as it is asked about.
#[derive(Debug, PartialEq, Eq)]
pub struct Commit {
    /// What it builds upon.
    pub parents: Vec<ObjectId>,
    /// What it says.
    pub message: Vec<u8>,
}

impl Room {
    /// The commits of these ids, a line each.
    pub(super) async fn read_commits(&self, ids: &[u8]) -> Result<HashMap<ObjectId, Commit>, PackError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let job = self.listing(&["cat-file", "--batch"]).reading(self.sheet(ids)?);
        let listed = self.run(job).await?.output;
        batch(&listed).ok_or_else(|| PackError::Unreadable("commits it wrote".to_owned()))
    }
}

/// Reads `ID commit SIZE`, the object, and a line end, again and again (git-cat-file(1), "Batch output").
fn batch(mut listed: &[u8]) -> Option<HashMap<ObjectId, Commit>> {
    let mut commits = HashMap::new();
    while !listed.is_empty() {
        let end = listed.iter().position(|&byte| byte == b'\n')?;
        let mut head = listed[..end].split(|&byte| byte == b' ');
        let (id, kind, size) = (ObjectId::parse(head.next()?)?, head.next()?, head.next()?);
        let size: usize = std::str::from_utf8(size).ok()?.parse().ok()?;
        let (object, rest) = listed[end + 1..].split_at_checked(size)?;
        listed = rest.strip_prefix(b"\n")?;
        if kind == b"commit" {
            commits.insert(id, commit(object)?);
        }
    }
    Some(commits)
}

fn commit(object: &[u8]) -> Option<Commit> {
    let (mut rest, mut parents) = (object, Vec::new());
    while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        if let Some(parent) = line.strip_prefix(b"parent ") {
            parents.push(ObjectId::parse(parent)?);
        }
    }
    Some(Commit { parents, message: rest.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "ff48dad925a3a56b5e7fd5be89e3b6d899f96946";

    #[test]
    fn a_message_is_read_to_its_last_byte() {
        let object = format!("tree {ID}\nparent {ID}\nencoding UTF-7\ngpgsig a\n \n b\n\nok\0 fixes #3\n\nparent x\n");
        let listed = format!("{ID} commit {}\n{object}\n", object.len());
        let commits = batch(listed.as_bytes()).expect("a listing");
        let id = ObjectId::parse(ID.as_bytes()).expect("an id");
        assert_eq!(commits[&id].parents, [id]);
        assert_eq!(commits[&id].message, b"ok\0 fixes #3\n\nparent x\n");
    }

    #[test]
    fn what_is_no_such_listing_is_not_read() {
        for listed in [format!("{ID} missing\n"), format!("{ID} commit 9\nshort\n"), "x commit 0\n\n".to_owned()] {
            assert_eq!(batch(listed.as_bytes()), None, "{listed}");
        }
        assert_eq!(batch(b""), Some(HashMap::new()));
    }
}
