//! `spanner agent add`

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::PathBuf,
};

use gogs_spanner_capability::{AgentName, RepositoryName, RepositoryPattern};
use serde_json::{Value, json};

use super::{
    super::{Common, Failure, Output, file::quoted},
    key::NewKey,
};
use crate::{
    authorize::policy::Policy,
    client::{self, Purpose},
    config::{Config, plainly},
    upstream::Gogs,
};

/// Writes the agent's stanza to the end of the configuration; unless `--issuer` is given, makes a key pair.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  spanner agent add ci-web --role ci --repository acme/web\n  \
                        spanner agent add docs --role docs --repository 'acme/*' --issuer okta --claim sub=0oa1b2c3")]
pub(in crate::cli) struct Add {
    /// Its name.
    name: AgentName,
    /// The role it gets.
    #[arg(long)]
    role: String,
    /// Where it gets it; may be given again.
    #[arg(long = "repository", value_name = "PATTERN", required = true)]
    repositories: Vec<RepositoryPattern>,
    /// Who answers for it.
    #[arg(long, env = "USER", default_value = "operator")]
    owner: String,
    /// Trust this issuer's proofs instead of a key.
    #[arg(long, requires = "claims")]
    issuer: Option<String>,
    /// What the proof must say; may be given again.
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = claim, requires = "issuer")]
    claims: Vec<(String, String)>,
    /// Where the private key goes; `NAME.key` beside the configuration unless given.
    #[arg(long, value_name = "FILE", conflicts_with = "issuer")]
    key_file: Option<PathBuf>,
}

fn claim(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, `sub=0oa1b2c3`")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Add {
    pub(super) async fn run(self, common: &Common, output: Output) -> Result<(), Failure> {
        let key = if self.issuer.is_some() { None } else { Some(new_key()?) };
        let stanza = self.stanza(key.as_ref());
        let config = self.check(common, &stanza)?;
        let key_file = self.key_file(common);
        if let Some(key) = &key {
            key.write(&key_file).map_err(|error| not_written(&key_file, &error, "choose another with --key-file"))?;
        }
        append(&common.config, &stanza)
            .map_err(|error| not_written(&common.config, &error, "check its permissions"))?;
        let reloaded = reload(common).await?;
        let absent = self.absent(&config).await;
        let key_file = key.map(|_| key_file.display().to_string());
        let name = self.name.as_str();
        output.say(
            told(name, key_file.as_deref(), reloaded, &absent),
            &json!({ "agent": name, "key_file": key_file, "in_force": reloaded, "absent": absent }),
        )
    }

    /// The stanza must be good where it will stand, before anything is written.
    fn check(&self, common: &Common, stanza: &str) -> Result<Config, Failure> {
        let config = common.load()?;
        if config.agents.iter().any(|agent| *agent.name == self.name) {
            let hint = format!("see it with `spanner agent show {}`, or choose another name", self.name);
            return Err(Failure::failed(format!("there is an agent `{}` already", self.name), hint));
        }
        if !config.roles.iter().any(|role| *role.name == self.role) {
            return Err(absent("role", &self.role, config.roles.iter().map(|role| role.name.as_str())));
        }
        let is_known = |name: &String| config.issuers.iter().any(|issuer| *issuer.name == *name);
        if let Some(issuer) = self.issuer.as_ref().filter(|name| !is_known(name)) {
            return Err(absent("issuer", issuer, config.issuers.iter().map(|issuer| issuer.name.as_str())));
        }
        let text = std::fs::read_to_string(&common.config)
            .map_err(|error| not_written(&common.config, &error, "check its permissions"))?;
        Policy::compile(&Config::parse(&common.config, &format!("{text}{stanza}"))?)?;
        Ok(config)
    }

    /// The repositories among its own that Gogs has not (yet): perhaps a name is spelt wrongly. Nobody is told where Gogs does
    /// not answer; the agent is registered all the same.
    async fn absent(&self, config: &Config) -> Vec<String> {
        let (Ok(client), Ok(token)) = (client::client(Purpose::Forge), config.upstream.admin_token.read()) else {
            return Vec::new();
        };
        let gogs = Gogs::new(client, config.upstream.url.clone(), token);
        let named = self.repositories.iter().filter_map(|pattern| RepositoryName::parse(pattern.as_str()).ok());
        let mut absent = Vec::new();
        for name in named {
            if matches!(gogs.number_of(&name).await, Ok(None)) {
                absent.push(name.to_string());
            }
        }
        absent
    }

    fn key_file(&self, common: &Common) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| common.config.with_file_name(format!("{}.key", self.name)))
    }

    fn stanza(&self, key: Option<&NewKey>) -> String {
        let proof = match key {
            Some(key) => format!("keys = [{}]", quoted(&format!("{} {}", key.public.to_openssh(), self.name))),
            None => format!(
                "trust = [{{ issuer = {}, claims = {{ {} }} }}]",
                quoted(self.issuer.as_deref().unwrap_or_default()),
                list(self.claims.iter().map(|(name, value)| format!("{} = {}", quoted(name), quoted(value)))),
            ),
        };
        format!(
            "\n[[agent]]\nname = {}\nowner = {}\n{proof}\ngrants = [{{ role = {}, repositories = [{}] }}]\n",
            quoted(self.name.as_str()),
            quoted(&self.owner),
            quoted(&self.role),
            list(self.repositories.iter().map(|pattern| quoted(pattern.as_str()))),
        )
    }
}

/// The stanza is not in the file yet: a place in it would say nothing.
fn absent<'n>(kind: &str, name: &str, known: impl Iterator<Item = &'n str>) -> Failure {
    let known = list(known.map(|name| format!("`{name}`")));
    let hint = if known.is_empty() { format!("write a `[[{kind}]]` first") } else { format!("there are: {known}") };
    Failure::failed(format!("the configuration has no {kind} `{name}`"), hint)
}

fn new_key() -> Result<NewKey, Failure> {
    NewKey::generate().map_err(|_| Failure::failed("no key could be made", "the system gives no randomness; try again"))
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

fn append(file: &std::path::Path, stanza: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).open(file)?;
    file.write_all(stanza.as_bytes())?;
    file.sync_all()
}

/// Whether a running gateway follows the new policy; a gateway that does not run reads it when it starts.
async fn reload(common: &Common) -> Result<bool, Failure> {
    let gateway = common.gateway()?;
    let is_running = gateway.is_running().await;
    if is_running {
        gateway.post("/reload", &Value::Null).await?;
    }
    Ok(is_running)
}

fn told(name: &str, key_file: Option<&str>, in_force: bool, absent: &[String]) -> String {
    let key = key_file
        .map_or_else(String::new, |file| format!("its private key is in {file}: give it to {name} and keep no copy\n"));
    let force = if in_force { "the gateway knows it already" } else { "the gateway will know it when it starts" };
    let absent = match absent {
        [] => String::new(),
        names => format!("\nGogs has no repository {}: check the spelling, or make it", names.join(", ")),
    };
    format!("{name} is registered\n{key}{force}{absent}")
}

fn not_written(file: &std::path::Path, error: &io::Error, hint: &str) -> Failure {
    Failure::failed(format!("{} cannot be written: {}", file.display(), plainly(error)), hint)
}
