//! One line of a command list.

use gogs_spanner_capability::RefName;

use super::{RefUpdate, WireError};
use crate::capabilities::Capabilities;
use crate::object_id::{HEX_LENGTH, ObjectId};

/// Characters of a bad ref name that an error repeats.
const SHOWN_CHARACTERS: usize = 80;

/// One line, read.
pub(super) enum Line {
    /// `shallow ID`.
    Shallow(ObjectId),
    /// `OLD NEW REF`, and what stood behind a NUL.
    Command { update: RefUpdate, capabilities: Option<Capabilities> },
}

impl Line {
    /// Reads a packet's payload as git's receive-pack does: one line feed at the end does not count.
    pub(super) fn parse(payload: &[u8]) -> Result<Self, WireError> {
        let line = payload.strip_suffix(b"\n").unwrap_or(payload);
        if line.starts_with(b"push-cert") {
            return Err(WireError::PushCertificate);
        }
        if let Some(id) = line.strip_prefix(b"shallow ") {
            return ObjectId::parse(id).map(Self::Shallow).ok_or(WireError::Command);
        }
        let (command, capabilities) = match line.iter().position(|&byte| byte == 0) {
            Some(nul) => (&line[..nul], Some(requested(&line[nul + 1..])?)),
            None => (line, None),
        };
        Ok(Self::Command { update: update(command)?, capabilities })
    }
}

fn requested(text: &[u8]) -> Result<Capabilities, WireError> {
    let capabilities = Capabilities::parse(text).ok_or(WireError::Capabilities)?;
    if capabilities.values("object-format").any(|format| format != "sha1") {
        return Err(WireError::ObjectFormat);
    }
    if capabilities.has("push-options") {
        return Err(WireError::PushOptions);
    }
    Ok(capabilities)
}

fn update(command: &[u8]) -> Result<RefUpdate, WireError> {
    let sha256 = 64;
    if command.get(sha256) == Some(&b' ') && command[..sha256].iter().all(u8::is_ascii_hexdigit) {
        return Err(WireError::ObjectFormat);
    }
    let (old, rest) = id(command)?;
    let (new, name) = id(rest)?;
    let name = ref_name(name)?;
    if old.is_zero() && new.is_zero() {
        return Err(WireError::NothingToNothing(name));
    }
    Ok(RefUpdate { old, new, name })
}

/// An id and the space behind it.
fn id(text: &[u8]) -> Result<(ObjectId, &[u8]), WireError> {
    let (id, rest) = text.split_at_checked(HEX_LENGTH).ok_or(WireError::Command)?;
    let id = ObjectId::parse(id).ok_or(WireError::Command)?;
    Ok((id, rest.strip_prefix(b" ").ok_or(WireError::Command)?))
}

fn ref_name(name: &[u8]) -> Result<RefName, WireError> {
    let text = std::str::from_utf8(name).ok();
    text.and_then(|text| RefName::parse(text).ok()).ok_or_else(|| {
        let shown = String::from_utf8_lossy(name).chars().take(SHOWN_CHARACTERS).collect::<String>();
        WireError::RefName(shown.escape_debug().to_string())
    })
}
