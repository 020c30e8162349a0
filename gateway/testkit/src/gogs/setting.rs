//! The `app.ini` of a Gogs.

use std::{fmt::Write, net::SocketAddr, path::Path};

/// How a Gogs is set up: as it stands well behind a gateway, unless a test says otherwise.
///
/// That is SQLite, nobody may look without signing in, nobody registers, no SSH, and `EXTERNAL_URL` and
/// `LOCAL_ROOT_URL` are where it listens. Nothing in it depends on the machine: every other key is Gogs's default.
#[derive(Debug, Default, Clone)]
pub struct GogsSetting {
    replaced: Vec<Entry>,
}

/// One line of an `app.ini`, and the section it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    section: String,
    key: String,
    value: String,
}

impl GogsSetting {
    /// What people call it: Gogs writes this before every absolute URL.
    #[must_use]
    pub fn external_url(self, url: &str) -> Self {
        self.key("server", "EXTERNAL_URL", url)
    }

    /// Where its own hooks call it.
    #[must_use]
    pub fn local_root_url(self, url: &str) -> Self {
        self.key("server", "LOCAL_ROOT_URL", url)
    }

    /// Sets a key of a section, which may be one the usual `app.ini` has not.
    #[must_use]
    pub fn key(mut self, section: &str, key: &str, value: &str) -> Self {
        self.replaced.push(Entry { section: section.to_owned(), key: key.to_owned(), value: value.to_owned() });
        self
    }

    /// The text, for a Gogs that keeps its things in `home` and listens on `address`.
    pub(super) fn app_ini(&self, home: &Path, address: SocketAddr) -> String {
        let mut entries = usual(home, address);
        for entry in &self.replaced {
            entries.retain(|usual| (&usual.section, &usual.key) != (&entry.section, &entry.key));
            entries.push(entry.clone());
        }
        // A stable sort: the section without a name, which has to come first, does.
        entries.sort_by(|one, other| one.section.cmp(&other.section));
        let mut text = String::new();
        let mut section = "";
        for entry in &entries {
            if entry.section != section {
                section = &entry.section;
                writeln!(text, "[{section}]").expect("a text takes more text");
            }
            writeln!(text, "{} = {}", entry.key, entry.value).expect("a text takes more text");
        }
        text
    }
}

/// `RUN_USER` has to be the one Gogs runs as, which it believes `$USER` about.
pub(super) fn user() -> String {
    std::env::var("USER").unwrap_or_else(|_| "gogs".to_owned())
}

fn usual(home: &Path, address: SocketAddr) -> Vec<Entry> {
    let below_home = |name: &str| home.join(name).display().to_string();
    let own = format!("http://{address}/");
    let entries = [
        ("", "RUN_USER", user()),
        ("", "RUN_MODE", "prod".to_owned()),
        ("server", "PROTOCOL", "http".to_owned()),
        ("server", "HTTP_ADDR", address.ip().to_string()),
        ("server", "HTTP_PORT", address.port().to_string()),
        ("server", "EXTERNAL_URL", own.clone()),
        ("server", "LOCAL_ROOT_URL", own),
        ("server", "DISABLE_SSH", "true".to_owned()),
        ("server", "OFFLINE_MODE", "true".to_owned()),
        ("repository", "ROOT", below_home("repositories")),
        ("database", "TYPE", "sqlite3".to_owned()),
        ("database", "PATH", below_home("gogs.db")),
        ("security", "INSTALL_LOCK", "true".to_owned()),
        ("security", "SECRET_KEY", "thirty-two-characters-of-secrets".to_owned()),
        ("auth", "DISABLE_REGISTRATION", "true".to_owned()),
        ("auth", "REQUIRE_SIGNIN_VIEW", "true".to_owned()),
        ("prometheus", "ENABLED", "false".to_owned()),
        ("log", "MODE", "file".to_owned()),
        ("log", "ROOT_PATH", below_home("log")),
    ];
    entries.map(|(section, key, value)| Entry { section: section.to_owned(), key: key.to_owned(), value }).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(setting: &GogsSetting) -> String {
        setting.app_ini(Path::new("/home/gogs"), ([127, 0, 0, 1], 3000).into())
    }

    #[test]
    fn what_is_set_stands_in_the_place_of_what_is_usual() {
        let text = text_of(&GogsSetting::default().external_url("https://git.example.test/gogs/"));
        assert!(
            text.starts_with("RUN_USER = ") && text.contains("\nLOCAL_ROOT_URL = http://127.0.0.1:3000/\n"),
            "{text}"
        );
        assert_eq!(text.matches("EXTERNAL_URL").count(), 1);
        assert!(text.contains("\nEXTERNAL_URL = https://git.example.test/gogs/\n"), "{text}");
    }

    #[test]
    fn each_section_is_opened_once_also_one_that_is_not_usual() {
        let setting =
            GogsSetting::default().key("security", "LOCAL_NETWORK_ALLOWLIST", "*").key("lfs", "STORAGE", "local");
        let text = text_of(&setting);
        assert!(text.contains("\n[lfs]\nSTORAGE = local\n"), "{text}");
        assert!(text.contains("\nLOCAL_NETWORK_ALLOWLIST = *\n") && text.matches("[security]").count() == 1, "{text}");
    }
}
