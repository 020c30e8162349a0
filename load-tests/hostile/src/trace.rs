//! Trace ids that say which request of which case they belong to, and which lie the upstream is to tell about it.
//!
//! `run (8 bytes) · case (2) · part (2) · mark (2) · lie (2)`, in hexadecimal, as W3C Trace Context wants it.

use uuid::Uuid;

/// In the mark: the upstream lies. It stands in the id because nothing else of a request reaches the upstream unchanged.
const LYING: u16 = 0x6c69;

/// What tells the requests of one run from everybody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run([u8; 8]);

impl Run {
    /// A new one.
    #[expect(clippy::new_without_default, reason = "every call gives another value")]
    pub fn new() -> Self {
        let (high, _) = Uuid::new_v4().as_u64_pair();
        Self(high.to_be_bytes())
    }

    /// The trace id of one request of a case; part 0 is what the case says it is, later parts are what it hides.
    pub fn trace(self, case: u16, part: u16, lie: Option<u16>) -> String {
        let mark = if lie.is_some() { LYING } else { 0 };
        let numbers = [case, part, mark, lie.unwrap_or(0)].map(|number| format!("{number:04x}"));
        format!("{}{}", hex::encode(self.0), numbers.concat())
    }

    /// Which case of this run a trace id belongs to.
    pub fn case(self, trace: &str) -> Option<u16> {
        u16::from_str_radix(trace.strip_prefix(&hex::encode(self.0))?.get(..4)?, 16).ok()
    }
}

/// The lie a trace id asks for.
pub fn lie(trace: &str) -> Option<usize> {
    let mark = u16::from_str_radix(trace.get(24..28)?, 16).ok()?;
    let lie = usize::from_str_radix(trace.get(28..32)?, 16).ok()?;
    (mark == LYING).then_some(lie)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_whose_it_is() {
        let run = Run::new();
        let (honest, lying) = (run.trace(7, 1, None), run.trace(8, 0, Some(300)));
        assert_eq!((honest.len(), run.case(&honest), lie(&honest)), (32, Some(7), None));
        assert_eq!((run.case(&lying), lie(&lying)), (Some(8), Some(300)));
        assert_eq!(Run::new().case(&honest), None);
    }
}
