//! The own endpoints over HTTP.

use axum::{body::Body, response::Response};
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::{FORM, KEYS, LIVE, Own, REVOKE, TOKEN, metadata, router};
use crate::{
    config::{PublicUrl, spelling::Spelling},
    exchange::tests::office::{BEARER, Office, US},
};

impl Office {
    async fn send(&self, request: http::request::Builder, body: impl Into<Body>) -> Response {
        let own =
            Own { exchange: self.exchange.clone(), public_url: PublicUrl::read(US).expect("an origin"), sign_in: None };
        let request = request.extension(self.arrival()).body(body.into()).expect("a request");
        let Ok(response) = router(own).oneshot(request).await;
        response
    }

    async fn post(&self, path: &str, body: &str) -> Response {
        let request = Request::builder().method(Method::POST).uri(path).header(header::CONTENT_TYPE, FORM);
        self.send(request, body.to_owned()).await
    }

    async fn get(&self, path: &str) -> Response {
        self.send(Request::builder().uri(path), Body::empty()).await
    }

    fn form(&self) -> String {
        let assertion = self.assertion();
        format!("grant_type=client_credentials&client_assertion_type={BEARER}&client_assertion={assertion}")
    }
}

async fn json(response: Response) -> Value {
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    serde_json::from_slice(&body).expect("JSON")
}

#[tokio::test]
async fn a_token_is_answered_and_kept_by_nobody_on_the_way() {
    let office = Office::open().await;
    let response = office.post(TOKEN, &office.form()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    let token = json(response).await["access_token"].as_str().expect("a token").to_owned();
    let response = office.post(REVOKE, &format!("token={token}&token_type_hint=access_token")).await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_error_is_json_of_rfc_6749_with_our_reason_beside_it() {
    let office = Office::open().await;
    let response = office.post(TOKEN, "grant_type=password").await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    let document = json(response).await;
    assert_eq!(document["error"], "unsupported_grant_type");
    assert_eq!(document["reason"], "grant-type-unsupported");
    assert!(document["request_id"].is_string() && document["error_description"].is_string());
}

#[tokio::test]
async fn only_one_media_type_is_a_form() {
    let office = Office::open().await;
    for (types, status) in [
        (&[FORM][..], StatusCode::OK),
        (&["application/x-www-form-urlencoded;charset=UTF-8"], StatusCode::OK),
        (&["Application/X-WWW-Form-Urlencoded"], StatusCode::OK),
        (&[], StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (&[FORM, FORM], StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (&["application/json"], StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (&["multipart/form-data; boundary=x"], StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (&["application/x-www-form-urlencoded; charset=utf-16"], StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let request = Request::builder().method(Method::POST).uri(TOKEN);
        let request =
            types.iter().fold(request, |request, media_type| request.header(header::CONTENT_TYPE, *media_type));
        assert_eq!(office.send(request, office.form()).await.status(), status, "{types:?}");
    }
}

#[tokio::test]
async fn parameters_are_taken_from_the_body_alone_and_once() {
    let office = Office::open().await;
    let in_query = office.post(&format!("{TOKEN}?lifetime=60"), &office.form()).await;
    assert_eq!(in_query.status(), StatusCode::BAD_REQUEST);
    let twice = office.post(TOKEN, &format!("{}&grant_type=client_credentials", office.form())).await;
    assert_eq!(json(twice).await["reason"], "request-malformed");
    let unknown = office.post(REVOKE, "token=x&tokens=y").await;
    assert_eq!(unknown.status(), StatusCode::BAD_REQUEST);
    assert_eq!(office.post(REVOKE, "").await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_body_is_read_up_to_its_bound() {
    let office = Office::open().await;
    let endless = office.post(TOKEN, &"x".repeat(super::BODY_AT_MOST + 1)).await;
    assert_eq!(endless.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_metadata_lists_what_has_a_handler() {
    let office = Office::open().await;
    let server = json(office.get(metadata::AUTHORIZATION_SERVER).await).await;
    assert_eq!(server["issuer"], US);
    for endpoint in ["token_endpoint", "revocation_endpoint", "jwks_uri"] {
        let address = server[endpoint].as_str().expect("an address");
        let path = address.strip_prefix(US).expect("ours");
        assert_ne!(office.get(path).await.status(), StatusCode::NOT_FOUND, "{endpoint}");
    }
    for grant in server["grant_types_supported"].as_array().expect("a list") {
        let form = format!("grant_type={}", grant.as_str().expect("a text"));
        assert_eq!(json(office.post(TOKEN, &form).await).await["reason"], "request-malformed", "{grant}");
    }
    let resource = json(office.get(metadata::PROTECTED_RESOURCE).await).await;
    assert_eq!((&resource["resource"], &resource["authorization_servers"][0]), (&US.into(), &US.into()));
}

#[tokio::test]
async fn the_published_keys_are_those_of_the_tokens() {
    let office = Office::open().await;
    let set = json(office.get(KEYS).await).await;
    assert_eq!((&set["keys"][0]["kty"], &set["keys"][0]["use"]), (&"OKP".into(), &"biscuit".into()));
}

#[tokio::test]
async fn what_is_not_served_here_is_a_problem() {
    let office = Office::open().await;
    assert_eq!(office.get(LIVE).await.status(), StatusCode::OK);
    for (path, status) in [
        ("/-/spanner/oauth/introspect", StatusCode::NOT_FOUND),
        ("/-/spanner/", StatusCode::NOT_FOUND),
        ("/.well-known/openid-configuration", StatusCode::NOT_FOUND),
        (TOKEN, StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let response = office.get(path).await;
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json", "{path}");
    }
}

#[tokio::test]
async fn whoever_opens_the_door_by_its_name_is_told_where_it_leads() {
    let answer = Office::open().await.get("/").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    let text = answer.into_body().collect().await.expect("a body").to_bytes();
    let text = std::str::from_utf8(&text).expect("text");
    assert!(text.contains("spanner token get") && !text.contains(env!("CARGO_PKG_VERSION")), "{text}");
}
