//! What will be written where.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};

use super::{TOKEN_FILE, ask::Asker, look::Looked, template::Template};
use crate::{
    cli::{
        Failure,
        file::{PLAIN, SECRET, write_new},
    },
    config::{PublicUrl, SecretSource, plainly, secret::is_open_to_others},
    seal::Sealer,
};

const SEALING_KEY: &str = "sealing.key";
/// Where a free port is looked for: the usual one, and a few more.
const PORTS: std::ops::Range<u16> = 8080..8180;

/// The admin token and its file, which is written where the token was typed.
pub(super) struct Token {
    file: PathBuf,
    secret: SecretString,
    is_typed: bool,
}

/// A configuration and the files it names.
pub(super) struct Plan {
    pub(super) config: PathBuf,
    pub(super) public_url: PublicUrl,
    pub(super) token: Token,
    pub(super) looked: Looked,
}

/// A configuration that is there is somebody's work.
pub(super) fn refuse_to_overwrite(config: &Path) -> Result<(), Failure> {
    if config.symlink_metadata().is_err() {
        return Ok(());
    }
    let what = format!("{} is there already, and nothing is overwritten", config.display());
    Err(Failure::failed(what, "check it with `spanner config check`, or name another file with --config"))
}

impl Token {
    /// The token in the file that is named, or in the usual one, or as it is typed.
    pub(super) fn find(named: Option<PathBuf>, config: &Path, asker: &Asker) -> Result<Self, Failure> {
        let usual = config.with_file_name(TOKEN_FILE);
        if let Some(file) = named.or_else(|| usual.exists().then(|| usual.clone())) {
            refuse_open(&file)?;
            let secret = SecretSource::File(file.clone()).read()?;
            return Ok(Self { file, secret, is_typed: false });
        }
        let typed = asker.secret("A token of a site administrator (Gogs: Your Settings, Applications):")?;
        match typed {
            Some(secret) if !secret.expose_secret().is_empty() => Ok(Self { file: usual, secret, is_typed: true }),
            _ => {
                let hint = "put a token of a site administrator (Gogs: Your Settings, Applications) into a file (0600): \
                            --admin-token-file FILE";
                Err(Failure::usage("there is no admin token, and nobody is asked", hint))
            }
        }
    }

    pub(super) const fn secret(&self) -> &SecretString {
        &self.secret
    }
}

/// A token others can read is theirs as well.
fn refuse_open(file: &Path) -> Result<(), Failure> {
    if is_open_to_others(file).unwrap_or(false) {
        let what = format!("{} can be read or changed by other users of this machine", file.display());
        return Err(Failure::failed(what, format!("chmod 600 {}", file.display())));
    }
    Ok(())
}

impl Plan {
    /// What will be written, for whoever has to agree.
    pub(super) fn intention(&self) -> String {
        format!("{}\n\nThis will be written:\n{}", self.found(), self.files())
    }

    /// Writes the secrets first: a configuration that is there is complete.
    pub(super) fn write(&self) -> Result<(), Failure> {
        let directory = self.directory();
        std::fs::create_dir_all(&directory).map_err(|error| unwritten(&directory, &error))?;
        if self.token.is_typed {
            let text = format!("{}\n", self.token.secret.expose_secret());
            write_new(&self.token.file, &text, SECRET).map_err(|error| unwritten(&self.token.file, &error))?;
        }
        let key = self.config.with_file_name(SEALING_KEY);
        Sealer::load_or_create(&key).map_err(|error| unwritten(&key, &io::Error::other(error)))?;
        write_new(&self.config, &self.text()?, PLAIN).map_err(|error| unwritten(&self.config, &error))
    }

    /// What was done, and the next commands.
    pub(super) fn told(&self) -> String {
        let is_usual = self.config == Path::new("spanner.toml");
        let config = if is_usual { String::new() } else { format!(" --config {}", self.config.display()) };
        format!(
            "{}\n\nwritten:\n{}\n\nnext:\n  spanner serve{config}\n  spanner doctor{config}\n  \
             spanner agent add ci-web --role ci --repository OWNER/NAME --owner WHO{config}",
            self.found(),
            self.files()
        )
    }

