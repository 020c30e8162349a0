//! The stories of large files.

use gogs_spanner_testkit::{Clone, Forge, Presentation, Setting, TestGateway, Workspace, noise};
use serde_json::json;

use crate::lfs::caller::{BRANCH, LfsCaller, oid};

/// A working copy in which `*.bin` is large.
async fn tracking<'w>(workspace: &'w Workspace, remote: &gogs_spanner_testkit::Remote) -> Clone<'w> {
    let clone = workspace.clone(remote).await;
    clone.git(&["lfs", "install", "--local"]).await.succeeds();
    clone.git(&["lfs", "track", "*.bin"]).await.succeeds();
    clone.git(&["add", ".gitattributes"]).await.succeeds();
    clone
}

/// Push, clone, fetch, prune and pull, however the token is presented and with nothing of git-lfs configured.
pub(crate) async fn moves_large_files(forge: Forge) {
    let gateway = TestGateway::before(forge, Setting::usual().reachable()).await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    for (how, branch) in [(Presentation::Bearer, "agents/bearer"), (Presentation::Password, "agents/password")] {
        let remote = docs.remote_by("acme/handbook", how).with_lfs();
        let content = noise(300_000 + branch.len());
        let handbook = tracking(&workspace, &remote).await;
        handbook.commit("large.bin", &content).await;
        handbook.push(&[&format!("HEAD:refs/heads/{branch}")]).await.succeeds();
        let other = workspace.clone(&remote).await;
        other.git(&["checkout", "-q", branch]).await.succeeds();
        assert!(
            std::fs::read(other.path().join("large.bin")).expect("the file") == content,
            "{how:?}: other bytes came"
        );
        prunes_and_pulls(&other, branch, &content).await;
    }
}

async fn prunes_and_pulls(clone: &Clone<'_>, branch: &str, content: &[u8]) {
    let name = oid(content);
    let object = clone.path().join(format!(".git/lfs/objects/{}/{}/{name}", &name[..2], &name[2..4]));
    assert!(object.exists());
    clone.git(&["checkout", "-q", "master"]).await.succeeds();
    let nothing_is_recent = ["-c", "lfs.fetchrecentrefsdays=0", "-c", "lfs.fetchrecentcommitsdays=0"];
    clone.git(&[&nothing_is_recent[..], &["lfs", "prune", "--verify-remote"]].concat()).await.succeeds();
    assert!(!object.exists(), "it was pruned");
    clone.git(&["lfs", "fetch", "origin", &format!("origin/{branch}")]).await.succeeds();
    assert!(object.exists(), "it was fetched");
    std::fs::remove_file(&object).expect("the object");
    clone
        .git(&[
            "-c",
            "filter.lfs.smudge=git-lfs smudge --skip -- %f",
            "-c",
            "filter.lfs.process=git-lfs filter-process --skip",
            "checkout",
            "-q",
            branch,
        ])
        .await
        .succeeds();
    clone.git(&["lfs", "pull"]).await.succeeds();
    assert!(std::fs::read(clone.path().join("large.bin")).expect("the file") == content, "other bytes came");
}

/// What may not be pushed is not uploaded, and git-lfs says why.
pub(crate) async fn is_refused_a_large_file_with_reason_and_hint(forge: Forge) {
    let gateway = TestGateway::before(forge, Setting::usual().reachable()).await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = tracking(&workspace, &docs.remote("acme/handbook").with_lfs()).await;
    let before = gateway.forge.tip("acme/handbook", "refs/heads/master").await;
    handbook.commit("large.bin", noise(100)).await;
    let said = handbook.push(&["HEAD:refs/heads/master"]).await.fails();
    said.says("not-granted").says("`lfs:write` on `refs/heads/master`").says("hint: ").says("ask the agent's owner");
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/master").await, before);
    docs.batch(&json!({"operation": "download", "objects": [{"oid": oid(&noise(100)), "size": 100}]})).await.is(200);
}

/// Errors stand where clients look, and what is there is not asked for.
pub(crate) async fn is_told_of_objects_as_the_specification_says(forge: Forge) {
    let gateway = TestGateway::before(forge, Setting::usual()).await;
    let docs = gateway.agent("docs-writer").await;
    docs.upload(b"there").await;
    let objects = json!([
        {"oid": oid(b"there"), "size": 5},
        {"oid": oid(b"there"), "size": 6},
        {"oid": oid(b"not there"), "size": 9},
        {"oid": "xyz", "size": 3},
        {"oid": oid(b"y"), "size": -1},
        {"oid": oid(b"z"), "size": 1.5},
    ]);
    let upload = docs.batch(&json!({"operation": "upload", "ref": {"name": BRANCH}, "objects": objects})).await.is(200);
    assert_eq!(upload.headers["content-type"], "application/vnd.git-lfs+json");
    assert_eq!(upload.headers["cache-control"], "no-store");
    let upload = upload.json();
    assert_eq!((&upload["transfer"], &upload["hash_algo"]), (&json!("basic"), &json!("sha256")));
    assert_eq!(fates(&upload), ["nothing", "422", "upload+verify", "422", "422", "422"]);
    let download = docs.batch(&json!({"operation": "download", "objects": objects})).await.is(200).json();
    assert_eq!(fates(&download), ["download", "422", "404", "422", "422", "422"]);
    assert!(download["objects"][2].get("actions").is_none(), "an error stands alone");
    for (asked, said) in
        objects.as_array().into_iter().flatten().zip(download["objects"].as_array().into_iter().flatten())
    {
        assert_eq!((&asked["oid"], &asked["size"]), (&said["oid"], &said["size"]));
    }
}

/// What a client would do with each object.
fn fates(answer: &serde_json::Value) -> Vec<String> {
    let fate = |object: &serde_json::Value| match (object["error"]["code"].as_u64(), object["actions"].as_object()) {
        (Some(code), None) => code.to_string(),
        (None, Some(actions)) => actions.keys().cloned().collect::<Vec<_>>().join("+"),
        (None, None) if object["authenticated"] == true => "nothing".to_owned(),
        odd => format!("{odd:?}"),
    };
    answer["objects"].as_array().expect("objects").iter().map(fate).collect()
}
