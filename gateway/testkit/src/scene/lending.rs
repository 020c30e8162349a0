//! A person who signs in by the code of a device, and lends to an agent, without a browser.

use std::{path::Path, sync::Arc};

use gogs_spanner::clock::{Clock as _, ManualClock};
use gogs_spanner_sdk::{Clock, Login, SignIn, SignIns, Timestamp};
use serde_json::{Value, json};

use super::Scene;

/// To whom developers lend reading in `acme/handbook`.
pub(super) const LENT_TO: &str = "lent-to";
/// What the gateway is called at the issuer.
const CLIENT: &str = "gateway";

/// The scene's time, as the SDK asks for it.
#[derive(Debug)]
struct Standing(Arc<ManualClock>);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// People, a group that lends, and whom it lends to.
pub(super) fn sections(secret: &Path) -> String {
    let secret = secret.display();
    format!(
        r#"
[people]
issuer = "idp"
device = true
client = {{ id = "{CLIENT}", secret = {{ file = '{secret}' }} }}
[[group]]
name = "developers"
members = {{ claim = "groups", any = ["developers"] }}
lends = [{{ role = "lent", repositories = ["acme/handbook"] }}]
[[role]]
name = "lent"
rights = [{{ actions = ["contents:read", "issues:read"] }}]
[[agent]]
name = "{LENT_TO}"
owner = "tests"
lend_to = ["developers"]
grants = [{{ role = "lent", repositories = ["acme/handbook"] }}]
"#
    )
}

impl Scene {
    /// Signs her in as `spanner login --device` does, and keeps what comes of it as that does.
    pub(super) async fn sign_in(&self, person: &str, state: &Path) -> Result<Value, String> {
        let sign_in = self.confirmed(person).await?;
        let kept = SignIns::within(state.join("gogs-spanner/sign-ins"));
        let file = kept.save(&sign_in).map_err(|error| error.to_string())?;
        Ok(json!({ "file": file, "expires": sign_in.expires() }))
    }

    async fn confirmed(&self, person: &str) -> Result<SignIn, String> {
        let clock = Arc::clone(&self.up()?.door.clock);
        // What names her is her address; her subject is something else, as at every issuer.
        let (subject, _) = person.split_once('@').ok_or("a person is named by an address")?;
        let mut claims = self.issuer.claims(subject, CLIENT, clock.now());
        claims["email"] = person.into();
        claims["email_verified"] = true.into();
        claims["groups"] = json!(["developers"]);
        self.issuer.confirm(claims);
        let gateway = self.url.parse().map_err(|_| "the gateway has no address".to_owned())?;
        let login = Login::at(gateway).map_err(|error| error.to_string())?.clock(Arc::new(Standing(clock)));
        let mut device = login.by_device().await.map_err(|error| error.to_string())?;
        let signed_in = login.confirmed(&mut device).await.map_err(|error| error.to_string())?;
        signed_in.ok_or_else(|| "she has not confirmed".to_owned())
    }
}
