//! What lies between an automation and the gateway: says what it was shown, and gives its answer in two parts.
//!
//! `spanner doctor` sends a credential of full size here and looks whether it arrived whole, and whether the first part
//! comes before the second is given. Whoever asks learns nothing but the digest of what she sent.

use std::{convert::Infallible, time::Duration};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

/// Where it is asked.
pub(crate) const PASSAGE: &str = "/-/spanner/passage";

/// Between the two parts: long enough to be told from the way they take.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// The digest of what arrived as `Authorization`, and a pause later the end.
pub(super) async fn passage(headers: HeaderMap) -> Response {
    let arrived = digest(headers.get_all(header::AUTHORIZATION));
    let last = stream::once(async {
        tokio::time::sleep(PAUSE).await;
        Ok::<_, Infallible>(Bytes::from_static(b"end\n"))
    });
    let first = stream::iter([Ok(Bytes::from(format!("{arrived}\n")))]);
    let mut response = Response::new(Body::from_stream(first.chain(last)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// SHA-256 of these values, in hexadecimal.
pub(crate) fn digest<'v>(values: impl IntoIterator<Item = &'v HeaderValue>) -> String {
    let digest = values.into_iter().fold(Sha256::new(), |digest, value| digest.chain_update(value.as_bytes()));
    hex::encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_digest_comes_at_once_and_the_end_a_pause_later() {
        let (mut headers, sent) = (HeaderMap::new(), HeaderValue::from_static("Bearer x"));
        headers.insert(header::AUTHORIZATION, sent.clone());
        let (began, mut body) = (Instant::now(), passage(headers).await.into_body());
        let mut part = async || body.frame().await.expect("a part").expect("it is whole").into_data().expect("data");
        assert_eq!(part().await, format!("{}\n", digest([&sent])));
        assert_eq!((began.elapsed(), part().await), (Duration::ZERO, Bytes::from_static(b"end\n")));
        assert_eq!(began.elapsed(), PAUSE);
    }
}
