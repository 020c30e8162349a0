//! What has become of an agent's account behind the gateway's back.
//!
//! Gogs lists an account's tokens to whoever has its password and to nobody else (`internal/route/api/v1/api.go:108`), so the
//! account gets a new one for that question, as it does whenever it is given a token. Nothing hangs on the password: nobody
//! knows it, tokens outlive it, and an account that owns no repository signs no hook with it.

use http::{Method, StatusCode, header};
use serde::Deserialize;

use super::{
    Gogs, UpstreamError,
    provision::{ProvisionError, Provisioner, Tenant, password},
    send,
    tokens::generation,
    users::User,
};
use crate::{
    forward::credential::{Credential, is_dead},
    store::Account,
};

#[derive(Deserialize)]
struct PublicKey {
    title: String,
}

impl Provisioner {
    /// What is odd about an agent's account; nothing, where it has none yet. Nobody gives it a token meanwhile, which would
    /// look odd, or another password.
    pub(super) async fn oddities(&self, tenant: &Tenant) -> Result<Vec<String>, ProvisionError> {
        let _turn = self.turns.take(&tenant.name).await;
        let Some(account) = self.accounts.account(&tenant.name).await? else { return Ok(Vec::new()) };
        let Some(user) = self.gogs.find_user(&account.login).await? else {
            return Ok(vec![format!("`{}` is gone", account.login)]);
        };
        if user.id != account.user_id {
            return Ok(vec![format!("`{}` is another account than the one the gateway made", account.login)]);
        }
        let profile = self.profile(tenant);
        let mut odd = Vec::new();
        if !user.email.eq_ignore_ascii_case(&profile.email) {
            odd.push(format!("its e-mail is {}", user.email));
        }
        match self.open(&account) {
            Ok(credential) => odd.extend(self.gogs.oddities(&credential).await?),
            Err(error) => odd.push(format!("its token cannot be opened: {error}")),
        }
        odd.extend(self.strange_tokens(&account, &user, &profile.full_name).await?);
        Ok(odd)
    }

    /// The names of tokens the gateway did not make.
    async fn strange_tokens(
        &self,
        account: &Account,
        user: &User,
        full_name: &str,
    ) -> Result<Option<String>, ProvisionError> {
        let password = password()?;
        self.gogs.set_password(user, full_name, &password).await?;
        let newest = generation(&account.token_name).unwrap_or(0);
        let names = self.gogs.token_names(&account.login, &password).await?;
        let strange: Vec<_> =
            names.into_iter().filter(|name| generation(name).is_none_or(|number| number > newest)).collect();
        Ok((!strange.is_empty()).then(|| format!("it has tokens that are not the gateway's: {}", strange.join(", "))))
    }
}

impl Gogs {
    /// What an account itself tells: that it administers, and its keys.
    async fn oddities(&self, credential: &Credential) -> Result<Vec<String>, UpstreamError> {
        let ask = |path: &[&str]| self.call(Method::GET, path).header(header::AUTHORIZATION, credential.api_header());
        // No team has the number 0, so whoever administers hears 404.
        let asked = send("show a team", ask(&["admin", "teams", "0", "members"])).await?;
        if is_dead(asked.status, &asked.body) {
            return Ok(vec!["Gogs no longer takes its token".to_owned()]);
        }
        let mut odd = Vec::new();
        if asked.status == StatusCode::NOT_FOUND {
            odd.push("it is a site administrator".to_owned());
        }
        let keys: Vec<PublicKey> = send("list keys", ask(&["user", "keys"])).await?.json()?;
        if !keys.is_empty() {
            let titles: Vec<_> = keys.into_iter().map(|key| key.title).collect();
            odd.push(format!("it has SSH keys: {}", titles.join(", ")));
        }
        Ok(odd)
    }
}
