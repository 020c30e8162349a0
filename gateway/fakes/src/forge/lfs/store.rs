//! Objects: files by oid, shared by all repositories, and a row for each repository that has one (`lfsutil/storage.go`).

use std::io;

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::Response,
};
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use tokio::{
    fs::{self, File},
    io::AsyncWriteExt,
};
use tokio_util::io::ReaderStream;

use super::{Admitted, Fault, STREAM};
use crate::forge::{answer, auth, core::Core};

/// How many bytes an object of a repository has, if it has it.
pub(super) fn size_of(forge: &Core, admitted: &Admitted, oid: &str) -> Option<i64> {
    forge.state().repositories.get(&admitted.id)?.lfs.get(oid).copied()
}

pub(super) async fn download(forge: &Core, admitted: &Admitted, oid: &str) -> Result<Response, Fault> {
    let absent = || Fault::said(StatusCode::NOT_FOUND, "Object does not exist");
    let size = size_of(forge, admitted, oid).ok_or_else(absent)?;
    let file = File::open(forge.object(oid)).await.map_err(Fault::broken)?;
    let mut response = Response::new(Body::from_stream(ReaderStream::new(file)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(STREAM));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(size));
    Ok(response)
}

/// Of an object that is there the bytes are read and thrown away; others are kept if they have the right hash.
pub(super) async fn upload(forge: &Core, admitted: &Admitted, oid: &str, body: Body) -> Result<Response, Fault> {
    let kept = size_of(forge, admitted, oid).is_some();
    let (size, hash, file) = receive(forge, body).await.map_err(Fault::broken)?;
    if !kept {
        if hash != oid {
            fs::remove_file(file).await.map_err(Fault::broken)?;
            return Err(Fault::said(StatusCode::BAD_REQUEST, "content hash does not match OID"));
        }
        fs::rename(file, forge.object(oid)).await.map_err(Fault::broken)?;
        if let Some(repository) = forge.state().repositories.get_mut(&admitted.id) {
            repository.lfs.insert(oid.to_owned(), size);
        }
    }
    Ok(answer::empty(StatusCode::OK))
}

/// Writes a body to a file of its own. One that breaks off leaves nothing.
async fn receive(forge: &Core, body: Body) -> io::Result<(i64, String, std::path::PathBuf)> {
    let path = forge.object(&format!("upload-{}", auth::random_hex()));
    let written = write(&path, body).await;
    if written.is_err() {
        fs::remove_file(&path).await?;
    }
    written.map(|(size, hash)| (size, hash, path))
}

async fn write(path: &std::path::Path, body: Body) -> io::Result<(i64, String)> {
    let (mut file, mut hash, mut size) = (File::create(path).await?, Sha256::new(), 0);
    let mut pieces = body.into_data_stream().map_err(io::Error::other);
    while let Some(piece) = pieces.try_next().await? {
        file.write_all(&piece).await?;
        hash.update(&piece);
        size += i64::try_from(piece.len()).map_err(io::Error::other)?;
    }
    file.flush().await?;
    Ok((size, hex::encode(hash.finalize())))
}
