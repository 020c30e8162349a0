//! A code, confirmed on another device (RFC 8628).

use gogs_spanner_capability::Reason;
use serde_json::{Value, json};

use super::{
    SignInOffice, Vouched, digest,
    pending::{Waiting, is_in_time},
    way::Way,
};
use crate::{refuse::Refusal, request::Arrival, store::SingleUse};
use jiff::{SignedDuration, Timestamp};

/// The longest a code stays good, whatever the issuer says: who has not confirmed by then has gone.
const CONFIRMED_WITHIN: u32 = 30 * 60;
/// Seconds between two questions, where the issuer says nothing (RFC 8628 §3.2), and the most it may ask for.
const INTERVAL: u32 = 5;
const INTERVAL_AT_MOST: u32 = 60;

impl SignInOffice {
    /// Begins: the codes, and where she enters hers (RFC 8628 §3.2).
    pub async fn begin_device(&self, arrival: &Arrival) -> Result<Value, Refusal> {
        self.expect_devices()?;
        let begun = self.provider.begin_device(arrival).await?;
        let text = |member: &str| begun.get(member).and_then(Value::as_str);
        let number = |member: &str| begun.get(member).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        let (Some(code), Some(user_code), Some(page)) =
            (text("device_code"), text("user_code"), text("verification_uri").or_else(|| text("verification_url")))
        else {
            return Err(self.provider.unintelligible("its answer has no codes"));
        };
        let lifetime = number("expires_in").unwrap_or(CONFIRMED_WITHIN).min(CONFIRMED_WITHIN);
        let interval = number("interval").unwrap_or(INTERVAL).clamp(1, INTERVAL_AT_MOST);
        let until = arrival.at.as_second() + i64::from(lifetime);
        let begun = self.revoked.first_second_of_all(arrival.at).as_second();
        let waiting = Waiting { code: code.to_owned(), interval, begun_by: arrival.client, begun, until };
        // The issuer's page with the code in it (`verification_uri_complete`) is not passed on: a link that needs no typing is
        // one to send to somebody, who then sees no code to wonder about (RFC 8628 §3.3.1, §5.4).
        Ok(json!({
            "device_code": self.pending.seal(&waiting)?,
            "user_code": user_code,
            "verification_uri": page,
            "expires_in": lifetime,
            "interval": interval,
        }))
    }

    /// Asks the issuer whether she has confirmed.
    pub(super) async fn device(&self, arrival: &Arrival, code: &str) -> Result<Vouched, Refusal> {
        self.expect_devices()?;
        let waiting: Waiting = self.pending.open(code).ok_or_else(|| Refusal::new(Reason::CodeNotAccepted))?;
        if !is_in_time(&waiting, arrival.at) {
            return Err(Refusal::new(Reason::SignInTooLate));
        }
        self.refuse_haste(digest(code), &waiting, arrival.at)?;
        let code = SingleUse { digest: digest(&format!("sign-in\0{}", waiting.code)), until: second(waiting.until) };
        self.journal.refuse_used(&code).await?;
        let claims = self.provider.redeem_device(arrival, &waiting.code, self.spoken_of()).await?;
        let way = Way::Device { begun_by: waiting.begun_by, redeemed_by: arrival.client };
        Ok(Vouched { claims, way, code, begun: second(waiting.begun) })
    }

    /// Refuses where people sign in by a browser at hand alone.
    fn expect_devices(&self) -> Result<(), Refusal> {
        if self.device {
            return Ok(());
        }
        let why = "people sign in at this gateway with a browser on the same machine, and not by a code";
        let hint = "run `spanner login` where a browser can be opened; an operator may allow codes, `[people] device`";
        Err(Refusal::new(Reason::GrantTypeUnsupported).because(why).hint(hint))
    }

    /// The issuer is asked no oftener than it wishes, however often we are.
    fn refuse_haste(&self, device: [u8; 32], waiting: &Waiting, now: Timestamp) -> Result<(), Refusal> {
        let interval = SignedDuration::from_secs(waiting.interval.into());
        let last = self.asked.get(&device);
        self.asked.insert(device, now);
        // Half a second for a clock that counts its seconds from the answer on.
        let early = SignedDuration::from_millis(500);
        match last {
            Some(last) if now.duration_since(last).abs() + early < interval => Err(Refusal::new(Reason::SlowDown)),
            _ => Ok(()),
        }
    }
}

pub(super) fn second(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}
