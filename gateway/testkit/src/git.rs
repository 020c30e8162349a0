//! Real git, as a bot runs it: in a directory of its own, with none of the machine's configuration, and with its token
//! in the environment, where no process list shows it.

use std::{
    fmt,
    fs::File,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use tempfile::TempDir;
use tokio::process::Command;
use url::Url;

/// How git is given the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presentation {
    /// `http.extraHeader` with `Bearer`, as a pipeline does it.
    Bearer,
    /// A credential helper that answers with a user name and the token as password.
    Password,
    /// `http://bot:TOKEN@host/`, as people write it.
    PasswordInUrl,
    /// `http://TOKEN@host/`.
    UserNameInUrl,
}

/// Where to clone from, and the configuration that holds the credential.
#[derive(Clone)]
pub struct Remote {
    url: String,
    configuration: Vec<(String, String)>,
    secret: String,
}

/// A directory to run git in.
#[derive(Debug)]
pub struct Workspace {
    home: TempDir,
}

/// A working copy.
#[derive(Debug)]
pub struct Clone<'a> {
    workspace: &'a Workspace,
    folder: String,
    remote: Remote,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    /// Its exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error, where git speaks to people.
    pub stderr: String,
}

impl Remote {
    /// A remote below `base`, with a token presented in one of the ways.
    pub fn new(base: &str, repository: &str, token: &str, how: Presentation) -> Self {
        let set = |key: &str, value: String| vec![(key.to_owned(), value)];
        let instead = |login: &str, password: Option<&str>| {
            let mut url = Url::parse(base).expect("an address of ours");
            url.set_username(login).expect("a URL with a host");
            url.set_password(password).expect("a URL with a host");
            set(&format!("url.{url}.insteadOf"), format!("{base}/"))
        };
        let configuration = match how {
            Presentation::Bearer => set("http.extraHeader", format!("Authorization: Bearer {token}")),
            Presentation::Password => {
                set("credential.helper", "!f() { echo username=bot; echo \"password=$SECRET\"; }; f".to_owned())
            }
            Presentation::PasswordInUrl => instead("bot", Some(token)),
            Presentation::UserNameInUrl => instead(token, None),
        };
        Self { url: format!("{base}/{repository}.git"), configuration, secret: token.to_owned() }
    }

    /// A remote with a Basic credential of these two parts, sent unasked.
    pub fn basic(base: &str, repository: &str, login: &str, password: &str) -> Self {
        let pair = STANDARD.encode(format!("{login}:{password}"));
        let configuration = vec![("http.extraHeader".to_owned(), format!("Authorization: Basic {pair}"))];
        Self { url: format!("{base}/{repository}.git"), configuration, secret: String::new() }
    }

    /// A remote without any credential.
    pub fn anonymous(base: &str, repository: &str) -> Self {
        Self { url: format!("{base}/{repository}.git"), configuration: Vec::new(), secret: String::new() }
    }

    /// No remote at all: for commands that need none.
    pub fn nowhere() -> Self {
        Self { url: String::new(), configuration: Vec::new(), secret: String::new() }
    }

    /// More configuration.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.configuration.push((key.to_owned(), value.to_owned()));
        self
    }

    /// With git-lfs at work in every working copy, as `git lfs install` sets it up for a user.
    #[must_use]
    pub fn with_lfs(self) -> Self {
        self.with("filter.lfs.clean", "git-lfs clean -- %f")
            .with("filter.lfs.smudge", "git-lfs smudge -- %f")
            .with("filter.lfs.process", "git-lfs filter-process")
            .with("filter.lfs.required", "true")
    }

    fn environment(&self) -> Vec<(String, String)> {
        let mut variables = vec![("GIT_CONFIG_COUNT".to_owned(), self.configuration.len().to_string())];
        for (at, (key, value)) in self.configuration.iter().enumerate() {
            variables.push((format!("GIT_CONFIG_KEY_{at}"), key.clone()));
            variables.push((format!("GIT_CONFIG_VALUE_{at}"), value.clone()));
        }
        variables.push(("SECRET".to_owned(), self.secret.clone()));
        variables
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new()
    }
}

