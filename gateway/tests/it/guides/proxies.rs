//! *Behind nginx or Caddy*: the very files of the guide, with Debian's nginx and Caddy.

use std::path::PathBuf;

use gogs_spanner_capability::token::{Narrowing, TokenText, attenuate};
use gogs_spanner_testkit::{Agent, Presentation, Remote, Setting, TestGateway, Workspace, eventually, noise};
use tokio::net::{TcpListener, TcpStream};

use super::{Page, Reader};

const PAGE: &str = "docs/guides/behind-nginx-and-caddy.md";
/// What Debian's `nginx.conf` amounts to around a file of `conf.d`, in a directory of its own.
const NGINX: &str = "daemon off;\npid nginx.pid;\nerror_log stderr;\nevents {}\n\
                     http { access_log off; client_body_temp_path body; include conf.d/*.conf; }\n";
/// What keeps Caddy from the network and from everything outside its directory.
const CADDY: &str =
    "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tdefault_bind 127.0.0.1\n}\n";
/// How much is pushed: fifty times what nginx takes by default.
const LARGE: usize = 50 << 20;

/// A proxy of the guide before a gateway.
struct Fronted {
    gateway: TestGateway,
    reader: Reader,
    url: String,
    authority: PathBuf,
}

impl Fronted {
    /// The gateway as the page configures it, and a reader whose machine calls things otherwise.
    async fn start() -> Self {
        let setting = Setting::usual().listen("trusted_proxies = [\"127.0.0.1\"]");
        let gateway = TestGateway::with(setting).await;
        let port = free_port().await;
        let (reader, url) = (Reader::new(), format!("https://localhost:{port}"));
        let home = reader.home();
        let reader = reader
            .program("nginx", "#!/bin/sh\nexec /usr/sbin/nginx -p \"$HOME/nginx\" -c nginx.conf -e stderr \"$@\"\n")
            .calling("/etc/nginx", &format!("{home}/nginx"))
            .calling("/etc/caddy", &format!("{home}/caddy"))
            .calling("/etc/letsencrypt/live/agents.example.com", &format!("{home}/certificate"))
            .calling("listen 443 ssl", &format!("listen 127.0.0.1:{port} ssl"))
            .calling("https://agents.example.com", &url)
            .calling("agents.example.com {", &format!("localhost:{port} {{"))
            .calling("127.0.0.1:8080", &gateway.door.address.to_string())
            .variable("XDG_DATA_HOME", &home);
        Self { gateway, reader, url, authority: PathBuf::new() }
    }

    /// nginx with the guide's file and a certificate for `localhost`.
    async fn by_nginx(page: &Page) -> Self {
        let mut fronted = Self::start().await;
        let reader = &fronted.reader;
        let made = reader.shell(
            "mkdir -p certificate && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
             -subj /CN=localhost -addext subjectAltName=DNS:localhost \
             -keyout certificate/privkey.pem -out certificate/fullchain.pem 2> certificate/log",
        );
        made.await.succeeds();
        reader.has("nginx/nginx.conf", NGINX);
        reader.has("/etc/nginx/conf.d/spanner.conf", &reader.here(page.file("/etc/nginx/conf.d/spanner.conf")));
        reader.starts("nginx").await;
        fronted.authority = fronted.reader.host().path("certificate/fullchain.pem");
        fronted.answers().await
    }

    /// Caddy with the guide's file and its own authority.
    async fn by_caddy(page: &Page) -> Self {
        let mut fronted = Self::start().await;
        let reader = &fronted.reader;
        reader.has("caddy/here", &format!("{CADDY}{}", reader.here(page.file("/etc/caddy/Caddyfile"))));
        reader.starts("caddy run --adapter caddyfile --config caddy/here").await;
        fronted.authority = fronted.reader.host().path("caddy/pki/authorities/local/root.crt");
        fronted.answers().await
    }

    async fn answers(self) -> Self {
        let address = self.url.trim_start_matches("https://").to_owned();
        eventually("the proxy listens", async || TcpStream::connect(&address).await.is_ok()).await;
        eventually("there is a certificate", async || self.authority.exists()).await;
        let authority = self.authority.display().to_string();
        let reader = self.reader.variable("CURL_CA_BUNDLE", &authority).variable("GIT_SSL_CAINFO", &authority);
        Self { reader, ..self }
    }

    /// A repository through the proxy, with the token where git puts it.
    fn remote(&self, agent: &Agent) -> Remote {
        let remote = Remote::new(&self.url, "acme/handbook", agent.token(), Presentation::Password);
        remote.with("http.sslCAInfo", self.authority.to_str().expect("a path of ours"))
    }

