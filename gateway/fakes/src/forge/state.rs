//! All the forge remembers besides its Git repositories.

use std::collections::BTreeMap;

use super::{
    account::{AccessToken, Account},
    auth,
    repository::Repository,
    time::now,
};

#[derive(Default)]
pub(super) struct State {
    pub(super) accounts: BTreeMap<i64, Account>,
    pub(super) tokens: BTreeMap<i64, AccessToken>,
    pub(super) repositories: BTreeMap<i64, Repository>,
    pub(super) ids: Ids,
    /// What the links of LFS begin with, where it is not `EXTERNAL_URL`.
    pub(super) lfs_links: Option<String>,
}

/// One counter per table, each counting over all repositories, as the rows of a database do.
#[derive(Default)]
pub(super) struct Ids {
    pub(super) account: Counter,
    pub(super) token: Counter,
    pub(super) repository: Counter,
    pub(super) issue: Counter,
    pub(super) comment: Counter,
    pub(super) label: Counter,
    pub(super) milestone: Counter,
    pub(super) hook: Counter,
}

#[derive(Default)]
pub(super) struct Counter(i64);

impl Counter {
    pub(super) fn next(&mut self) -> i64 {
        self.0 += 1;
        self.0
    }
}

impl State {
    /// Makes the site administrator and her first token, which is returned: a forge just installed.
    pub(super) fn found(&mut self, name: &str, password: &str, token: &str) -> String {
        let mut admin = Account::user(name, &format!("{name}@x.invalid"), "", password);
        admin.admin = true;
        let id = self.add_account(admin).id;
        self.mint(id, token)
    }

    pub(super) fn add_account(&mut self, mut account: Account) -> Account {
        account.id = self.ids.account.next();
        self.accounts.insert(account.id, account.clone());
        account
    }

    /// The account of a login, whatever its case (`users.go:748`).
    pub(super) fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.values().find(|account| account.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn account_of_email(&self, email: &str) -> Option<&Account> {
        self.accounts.values().find(|account| !email.is_empty() && account.email.eq_ignore_ascii_case(email))
    }

    pub(super) fn account_of_token(&self, token: &str) -> Option<&Account> {
        let digest = AccessToken::digest(token);
        let token = self.tokens.values().find(|token| token.digest == digest)?;
        self.accounts.get(&token.account)
    }

    pub(super) fn tokens_of(&self, account: i64) -> impl Iterator<Item = &AccessToken> {
        self.tokens.values().filter(move |token| token.account == account)
    }

    /// Mints a token; its text is known only to the caller of this.
    pub(super) fn mint(&mut self, account: i64, name: &str) -> String {
        let text = auth::random_hex();
        let id = self.ids.token.next();
        let digest = AccessToken::digest(&text);
        self.tokens.insert(id, AccessToken { id, account, name: name.to_owned(), digest, created: now() });
        text
    }

    pub(super) fn repository(&self, owner: &str, name: &str) -> Option<&Repository> {
        let owner = self.account(owner)?.id;
        self.repositories
            .values()
            .find(|repository| repository.owner == owner && repository.name.eq_ignore_ascii_case(name))
    }

    /// Removes an account with its tokens and its collaborations, as deleting a user does.
    pub(super) fn remove_account(&mut self, id: i64) {
        self.accounts.remove(&id);
        self.tokens.retain(|_, token| token.account != id);
        for repository in self.repositories.values_mut() {
            repository.collaborators.remove(&id);
        }
    }
}
