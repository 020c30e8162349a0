//! How the forge is set up: the few settings of Gogs that strangers notice.

/// The settings. By default those of a Gogs 0.14.3 that is set up well.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of Gogs that is true or false")]
pub struct Manner {
    /// The commit it was built from, which every page names (`gogs.js?v=`); empty in a build that names none.
    pub commit: String,
    /// `DISABLE_REGISTRATION = false`: anybody can make an account.
    pub open_registration: bool,
    /// `REQUIRE_SIGNIN_VIEW = false`: anybody can look at what is public.
    pub open_view: bool,
    /// `ENABLE_REVERSE_PROXY_AUTHENTICATION`, with loopback trusted: whoever says `X-WEBAUTH-USER` is believed.
    pub believes_proxies: bool,
    /// `RUN_MODE = dev`.
    pub development: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            commit: "3ba8aca90e17e5410b7e8b227c9f29256ac3e875".to_owned(),
            open_registration: false,
            open_view: false,
            believes_proxies: false,
            development: false,
        }
    }
}
