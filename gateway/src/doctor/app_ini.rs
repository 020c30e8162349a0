//! Gogs's `app.ini`, read as Gogs reads it (`internal/conf/conf.go`): no comments behind a value, `%(KEY)s` stands for a
//! value of its section. Only what the doctor asks for; a library would read another dialect.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

use crate::config::plainly;

/// What was written, by section and key; keys before the first section are in `""`.
#[derive(Debug, Default)]
pub(super) struct AppIni(HashMap<(String, String), String>);

/// There is no such file, or none that can be read.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read: {}", file.display(), plainly(error))]
pub(super) struct AppIniError {
    file: PathBuf,
    error: io::Error,
}

impl AppIni {
    pub(super) fn read(file: &Path) -> Result<Self, AppIniError> {
        let text = std::fs::read_to_string(file);
        text.map(|text| Self::parse(&text)).map_err(|error| AppIniError { file: file.to_owned(), error })
    }

    pub(super) fn parse(text: &str) -> Self {
        let (mut values, mut section) = (HashMap::new(), String::new());
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with([';', '#'])) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                name.trim().clone_into(&mut section);
            } else if let Some((key, value)) = line.split_once('=') {
                let value = value.trim().trim_matches(['"', '`']);
                values.insert((section.clone(), key.trim().to_owned()), value.to_owned());
            }
        }
        Self(values)
    }

    /// A value that is written there.
    pub(super) fn get(&self, section: &str, key: &str) -> Option<&str> {
        self.0.get(&(section.to_owned(), key.to_owned())).map(String::as_str)
    }

    /// Where Gogs's own hooks call it, with the defaults of Gogs's `conf/app.ini`.
    pub(super) fn local_root_url(&self) -> String {
        let key = |key: &str, otherwise: &str| self.get("server", key).unwrap_or(otherwise).to_owned();
        let (protocol, address, port) =
            (key("PROTOCOL", "http"), key("HTTP_ADDR", "0.0.0.0"), key("HTTP_PORT", "3000"));
        let written = key("LOCAL_ROOT_URL", "%(PROTOCOL)s://%(HTTP_ADDR)s:%(HTTP_PORT)s/");
        let filled = written.replace("%(PROTOCOL)s", &protocol).replace("%(HTTP_ADDR)s", &address);
        filled.replace("%(HTTP_PORT)s", &port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_as_gogs_reads_it() {
        let ini =
            AppIni::parse("RUN_MODE = prod\n; a comment\n[ server ]\nHTTP_PORT=3000 ; no comment\nDOMAIN = \"a\"\n");
        assert_eq!(ini.get("", "RUN_MODE"), Some("prod"));
        assert_eq!(ini.get("server", "HTTP_PORT"), Some("3000 ; no comment"));
        assert_eq!(ini.get("server", "DOMAIN"), Some("a"));
        assert_eq!(ini.get("server", "RUN_MODE"), None);
    }

    #[test]
    fn where_hooks_call_is_what_is_written_or_where_gogs_listens() {
        let url = |text: &str| AppIni::parse(text).local_root_url();
        assert_eq!(url(""), "http://0.0.0.0:3000/");
        assert_eq!(url("[server]\nHTTP_ADDR = 127.0.0.1\nHTTP_PORT = 80\n"), "http://127.0.0.1:80/");
        assert_eq!(url("[server]\nHTTP_PORT = 80\nLOCAL_ROOT_URL = http://gogs:%(HTTP_PORT)s/\n"), "http://gogs:80/");
    }
}
