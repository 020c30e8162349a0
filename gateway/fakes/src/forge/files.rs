//! Files as bytes: raw, archives, and the two little services `editorconfig` and `markdown`.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, EXPIRES, LAST_MODIFIED, PRAGMA},
    },
    response::Response,
};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    answer::{self, Answer, Fault},
    call::{Call, Target},
    contents,
    git::line,
    repository::Access,
};

/// What Gogs takes for a commit by its length alone (`RepoRef` in `internal/context/repo.go`).
const COMMIT_ID: usize = 40;

/// `raw/<ref>/<path>`: the shortest beginning that is a branch or a tag is the revision, else the first segment, a commit.
pub(super) async fn raw(call: &Call, (owner, name): (&str, &str), path: &[&str]) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let (commit, file) = split(call, &target, path).await?;
    let content = call.forge.git.run(&target.directory, &["cat-file", "blob", &format!("{commit}:{file}")]).await;
    let content = content.map_err(|_| Fault::NOT_FOUND)?;
    let plain = !content.contains(&0) && std::str::from_utf8(&content).is_ok();
    let kind = if plain { "text/plain; charset=utf-8" } else { "application/octet-stream" };
    let mut response = answer::typed(StatusCode::OK, kind, Body::from(content));
    if !plain {
        let name = file.rsplit('/').next().unwrap_or(&file);
        insert(response.headers_mut(), CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
    }
    last_modified(call, &target, &commit, &mut response).await?;
    Ok(response)
}

/// `archive/<ref>.zip` or `.tar.gz`.
pub(super) async fn archive(call: &Call, (owner, name): (&str, &str), path: &[&str]) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let wanted = path.join("/");
    let formats = [(".zip", "zip"), (".tar.gz", "tar.gz")];
    let (revision, extension) = formats
        .iter()
        .find_map(|(suffix, format)| Some((wanted.strip_suffix(suffix)?, *format)))
        .ok_or(Fault::NOT_FOUND)?;
    let commit = call.forge.git.commit_of(&target.directory, revision).await.ok_or(Fault::NOT_FOUND)?;
    let name = target.name.to_lowercase();
    let options = [format!("--format={extension}"), format!("--prefix={name}/")];
    let bytes = call.forge.git.run(&target.directory, &["archive", &options[0], &options[1], &commit]).await?;
    let mut response = answer::typed(StatusCode::OK, "application/octet-stream", Body::from(bytes));
    let file = format!("{name}-{}.{extension}", revision.replace('/', "-"));
    download(response.headers_mut(), &file);
    last_modified(call, &target, &commit, &mut response).await?;
    Ok(response)
}

/// The properties of the section `[*]` of the default branch's `.editorconfig`; 404 without such a file.
pub(super) async fn editorconfig(call: &Call, (owner, name): (&str, &str), _file: &str) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let file = format!("refs/heads/{}:.editorconfig", target.default_branch);
    let text = call.forge.git.run(&target.directory, &["cat-file", "blob", &file]).await;
    let text = text.map_err(|_| Fault::NOT_FOUND)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let section =
        text.lines().skip_while(|line| line.trim() != "[*]").skip(1).take_while(|line| !line.starts_with('['));
    let properties = section.filter_map(|line| line.split_once('='));
    let properties = properties.map(|(name, value)| (name.trim().to_owned(), Value::from(value.trim())));
    answer::ok(&Value::Object(properties.collect::<Map<_, _>>()))
}

/// Not Markdown, but an answer of its type: the text as one paragraph, escaped.
pub(super) fn markdown(call: &Call) -> Response {
    let text = call.json::<Map<String, Value>>().ok();
    let text = text.and_then(|form| form.get("text")?.as_str().map(str::to_owned)).unwrap_or_default();
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    answer::typed(StatusCode::OK, "text/html; charset=utf-8", format!("<p>{text}</p>\n"))
}

async fn split(call: &Call, target: &Target, path: &[&str]) -> Result<(String, String), Fault> {
    for end in 1..path.len() {
        let name = path[..end].join("/");
        for revision in [format!("refs/heads/{name}"), format!("refs/tags/{name}")] {
            if let Some(commit) = call.forge.git.commit_of(&target.directory, &revision).await {
                return Ok((commit, contents::clean(&path[end..])));
            }
        }
    }
    if let [commit, file @ ..] = path
        && commit.len() == COMMIT_ID
        && let Some(commit) = call.forge.git.commit_of(&target.directory, commit).await
    {
        return Ok((commit, contents::clean(file)));
    }
    Err(Fault::NOT_FOUND)
}

async fn last_modified(call: &Call, target: &Target, commit: &str, response: &mut Response) -> Result<(), Fault> {
    let printed = call.forge.git.run(&target.directory, &["log", "-1", "--format=%ct", commit]).await?;
    let second = line(printed)?.parse().map_err(|_| Fault::Broken)?;
    let time = Timestamp::from_second(second).map_err(|_| Fault::Broken)?;
    insert(response.headers_mut(), LAST_MODIFIED, &time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    Ok(())
}

/// What Gogs says of every file it wants saved.
fn download(headers: &mut HeaderMap, file: &str) {
    insert(headers, CONTENT_DISPOSITION, &format!("attachment; filename={file}"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("must-revalidate"));
    headers.insert("content-description", HeaderValue::from_static("File Transfer"));
    headers.insert("content-transfer-encoding", HeaderValue::from_static("binary"));
    headers.insert(EXPIRES, HeaderValue::from_static("0"));
    headers.insert(PRAGMA, HeaderValue::from_static("public"));
}

/// Names of files and dates; one that is no header value is left out.
fn insert(headers: &mut HeaderMap, name: axum::http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}
