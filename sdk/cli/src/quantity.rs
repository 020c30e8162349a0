//! Quantities, as people write them: one whole number and one unit.

/// Reads `15m` by the worth of each unit; nothing else, and not zero.
pub fn counted(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let (_, worth) = units.iter().find(|(name, _)| *name == unit)?;
    digits.parse::<u64>().ok()?.checked_mul(*worth).filter(|&count| count > 0)
}
