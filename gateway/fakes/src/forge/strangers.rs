//! What strangers see: the pages that say which Gogs this is and how it is set up (recorded on Gogs 0.14.3; of each page only
//! the lines that say it).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};

use super::{answer, core::Core};

/// A page for everybody; none for a path that is not one.
pub(super) fn page(forge: &Core, path: &[&str]) -> Option<Response> {
    let manner = &forge.manner;
    match path {
        ["user", "login"] => Some(html(forge, "Sign In", "<input id=\"user_name\" name=\"user_name\" value=\"\">")),
        ["user", "sign_up"] if manner.open_registration => {
            Some(html(forge, "Sign Up", "<input id=\"retype\" name=\"retype\" type=\"password\" value=\"\" required>"))
        }
        ["user", "sign_up"] => Some(html(forge, "Sign Up", "<p>Sorry, registration has been disabled.</p>")),
        ["explore", "repos"] if manner.open_view => Some(html(forge, "Explore", "")),
        ["template", ..] if manner.development => Some(html(forge, "Template", "")),
        _ => None,
    }
}

/// Where strangers are sent who may not look.
pub(super) fn sign_in() -> Response {
    let mut response = answer::page(StatusCode::FOUND, "Found");
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/user/login"));
    response
}

fn html(forge: &Core, title: &str, body: &str) -> Response {
    let (external_url, commit) = (&forge.external_url, &forge.manner.commit);
    let page = format!(
        "<!DOCTYPE html>\n<html>\n<head data-suburl=\"\">\n<meta name=\"author\" content=\"Gogs\" />\n\
         <meta property=\"og:url\" content=\"{external_url}/\" />\n<script src=\"/js/gogs.js?v={commit}\"></script>\n\
         <title>{title} - Gogs</title>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    );
    answer::typed(StatusCode::OK, "text/html; charset=UTF-8", page)
}