    fn found(&self) -> String {
        let Looked { url, version, external_url, administrator } = &self.looked;
        let people = match external_url {
            Some(name) if name.origin().ascii_serialization() == self.public_url.as_str() => {
                format!("people and automations call it {name}: the gateway is its only door")
            }
            Some(name) => format!("people go on calling it {name}"),
            None => "what people call it is not told".to_owned(),
        };
        format!("Gogs {version} at {url} ({}); {people}\nthe admin token is {administrator}'s", version.by)
    }

    fn files(&self) -> String {
        let typed = self.token.is_typed.then(|| line(&self.token.file, "the admin token, for its owner alone"));
        let key =
            line(&self.config.with_file_name(SEALING_KEY), "seals what is kept; back it up, apart from spanner.db");
        let config = line(&self.config, "what the gateway does, with comments");
        typed.into_iter().chain([key, config]).collect::<Vec<_>>().join("\n")
    }

    fn text(&self) -> Result<String, Failure> {
        let address = self.address()?;
        let private = free(PORTS, Some(address))?;
        let token = relative(&self.token.file, &self.directory());
        Ok(Template { plan: self, address, private, token: &token }.text())
    }

    /// A public url of this machine is listened at; any other is where a proxy will look for the gateway.
    fn address(&self) -> Result<SocketAddr, Failure> {
        match self.public_url.loopback_port() {
            Some(port) => Ok((Ipv4Addr::LOCALHOST, port).into()),
            None => free(PORTS, None),
        }
    }

    fn directory(&self) -> PathBuf {
        self.config.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
    }
}

/// The first port of loopback nobody listens at.
fn free(mut ports: std::ops::Range<u16>, taken: Option<SocketAddr>) -> Result<SocketAddr, Failure> {
    let found = ports.find_map(|port| {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        (Some(address) != taken && TcpListener::bind(address).is_ok()).then_some(address)
    });
    let what = || Failure::failed("no port from 8080 to 8179 is free on loopback", "free one, then run this again");
    found.ok_or_else(what)
}

/// A path as the configuration in `directory` names it.
fn relative(file: &Path, directory: &Path) -> PathBuf {
    let absolute = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (file, directory) = (absolute(file), absolute(directory));
    file.strip_prefix(&directory).map(Path::to_owned).unwrap_or(file)
}

fn line(file: &Path, what: &str) -> String {
    format!("  {:<24} {what}", file.display().to_string())
}

fn unwritten(file: &Path, error: &io::Error) -> Failure {
    Failure::failed(
        format!("{} could not be written: {}", file.display(), plainly(error)),
        "check the directory, its permissions and its disk",
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{config::spelling::Spelling, upstream::version::Sighting};

    pub(in crate::cli::init) fn plan(public_url: &str) -> Plan {
        Plan {
            config: "spanner.toml".into(),
            public_url: PublicUrl::read(public_url).expect("an origin"),
            token: Token { file: TOKEN_FILE.into(), secret: "secret".into(), is_typed: true },
            looked: Looked {
                url: "http://127.0.0.1:3000".parse().expect("a url"),
                version: Sighting::told("0.14.3".parse().expect("a version")),
                external_url: "https://git.example.com/".parse().ok(),
                administrator: "root1".to_owned(),
            },
        }
    }

    #[test]
    fn a_public_url_of_this_machine_is_listened_at() {
        let address = plan("http://127.0.0.1:4711").address().expect("an address");
        assert_eq!(address.port(), 4711);
        assert_eq!(plan("https://agents.example.com").public_url.loopback_port(), None);
    }

    #[test]
    fn what_is_written_is_told_without_the_secret() {
        let told = plan("https://agents.example.com").told();
        assert!(!told.contains("secret"), "{told}");
        insta::assert_snapshot!(told);
    }
}
