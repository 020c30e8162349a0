//! The batch (`internal/route/lfs/batch.go`).

use axum::{http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Admitted, Fault, is_oid, said, store};
use crate::forge::core::Core;

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    operation: String,
    #[serde(default)]
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    oid: String,
    #[serde(default)]
    size: i64,
}

pub(super) fn answer(forge: &Core, admitted: &Admitted, body: &[u8]) -> Result<Response, Fault> {
    let request: Request = serde_json::from_slice(body).map_err(|error| Fault::said(StatusCode::BAD_REQUEST, error))?;
    let external = forge.state().lfs_links.clone().unwrap_or_else(|| forge.external_url.clone());
    let base = format!("{external}/{}.git/info/lfs/objects/basic", admitted.full_name);
    let actions = |object: &Object| match request.operation.as_str() {
        "upload" => Some(upload(&base, object)),
        "download" => Some(download(&base, object, store::size_of(forge, admitted, &object.oid))),
        _ => None,
    };
    let objects: Option<Vec<Value>> = request
        .objects
        .iter()
        .map(|object| Some(json!({"oid": object.oid, "size": object.size, "actions": actions(object)?})))
        .collect();
    match objects.filter(|_| matches!(request.operation.as_str(), "upload" | "download")) {
        Some(objects) => Ok(said(StatusCode::OK, &json!({"transfer": "basic", "objects": objects}))),
        None => Err(Fault::said(StatusCode::BAD_REQUEST, "Operation not recognized")),
    }
}

/// Whatever is there already is asked for all the same.
fn upload(base: &str, object: &Object) -> Value {
    if !is_oid(&object.oid) {
        return error(StatusCode::UNPROCESSABLE_ENTITY, "Object has invalid oid");
    }
    json!({
        "upload": {"href": format!("{base}/{}", object.oid), "header": {"Content-Type": super::STREAM}},
        "verify": {"href": format!("{base}/verify")},
    })
}

fn download(base: &str, object: &Object, stored: Option<i64>) -> Value {
    match stored {
        None => error(StatusCode::NOT_FOUND, "Object does not exist"),
        Some(size) if size != object.size => error(StatusCode::UNPROCESSABLE_ENTITY, "Object size mismatch"),
        Some(_) => json!({"download": {"href": format!("{base}/{}", object.oid)}}),
    }
}

fn error(code: StatusCode, message: &str) -> Value {
    json!({"error": {"code": code.as_u16(), "message": message}})
}
