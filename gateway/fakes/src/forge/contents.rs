//! Reading files and directories through the API (`repo/contents.go`).

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    answer::{self, Answer, Fault},
    call::{Call, Target},
    core::Core,
    repository::Access,
};

/// One entry of a Git tree.
pub(super) struct Entry {
    pub(super) mode: String,
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) size: u64,
    /// From the root of the repository.
    pub(super) path: String,
}

pub(super) async fn get(call: &Call, (owner, name): (&str, &str), path: &[&str]) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let revision = call.query("ref").filter(|revision| !revision.is_empty());
    let revision = revision.unwrap_or_else(|| target.default_branch.clone());
    let commit = call.forge.git.commit_of(&target.directory, &revision).await.ok_or(Fault::NOT_FOUND)?;
    let path = clean(path);
    if path.is_empty() {
        return directory(call, &target, &revision, &commit, "").await;
    }
    let entry = entries(&call.forge, &target, &commit, &path).await?.into_iter().next().ok_or(Fault::NOT_FOUND)?;
    if entry.kind == "tree" {
        return directory(call, &target, &revision, &commit, &format!("{path}/")).await;
    }
    answer::ok(&describe(&call.forge, &target, &revision, &entry).await?)
}

/// All of a directory, with the content of every file in it.
async fn directory(call: &Call, target: &Target, revision: &str, commit: &str, prefix: &str) -> Answer {
    let mut rows = Vec::new();
    for entry in entries(&call.forge, target, commit, prefix).await? {
        rows.push(describe(&call.forge, target, revision, &entry).await?);
    }
    answer::ok(&Value::Array(rows))
}

/// The entry of a path, or, with a slash at its end or nothing, those of a directory.
pub(super) async fn entries(forge: &Core, target: &Target, tree: &str, path: &str) -> Result<Vec<Entry>, Fault> {
    let mut arguments = vec!["ls-tree", "-l", "-z", "--full-tree", tree];
    if !path.is_empty() {
        arguments.extend(["--", path]);
    }
    let listing = forge.git.run(&target.directory, &arguments).await?;
    let listing = String::from_utf8_lossy(&listing);
    Ok(listing.split_terminator('\0').filter_map(entry).collect())
}

/// Reads `100644 blob ID    SIZE\tPATH`.
fn entry(row: &str) -> Option<Entry> {
    let (facts, path) = row.split_once('\t')?;
    let mut facts = facts.split_ascii_whitespace();
    let (mode, kind, id) = (facts.next()?.to_owned(), facts.next()?.to_owned(), facts.next()?.to_owned());
    let size = facts.next()?.parse().unwrap_or(0);
    Some(Entry { mode, kind, id, size, path: path.to_owned() })
}

/// An entry as the API shows it. The pages it names carry the name of the file without its directory (recorded).
pub(super) async fn describe(forge: &Core, target: &Target, revision: &str, entry: &Entry) -> Result<Value, Fault> {
    let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
    let web = format!("{}/{}", forge.external_url, target.full_name);
    let url = format!("{}/contents/{}", target.api_url, entry.path);
    let (kind, objects) = if entry.kind == "tree" { ("dir", "trees") } else { ("file", "blobs") };
    let git_url = format!("{}/git/{objects}/{}", target.api_url, entry.id);
    let html_url = format!("{web}/src/{revision}/{name}");
    let mut row = json!({
        "type": kind,
        "size": entry.size,
        "name": name,
        "path": entry.path,
        "sha": entry.id,
        "url": url,
        "git_url": git_url,
        "html_url": html_url,
        "download_url": format!("{web}/raw/{revision}/{name}"),
        "_links": {"git": git_url, "self": url, "html": html_url},
    });
    if entry.kind == "blob" {
        let content = forge.git.run(&target.directory, &["cat-file", "blob", &entry.id]).await?;
        row["encoding"] = json!("base64");
        row["content"] = json!(STANDARD.encode(content));
    }
    Ok(row)
}

/// What Gogs makes of a path: a backslash is a slash, and dot segments are resolved without leaving the root.
pub(super) fn clean(path: &[&str]) -> String {
    let joined = path.join("/").replace('\\', "/");
    let mut kept: Vec<&str> = Vec::new();
    for segment in joined.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    kept.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_never_leaves_the_repository() {
        assert_eq!(clean(&["docs", "..", "..", "a\\b"]), "a/b");
        assert_eq!(clean(&[]), "");
    }
}
