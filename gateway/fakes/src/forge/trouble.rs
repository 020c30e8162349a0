//! Ways in which the whole forge can be ill.

use axum::{http::StatusCode, response::Response};
use tokio::sync::watch;

use super::answer;

/// One MiB more than the longest list a gateway has reason to read.
const ENDLESS: usize = 17 * 1024 * 1024;

/// What goes wrong with every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trouble {
    /// Nothing.
    #[default]
    None,
    /// 503 with a text, as a proxy says it before a forge that is down.
    Unavailable,
    /// 500 with the text of a panic, as `RUN_MODE = dev` shows it.
    Panicking,
    /// 200 with JSON of no shape Gogs would give.
    Shapeless,
    /// 200 with a page, as something between shows it that wants people to sign in.
    Page,
    /// 200 with a list longer than anybody needs: 17 MiB.
    Endless,
    /// No answer until the trouble ends.
    Hang,
}

/// The switch all requests pass.
#[derive(Default)]
pub(super) struct Switch(watch::Sender<Trouble>);

impl Switch {
    pub(super) fn set(&self, trouble: Trouble) {
        self.0.send_replace(trouble);
    }

    /// Waits while the forge hangs, then says what else is wrong, if anything.
    pub(super) async fn pass(&self) -> Option<Response> {
        let mut trouble = self.0.subscribe();
        // The sender lives in the forge that runs this request, so the wait cannot fail.
        let now = *trouble.wait_for(|trouble| *trouble != Trouble::Hang).await.ok()?;
        match now {
            Trouble::None | Trouble::Hang => None,
            Trouble::Unavailable => Some(answer::text(StatusCode::SERVICE_UNAVAILABLE, "the forge is down\n")),
            Trouble::Shapeless => {
                Some(answer::json(StatusCode::OK, &serde_json::json!({"acme": "anything", "ssh_url": "git@acme"})))
            }
            Trouble::Page => {
                Some(answer::typed(StatusCode::OK, "text/html; charset=UTF-8", "<!DOCTYPE html><p>acme/anything</p>\n"))
            }
            Trouble::Endless => {
                Some(answer::typed(StatusCode::OK, "application/json; charset=UTF-8", vec![b'['; ENDLESS]))
            }
            Trouble::Panicking => {
                Some(answer::text(StatusCode::INTERNAL_SERVER_ERROR, "PANIC: nil pointer dereference\n"))
            }
        }
    }
}
