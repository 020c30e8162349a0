//! `spanner login` and `spanner logout`: a person lends her authority to the agents of a machine.

mod loopback;
mod opener;

use std::{
    env, fmt,
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

use gogs_spanner_sdk::{Login as AtGateway, Origin, SignIn, SignIns};
use serde_json::json;

use self::loopback::Loopback;
use crate::{Failure, Output, failure::failure};

/// Where the gateway is, unless it is said.
const URL: &str = "GOGS_SPANNER_URL";
/// What CI systems set: nobody sits there.
const CI: &str = "CI";
/// How long her browser may take: as long as the gateway lets her.
const BROWSER_WITHIN: Duration = Duration::from_mins(10);

/// Sign in at a gateway, so that agents on this machine may act for you, as far as your groups lend; for a working day at
/// most. Opens your browser where there is one, or gives you a code for another device, if the gateway allows that.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  spanner login --url https://agents.example.com\n  spanner login --url https://agents.example.com --device\n  \
                  spanner token get --url https://agents.example.com --agent claude-code --repository acme/web"
)]
pub struct Login {
    #[command(flatten)]
    place: Place,
    /// Give a code for another device, whether there is a browser or not.
    #[arg(long)]
    device: bool,
}

/// End your sign-in at a gateway, there and on this machine.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  spanner logout --url https://agents.example.com")]
pub struct Logout {
    #[command(flatten)]
    place: Place,
}

/// Which gateway.
#[derive(Debug, clap::Args)]
struct Place {
    /// The gateway: its public url. Else `GOGS_SPANNER_URL`.
    #[arg(long)]
    url: Option<String>,
}

impl Login {
    /// Does it.
    pub async fn run(self, output: Output) -> Result<(), Failure> {
        let gateway = self.place.gateway()?;
        expect_person(&gateway)?;
        let kept = kept()?;
        let login = AtGateway::at(gateway).map_err(failure)?;
        let signed_in = match opener::find().filter(|_| !self.device) {
            Some(opener) => match in_browser(&login, &opener).await? {
                Some(sign_in) => sign_in,
                None => by_device(&login).await?,
            },
            None => by_device(&login).await?,
        };
        let file = kept.save(&signed_in).map_err(|error| {
            let what = format!("the sign-in cannot be kept in {}: {error}", kept.directory().display());
            Failure::failed(what, "let this user write there, or set XDG_STATE_HOME")
        })?;
        let (person, expires) = (signed_in.person(), signed_in.expires());
        let told = format!(
            "signed in as {person} until {expires}; agents here may act for you: `spanner token get --agent NAME`"
        );
        output.say(
            told,
            &json!({ "person": person, "gateway": signed_in.gateway().to_string(), "expires": expires, "file": file }),
        )
    }
}

impl Logout {
    /// Does it.
    pub async fn run(self, output: Output) -> Result<(), Failure> {
        let gateway = self.place.gateway()?;
        let kept = kept()?;
        let sign_in = kept.load(&gateway).map_err(|error| Failure::failed(error, "there is nothing to end"))?;
        let login = AtGateway::at(gateway.clone()).map_err(failure)?;
        let ended = login.end(&sign_in).await;
        kept.remove(&gateway).map_err(|error| {
            Failure::failed(
                format!("the sign-in cannot be removed: {error}"),
                format!("remove {}", kept.file(&gateway).display()),
            )
        })?;
        ended.map_err(|error| {
            let what = format!("removed from this machine, yet the gateway was not told: {error}");
            Failure::failed(
                what,
                format!("it ends by itself at {}; an operator can lock you until then", sign_in.expires()),
            )
        })?;
        let told = format!("signed out at {gateway}; tokens agents got end by themselves, soon");
        output.say(told, &json!({ "gateway": gateway.to_string(), "person": sign_in.person() }))
    }
}

impl Place {
    fn gateway(&self) -> Result<Origin, Failure> {
        let said = self.url.clone().or_else(|| env::var(URL).ok().filter(|url| !url.is_empty()));
        let url = said.ok_or_else(|| {
            Failure::usage(
                "nothing says where the gateway is",
                format!("say --url https://agents.example.com, or set {URL}"),
            )
        })?;
        Origin::parse(&url)
            .map_err(|error| Failure::usage(error, "write the gateway's public url, `https://agents.example.com`"))
    }
}

/// Nobody is asked where nobody sits: whatever runs there is told what a person has to do.
fn expect_person(gateway: &Origin) -> Result<(), Failure> {
    let is_terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    let is_ci = env::var_os(CI).is_some_and(|value| !value.is_empty() && value != "false");
    if is_terminal && !is_ci {
        return Ok(());
    }
    let hint = format!("a person runs `spanner login --url {gateway}` in a terminal on this machine, as this user");
    Err(Failure::failed("signing in takes a person at a terminal, and this is none", hint))
}

fn kept() -> Result<SignIns, Failure> {
    SignIns::of_this_user()
        .ok_or_else(|| Failure::failed("nothing says where your files are", "set HOME, or XDG_STATE_HOME"))
}

/// Opens her browser and waits until it comes back; nothing where it cannot be opened.
async fn in_browser(login: &AtGateway, opener: &opener::Opener) -> Result<Option<SignIn>, Failure> {
    let Ok(loopback) = Loopback::open().await else { return Ok(None) };
    let browser = login.in_browser(loopback.address()).map_err(failure)?;
    if !opener.open(browser.page().as_str()) {
        return Ok(None);
    }
    tell(format_args!(
        "Your browser shows a page of {}, with this code:\n\n    {}\n\nIf the codes are the same, go on there. No page? Open this one:\n{}",
        login.gateway(),
        browser.check_code(),
        browser.page()
    ));
    let coming_back = tokio::time::timeout(BROWSER_WITHIN, loopback.answer(&browser));
    let query = coming_back
        .await
        .map_err(|_| Failure::failed("your browser did not come back", "run it again, or with --device"))?;
    login.returned(&browser, &query).await.map(Some).map_err(failure)
}

/// Shows a code, and asks until she has confirmed it.
async fn by_device(login: &AtGateway) -> Result<SignIn, Failure> {
    let mut device = login.by_device().await.map_err(failure)?;
    tell(format_args!(
        "Agents on this machine may then act for you at {}. On any device, open\n\n    {}\n\nand type this code:\n\n    {}\n\n\
         Type no code that somebody sent you.",
        login.gateway(),
        device.page(),
        device.user_code()
    ));
    loop {
        tokio::time::sleep(device.interval()).await;
        if let Some(sign_in) = login.confirmed(&mut device).await.map_err(failure)? {
            return Ok(sign_in);
        }
    }
}

/// Says something to her, while the command goes on: standard output is for what comes of it.
fn tell(text: impl fmt::Display) {
    // A terminal that has gone reads nothing.
    let _unread = writeln!(io::stderr(), "{text}");
}
