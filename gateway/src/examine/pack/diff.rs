//! Reading what `git diff-tree --stdin --raw -z` writes (git-diff-tree(1), "Raw output format").

use gogs_spanner_gitwire::ObjectId;

/// Each changed path with the commit that changes it; `None` if it is not such a list.
///
/// A commit's id stands alone; a change is a field that begins with as many colons as the commit has parents, and the
/// path in the next one. So a path that looks like an id is told from one.
pub(super) fn changes(listed: &[u8]) -> Option<Vec<(ObjectId, Vec<u8>)>> {
    let mut fields = listed.split(|&byte| byte == 0).filter(|field| !field.is_empty());
    let (mut commit, mut changes) = (None, Vec::new());
    while let Some(field) = fields.next() {
        if field.starts_with(b":") {
            changes.push((commit?, fields.next()?.to_vec()));
        } else {
            commit = Some(ObjectId::parse(field)?);
        }
    }
    Some(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "ff48dad925a3a56b5e7fd5be89e3b6d899f96946";

    #[test]
    fn a_path_that_looks_like_a_commit_is_a_path() {
        let listed = format!("{ID}\0:100644 100644 a b M\0{ID}\0::0 0 1 a b c AA\0:docs\0");
        let found = changes(listed.as_bytes()).expect("a list");
        let paths: Vec<_> = found.iter().map(|(_, path)| path.as_slice()).collect();
        assert_eq!(paths, [ID.as_bytes(), b":docs"]);
    }

    #[test]
    fn what_is_no_such_list_is_not_read() {
        for listed in ["docs/a\0", ":100644 100644 a b M\0docs/a\0", "fatal: x", &format!("{ID}\0:1 1 a b M\0")] {
            assert_eq!(changes(listed.as_bytes()), None, "{listed}");
        }
        assert_eq!(changes(b""), Some(Vec::new()));
    }
}