impl Workspace {
    /// An empty one.
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().expect("a directory can be made") }
    }

    /// Runs git in a folder of the workspace.
    pub async fn git(&self, folder: &str, remote: &Remote, arguments: &[&str]) -> Said {
        let output = self.command(folder, remote, arguments).output().await.expect("git can be run");
        Said::by(output)
    }

    #[expect(clippy::disallowed_methods, reason = "a test is the bot that runs git")]
    fn command(&self, folder: &str, remote: &Remote, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.home.path().join(folder));
        command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
        command.env("HOME", self.home.path()).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C").env("TZ", "UTC").envs(remote.environment());
        for name in ["GIT_AUTHOR", "GIT_COMMITTER"] {
            command.env(format!("{name}_NAME"), "bot").env(format!("{name}_EMAIL"), "bot@x.invalid");
        }
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Tries to clone, and says how it went.
    pub async fn try_clone(&self, remote: &Remote) -> Said {
        self.git(".", remote, &["clone", "-q", &remote.url, &uuid::Uuid::new_v4().to_string()]).await
    }

    /// Asks for the refs, and says how it went.
    pub async fn list(&self, remote: &Remote) -> Said {
        self.git(".", remote, &["ls-remote", &remote.url]).await
    }

    /// Clones, which must succeed.
    pub async fn clone(&self, remote: &Remote) -> Clone<'_> {
        let folder = uuid::Uuid::new_v4().to_string();
        self.git(".", remote, &["clone", "-q", &remote.url, &folder]).await.succeeds();
        Clone { workspace: self, folder, remote: remote.clone() }
    }
}

impl Clone<'_> {
    /// Runs git in the working copy.
    pub async fn git(&self, arguments: &[&str]) -> Said {
        self.workspace.git(&self.folder, &self.remote, arguments).await
    }

    /// Pushes these refs.
    pub async fn push(&self, refs: &[&str]) -> Said {
        self.git(&[&["push", "origin"], refs].concat()).await
    }

    /// Pushes these refs, and has what git says written into a file while it says it.
    pub async fn push_showing(&self, refs: &[&str], shown: &Path) -> Said {
        let arguments = [&["push", "origin"], refs].concat();
        let mut command = self.workspace.command(&self.folder, &self.remote, &arguments);
        command.stdout(Stdio::null()).stderr(File::create(shown).expect("a file can be made"));
        let child = command.spawn().expect("git can be run");
        let said = Said::by(child.wait_with_output().await.expect("git ends"));
        Said { stderr: std::fs::read_to_string(shown).expect("git speaks UTF-8"), ..said }
    }

    /// Commits one file, and says which commit that is.
    pub async fn commit(&self, path: &str, content: impl AsRef<[u8]>) -> String {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().expect("a file is in a directory")).expect("a directory can be made");
        std::fs::write(file, content).expect("a file can be written");
        self.git(&["add", path]).await.succeeds();
        self.git(&["-c", "core.compression=0", "commit", "-q", "-m", path]).await.succeeds();
        self.head().await
    }

    /// The commit that is checked out.
    pub async fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).await.succeeds().stdout.trim().to_owned()
    }

    /// Goes on under another credential.
    #[must_use]
    pub fn under(self, remote: &Remote) -> Self {
        Self { remote: remote.clone(), ..self }
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.workspace.home.path().join(&self.folder)
    }
}

#[expect(clippy::return_self_not_must_use, reason = "an insistence is done once it returns")]
impl Said {
    fn by(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Insists on success.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self
    }

    /// Insists on failure.
    #[track_caller]
    pub fn fails(self) -> Self {
        assert_ne!(self.code, 0, "{}", self.stderr);
        self
    }

    /// Insists that people were shown this.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is not in:\n{}", self.stderr);
        self
    }

    /// Insists that people were not shown this.
    #[track_caller]
    pub fn does_not_say(self, text: &str) -> Self {
        assert!(!self.stderr.contains(text), "{text:?} is in:\n{}", self.stderr);
        self
    }
}
