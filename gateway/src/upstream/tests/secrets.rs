//! Nothing secret is left lying about.

use std::{
    io,
    sync::{Arc, Mutex},
};

use secrecy::ExposeSecret as _;
use tracing_subscriber::fmt::MakeWriter;

use super::house::{House, reader, web};
use crate::store::Accounts;

/// A log one can read back.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'l> MakeWriter<'l> for Log {
    type Writer = Self;

    fn make_writer(&'l self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_password_and_no_token_is_logged_or_lies_open_in_the_store() {
    let (house, log) = (House::new().await, Log::default());
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let logging = tracing::subscriber::set_default(subscriber);
    let accounts = house.accounts();
    let credential = accounts.credential(&reader(), Some(&web())).await.unwrap();
    let password = house.body_of("POST", "/api/v1/admin/users")["password"].as_str().unwrap().to_owned();
    let renewed = accounts.renew(&reader(), &credential).await.unwrap();
    drop(logging);

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("made an account on the forge"), "the log is heard at all");
    let stored = house.store.account(&reader().name).await.unwrap().unwrap().sealed_token;
    let tokens = [&credential, &renewed].map(|credential| credential.token().expose_secret().to_owned());
    for secret in tokens.iter().map(String::as_str).chain([password.as_str(), house.forge.admin_token()]) {
        assert!(!log.contains(secret));
        assert!(!stored.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()));
    }
}
