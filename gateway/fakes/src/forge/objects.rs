//! Git's own objects: trees and blobs by revision.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    answer::{self, Answer, Fault},
    call::Call,
    contents::{self, Entry},
    git::line,
    repository::Access,
};

/// One level of a tree. A file's mode is shown as a symbolic link's (recorded).
pub(super) async fn tree(call: &Call, (owner, name): (&str, &str), revision: &str) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let found = object(call, &target.directory, &format!("{revision}^{{tree}}")).await?;
    let url = |id: &str| format!("{}/git/trees/{id}", target.api_url);
    let row = |entry: &Entry| {
        let mode = if entry.kind == "blob" { "120000" } else { &entry.mode };
        json!({
            "path": entry.path,
            "mode": mode,
            "type": entry.kind,
            "size": entry.size,
            "sha": entry.id,
            "url": url(&entry.id),
        })
    };
    let entries = contents::entries(&call.forge, &target, &found, "").await?;
    let rows: Vec<Value> = entries.iter().map(row).collect();
    answer::ok(&json!({"sha": revision, "url": url(revision), "tree": rows}))
}

pub(super) async fn blob(call: &Call, (owner, name): (&str, &str), revision: &str) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let id = object(call, &target.directory, &format!("{revision}^{{blob}}")).await?;
    let content = call.forge.git.run(&target.directory, &["cat-file", "blob", &id]).await?;
    answer::ok(&json!({
        "content": STANDARD.encode(&content),
        "encoding": "base64",
        "url": format!("{}/git/blobs/{revision}", target.api_url),
        "sha": id,
        "size": content.len(),
    }))
}

async fn object(call: &Call, directory: &std::path::Path, revision: &str) -> Result<String, Fault> {
    let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", revision];
    let id = call.forge.git.run(directory, &arguments).await.map_err(|_| Fault::NOT_FOUND)?;
    Ok(line(id)?)
}
