//! An HTTP client that follows nothing and hides nothing.

use gogs_spanner_fakes::forge::{Forge, ForgeConfig};
use reqwest::{Client, Method, RequestBuilder, redirect::Policy};

pub(crate) async fn forge() -> Forge {
    Forge::start(ForgeConfig::default()).await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the one place where these tests build a client")]
pub(crate) fn client() -> Client {
    Client::builder().redirect(Policy::none()).no_proxy().build().unwrap()
}

/// A request to an API path as the site administrator.
pub(crate) fn admin(forge: &Forge, method: Method, path: &str) -> RequestBuilder {
    let request = client().request(method, format!("{}/api/v1{path}", forge.url()));
    request.header("authorization", format!("token {}", forge.admin_token()))
}

/// The address of a repository with a token in it, in the form that costs Gogs least: `-:TOKEN`.
pub(crate) fn remote(forge: &Forge, token: &str, repository: &str) -> String {
    format!("{}/{repository}.git", forge.url().replace("http://", &format!("http://-:{token}@")))
}