    async fn takes_a_push_of_fifty_megabytes(&self) {
        let docs = self.gateway.agent("docs-writer").await;
        let workspace = Workspace::new();
        let handbook = workspace.clone(&self.remote(&docs).with("pack.compression", "0")).await;
        let commit = handbook.commit("noise", noise(LARGE)).await;
        handbook.push(&["HEAD:refs/heads/agents/large"]).await.succeeds();
        assert_eq!(self.gateway.forge.tip("acme/handbook", "refs/heads/agents/large").await, commit);
    }

    async fn takes_the_largest_token(&self) {
        let docs = largest(&self.gateway.agent("docs-writer").await);
        let listed = Workspace::new().list(&self.remote(&docs)).await.succeeds();
        assert!(listed.stdout.contains("refs/heads/master"), "{}", listed.stdout);
    }

    /// What the forge says while a push is under way is shown while it is under way.
    async fn shows_what_the_forge_says_at_once(&self) {
        let bare = self.gateway.forge.stand_in().directory_of("acme/handbook").expect("the repository exists");
        let hook = format!("#!/bin/sh\necho 'the forge thinks' >&2\ncat {}/go > /dev/null\n", self.reader.home());
        let hook = format!(
            "mkfifo go\ngit -C {bare} config core.hooksPath {bare}/hooks\nmkdir -p {bare}/hooks\n\
             cat > {bare}/hooks/post-receive <<'EOF'\n{hook}EOF\nchmod +x {bare}/hooks/post-receive",
            bare = bare.display()
        );
        self.reader.shell(&hook).await.succeeds();
        let docs = self.gateway.agent("docs-writer").await;
        let workspace = Workspace::new();
        let handbook = workspace.clone(&self.remote(&docs)).await;
        handbook.commit("page", "one").await;
        let shown = self.reader.host().path("said");
        let push = handbook.push_showing(&["HEAD:refs/heads/agents/slow"], &shown);
        let look = async {
            eventually("the forge is heard", async || {
                std::fs::read_to_string(&shown).is_ok_and(|said| said.contains("remote: the forge thinks"))
            })
            .await;
            std::fs::write(self.reader.host().path("go"), "").expect("the hook waits");
        };
        let (said, ()) = tokio::join!(push, look);
        said.succeeds();
    }

    /// The caller's address is the one the proxy saw, whatever the caller says.
    async fn tells_who_calls(&self) {
        let docs = self.gateway.agent("docs-writer").await;
        let from = |address: &str| docs.narrow(&Narrowing::new().clients([address.parse().expect("an address")]));
        for (agent, status) in [(from("127.0.0.2"), "200"), (from("127.0.0.3"), "403")] {
            let ask = format!(
                "curl --silent --output /dev/null --write-out '%{{http_code}}' --interface 127.0.0.2 \
                 --header 'X-Forwarded-For: 127.0.0.3' --header @- {}/api/v1/repos/acme/handbook <<'EOF'\n\
                 Authorization: Bearer {}\nEOF",
                self.url,
                agent.token()
            );
            assert_eq!(self.reader.shell(&ask).await.stdout, status);
        }
    }
}

/// The same agent with a token of nearly as many bytes as a token may have.
fn largest(agent: &Agent) -> Agent {
    let token = TokenText::parse(agent.token()).expect("a whole token");
    let narrowing = |names: usize| {
        let others = (0..names).map(|at| format!("acme/another-repository-{at:04}"));
        let names = others.chain(["acme/handbook".to_owned()]);
        Narrowing::new().repositories(names.map(|name| name.parse().expect("a name")))
    };
    let fits = (1..100).take_while(|names| attenuate(&token, &narrowing(*names)).is_ok()).last();
    let largest = agent.narrow(&narrowing(fits.expect("one fits")));
    assert!(largest.token().len() > 5_400, "{} characters", largest.token().len());
    largest
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    listener.local_addr().expect("an address").port()
}

#[tokio::test]
async fn the_files_of_the_guide_hold_behind_nginx() {
    let page = Page::read(PAGE);
    let fronted = Fronted::by_nginx(&page).await;
    fronted.reader.follow(&page).await;
    fronted.takes_a_push_of_fifty_megabytes().await;
    fronted.takes_the_largest_token().await;
    fronted.shows_what_the_forge_says_at_once().await;
    fronted.tells_who_calls().await;
}

#[tokio::test]
async fn the_files_of_the_guide_hold_behind_caddy() {
    let fronted = Fronted::by_caddy(&Page::read(PAGE)).await;
    fronted.takes_a_push_of_fifty_megabytes().await;
    fronted.takes_the_largest_token().await;
    fronted.shows_what_the_forge_says_at_once().await;
    fronted.tells_who_calls().await;
}
