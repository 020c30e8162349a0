//! Every target, on its seeds and on ten thousand mutations of them: always the same ones, so that a run that fails fails
//! again.

use std::{fs, panic, path::Path};

use gogs_spanner_properties::TARGETS;

/// Mutations of each target: a second or so of each.
const MUTATIONS: usize = 10_000;
/// Changes a mutation makes to one seed at most.
const CHANGES: u64 = 6;
/// What is written into a seed now and then: bytes the readers look for.
const LIVELY: &[u8] = b"\0\n\r\t /:.%;?&=+-_\\\"'{}[](),#$@0149afAFgz\x7f\x80\xc3\xff";

#[test]
fn every_property_holds_for_the_seeds_and_thousands_of_their_mutations() {
    for target in TARGETS {
        let seeds = seeds(target.name);
        assert!(seeds.len() > 8, "{} has {} seeds", target.name, seeds.len());
        for seed in &seeds {
            holds(target.name, target.holds, seed);
        }
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
        for _ in 0..MUTATIONS {
            holds(target.name, target.holds, &chance.mutation(&seeds));
        }
    }
}

/// Says which input it was, if the property does not hold for it.
fn holds(name: &str, property: fn(&[u8]), input: &[u8]) {
    let held = panic::catch_unwind(|| property(input)).is_ok();
    assert!(held, "{name} does not hold for b\"{}\"", input.escape_ascii());
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(name);
    let mut files: Vec<_> =
        fs::read_dir(directory).expect("seeds").map(|entry| entry.expect("a seed").path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).expect("a seed")).collect()
}

/// xorshift64: all that is wanted is the same numbers every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1)).expect("a number below a length")
    }

    fn index(&mut self, length: usize) -> usize {
        self.below(length as u64)
    }

    fn mutation(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = seeds[self.index(seeds.len())].clone();
        for _ in 0..=self.below(CHANGES) {
            self.change(&mut input, seeds);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.index(input.len() + 1);
        let until = (at + 1 + self.index(16)).min(input.len());
        match self.below(6) {
            0 => input.insert(at, LIVELY[self.index(LIVELY.len())]),
            1 if at < input.len() => input[at] ^= 1 << self.below(8),
            2 if at < input.len() => input[at] = LIVELY[self.index(LIVELY.len())],
            3 => drop(input.drain(at.min(until)..until)),
            4 => {
                let again = input[at.min(until)..until].to_vec();
                input.splice(at..at, again);
            }
            _ => {
                // The end of another seed behind the beginning of this one.
                let other = &seeds[self.index(seeds.len())];
                input.truncate(at);
                input.extend_from_slice(&other[self.index(other.len() + 1)..]);
            }
        }
    }
}
