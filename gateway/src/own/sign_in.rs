//! Where people sign in: a device's beginning, and the two pages a browser goes through.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use gogs_spanner_capability::Reason;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

use super::{Asked, Own, form, page, refused, unstored};
use crate::{
    exchange::{Browser, SignInOffice, form::Form, sign_in_client},
    refuse::{self, Refusal},
    request::Arrival,
};

/// The device authorization endpoint (RFC 8628 §3.1).
pub(crate) const DEVICE: &str = "/-/spanner/oauth/device_authorization";
/// The authorization endpoint (RFC 6749 §3.1).
pub(crate) const AUTHORIZE: &str = "/-/spanner/oauth/authorize";
/// Our redirect URI at the issuer.
pub(crate) const CALLBACK: &str = "/-/spanner/oauth/callback";
/// What a browser fetches a page for.
const FETCHED_FOR: &str = "sec-fetch-dest";

/// Begins for a device.
pub(super) async fn device(State(own): State<Own>, Extension(arrival): Asked, request: Request) -> Response {
    match begin_device(&own, &arrival, request).await {
        Ok(answer) => unstored(answer.into_response()),
        Err(refusal) => refused(&refusal, arrival.id),
    }
}

async fn begin_device(own: &Own, arrival: &Arrival, request: Request) -> Result<Json<serde_json::Value>, Refusal> {
    let office = own.office()?;
    let begun = async {
        let mut form = Form::parse(&form(request).await?)?;
        sign_in_client(&mut form)?;
        form.finish()?;
        office.begin_device(arrival).await
    };
    begun.await.map(Json).inspect_err(|refusal| office.turn_away(arrival, refusal))
}

/// Begins in a browser: shows what is about to happen.
pub(super) async fn authorize(
    State(own): State<Own>,
    Extension(arrival): Asked,
    uri: Uri,
    head: HeaderMap,
) -> Response {
    let begun = async {
        let office = own.office()?;
        let begun = async {
            expect_document(&head)?;
            office.begin_browser(&arrival, uri.query().unwrap_or_default()).await
        };
        begun.await.inspect_err(|refusal| office.turn_away(&arrival, refusal))
    };
    match begun.await {
        Ok(begun) => {
            let mut response = page::consent(&begun).map(Body::new);
            response.headers_mut().insert(header::SET_COOKIE, own.cookie().given(&begun.browser));
            response
        }
        Err(refusal) => refuse::page(&refusal, arrival.id).map(Body::new),
    }
}

/// Refuses what a browser fetches for another page: by its pictures any page of the web could begin sign-ins, until the network
/// of whoever looks at it may begin no more. Browsers say what they fetch for; nobody else has to (Fetch Metadata §2.1).
fn expect_document(head: &HeaderMap) -> Result<(), Refusal> {
    if head.get(FETCHED_FOR).is_none_or(|destination| destination == "document") {
        return Ok(());
    }
    let refusal = Refusal::new(Reason::RequestMalformed).because("another page fetched this one, and nobody opened it");
    Err(refusal.hint("begin with `spanner login`"))
}

/// Sends a browser that comes back from the issuer on to whoever began.
pub(super) async fn callback(State(own): State<Own>, Extension(arrival): Asked, uri: Uri, head: HeaderMap) -> Response {
    let back = async {
        let office = own.office()?;
        let (query, brought) = (uri.query().unwrap_or_default(), own.cookie().of(&head));
        let back = office.come_back(&arrival, query, brought).await;
        back.inspect_err(|refusal| office.turn_away(&arrival, refusal))
    };
    let located = back.await.and_then(|url| {
        HeaderValue::try_from(url.as_str()).map_err(|error| Refusal::new(Reason::InternalError).truly(error))
    });
    match located {
        Ok(location) => {
            let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
            response.headers_mut().extend(page::secluded());
            response
        }
        Err(refusal) => refuse::page(&refusal, arrival.id).map(Body::new),
    }
}

/// The cookie that ties a sign-in to the browser it began in.
struct Cookie {
    is_secure: bool,
}

impl Cookie {
    /// With the prefix of a cookie that no other host of the domain and nobody without TLS can set (RFC 6265bis §4.1.3.2).
    /// Without TLS there is none; there is no other machine either, for people sign in by plain HTTP at a loopback address
    /// alone.
    const fn name(&self) -> &'static str {
        if self.is_secure { "__Host-spanner-login" } else { "spanner-login" }
    }

    fn of<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split("; ")).filter_map(|pair| pair.split_once('='));
        let mut ours = pairs.filter(|(name, _)| *name == self.name()).map(|(_, value)| value);
        // Two of the name: somebody else has set one.
        ours.next().filter(|_| ours.next().is_none())
    }

    /// `Lax`, because the browser brings it when the issuer sends it back to us; without a `Domain` and for every path, as the
    /// prefix wants it. The forge sees no cookie.
    fn given(&self, browser: &Browser) -> HeaderValue {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let text = format!("{}={}; Path=/; HttpOnly; SameSite=Lax{secure}", self.name(), browser.cookie());
        HeaderValue::try_from(text).expect("base64 and words")
    }
}

impl Own {
    pub(super) fn office(&self) -> Result<&Arc<SignInOffice>, Refusal> {
        self.sign_in.as_ref().ok_or_else(|| {
            let refusal = Refusal::new(Reason::RouteUnknown).because("nobody signs in at this gateway");
            refusal.hint("an operator writes `[people]` into its configuration")
        })
    }

    /// The grants by which people sign in; none where nobody does.
    pub(super) fn sign_in_grants(&self) -> &'static [&'static str] {
        self.sign_in.as_ref().map_or(&[], |office| office.grant_types())
    }

    fn cookie(&self) -> Cookie {
        Cookie { is_secure: self.public_url.as_str().starts_with("https:") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_that_stands_twice_is_none() {
        let cookie = Cookie { is_secure: true };
        let brought = |lines: &[&str]| {
            let line = |line: &&str| (header::COOKIE, line.parse().expect("a header"));
            let headers: HeaderMap = lines.iter().map(line).collect();
            cookie.of(&headers).map(str::to_owned)
        };
        assert_eq!(brought(&["a=b; __Host-spanner-login=x; c=d"]).as_deref(), Some("x"));
        assert_eq!(brought(&["spanner-login=x"]), None, "set without TLS");
        assert_eq!(brought(&["__Secure-spanner-login=x"]), None, "set by another host");
        assert_eq!(brought(&["__Host-spanner-login=x", "__Host-spanner-login=y"]), None);
        assert_eq!(brought(&[]), None);
    }

    #[test]
    fn only_a_page_that_is_opened_begins_a_sign_in() {
        let begins = |destination: &str| {
            let line = (FETCHED_FOR.parse().expect("a name"), destination.parse().expect("a value"));
            expect_document(&[line].into_iter().collect::<HeaderMap>()).is_ok()
        };
        assert!(begins("document") && expect_document(&HeaderMap::new()).is_ok());
        assert!(["image", "iframe", "empty", "script", ""].iter().all(|destination| !begins(destination)));
    }

    #[test]
    fn no_other_host_can_set_the_cookie_and_nothing_without_tls_wherever_there_is_tls() {
        let given = |is_secure| Cookie { is_secure }.given(&Browser::of_a_test());
        assert_eq!(given(true), "__Host-spanner-login=x; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(given(false), "spanner-login=x; Path=/; HttpOnly; SameSite=Lax", "a loopback address");
    }
}
