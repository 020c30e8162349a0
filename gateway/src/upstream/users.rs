//! Gogs users: found, made and edited with the admin token.

use http::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Gogs, UpstreamError, send, send_json};

/// A user as Gogs's API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct User {
    /// The number the forge gave it; never given twice.
    pub id: i64,
    /// Its login. (`login` repeats it, but is empty in search results.)
    pub username: String,
    /// Its e-mail, which carries our mark.
    pub email: String,
}

/// What an account shall look like; creating and editing take the same.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) login: String,
    pub(super) email: String,
    pub(super) full_name: String,
}

#[derive(Serialize)]
struct NewUser<'a> {
    username: &'a str,
    email: &'a str,
    full_name: &'a str,
    password: &'a str,
    send_notify: bool,
}

/// Gogs blanks what is left out of `full_name`, `website`, `location` and `login_name` and needs the e-mail each time
/// (`internal/route/api/v1/admin/user.go:81-103`). Its API shows nobody the website and location of an account, so what
/// somebody wrote there cannot be written again: ours have none.
#[derive(Serialize)]
struct Edit<'a> {
    email: &'a str,
    full_name: &'a str,
    login_name: &'a str,
    source_id: i64,
    password: &'a str,
    /// What it may do; Gogs leaves alone what is left out.
    #[serde(flatten)]
    power: Option<Power>,
}

#[derive(Serialize)]
struct Power {
    max_repo_creation: i32,
    admin: bool,
    allow_git_hook: bool,
    allow_import_local: bool,
}

/// No power of its own.
const POWERLESS: Power = Power { max_repo_creation: 0, admin: false, allow_git_hook: false, allow_import_local: false };

impl<'a> Edit<'a> {
    fn of(email: &'a str, full_name: &'a str, password: &'a SecretString, power: Option<Power>) -> Self {
        Self { email, full_name, login_name: "", source_id: 0, password: password.expose_secret(), power }
    }
}

impl Gogs {
    /// The user `login`, if there is one. (An organization of that name answers too: its e-mail is not one of ours.)
    pub(super) async fn find_user(&self, login: &str) -> Result<Option<User>, UpstreamError> {
        let answer = send("find user", self.admin_call(Method::GET, &["users", login])).await?;
        match answer.status {
            StatusCode::OK => answer.json().map(Some),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(answer.admin_error()),
        }
    }

    /// Makes a user. The password must not be empty: Gogs would store the hash of "" and `login:` would log in
    /// (`internal/database/users.go:323`).
    pub(super) async fn create_user(&self, profile: &Profile, password: &SecretString) -> Result<User, UpstreamError> {
        let body = NewUser {
            username: &profile.login,
            email: &profile.email,
            full_name: &profile.full_name,
            password: password.expose_secret(),
            send_notify: false,
        };
        let answer = send_json("create user", self.admin_call(Method::POST, &["admin", "users"]), &body).await?;
        match answer.status {
            StatusCode::CREATED => answer.json(),
            StatusCode::UNPROCESSABLE_ENTITY => Err(UpstreamError::AccountRefused { login: profile.login.clone() }),
            _ => Err(answer.admin_error()),
        }
    }

    /// Gives a user a new password, the profile, and no power beyond what it is admitted to.
    pub(super) async fn patch_user(&self, profile: &Profile, password: &SecretString) -> Result<User, UpstreamError> {
        let power = Some(POWERLESS);
        self.edit_user(&profile.login, &Edit::of(&profile.email, &profile.full_name, password, power)).await
    }

    /// Gives a user a new password, and changes nothing else that it has of the gateway or that is power.
    pub(super) async fn set_password(
        &self,
        user: &User,
        full_name: &str,
        password: &SecretString,
    ) -> Result<User, UpstreamError> {
        self.edit_user(&user.username, &Edit::of(&user.email, full_name, password, None)).await
    }

    async fn edit_user(&self, login: &str, edit: &Edit<'_>) -> Result<User, UpstreamError> {
        let request = self.admin_call(Method::PATCH, &["admin", "users", login]);
        let answer = send_json("edit user", request, edit).await?;
        match answer.status {
            StatusCode::OK => answer.json(),
            StatusCode::NOT_FOUND => Err(UpstreamError::NoAccount { login: login.to_owned() }),
            StatusCode::UNPROCESSABLE_ENTITY => Err(UpstreamError::AccountRefused { login: login.to_owned() }),
            _ => Err(answer.admin_error()),
        }
    }
}
