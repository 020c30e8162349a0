//! Matching and containment of segment patterns, by one simulation.
//!
//! A glob is a row of parts, each one segment (with `*` inside) or *deep* (any number of segments, none included). A
//! set of positions in that row is one machine word, so matching walks a name once. Containment walks the *inner*
//! pattern the same way, with the hardest word it has: every `*` stands for a letter nobody else can write. If the
//! outer pattern takes that word, its own `*` covered the letter, hence whatever else could stand there; if not, the
//! word itself is the counterexample. So the answer is exact wherever one letter of the alphabet is left unused.

use std::collections::HashSet;

/// Positions fit one machine word, one beyond the last part included.
pub(super) const MAX_PARTS: usize = 32;
/// Each deep part multiplies the words containment must look at.
pub(super) const MAX_DEEP: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Segment(String),
    Deep,
}

impl Glob {
    /// Compiles a text whose shape has been checked. A last `**` stands for at least one segment: `x/**` is below `x`.
    pub(super) fn compile(text: &str) -> Self {
        let mut parts: Vec<_> = text.split('/').map(Part::of).collect();
        if parts.last() == Some(&Part::Deep) {
            parts.insert(parts.len() - 1, Part::Segment("*".to_owned()));
        }
        Self { parts }
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        self.accepts(self.walk(name))
    }

    /// Whether some name goes on after these segments: a part is left to match more with.
    #[cfg(feature = "verify")]
    pub(super) fn reaches_below(&self, folder: &str) -> bool {
        self.walk(folder) & ((1 << self.parts.len()) - 1) != 0
    }

    fn walk(&self, name: &str) -> u64 {
        name.split('/').fold(self.start(), |at, segment| self.step(at, |part| segment_matches(part, segment)))
    }

    fn start(&self) -> u64 {
        self.skip_deep(1)
    }

    fn accepts(&self, positions: u64) -> bool {
        positions & (1 << self.parts.len()) != 0
    }

    /// The positions after one more segment that exactly the parts for which `takes` holds can be.
    fn step(&self, positions: u64, takes: impl Fn(&str) -> bool) -> u64 {
        let reached = self.parts.iter().enumerate().filter(|(at, _)| positions & (1 << at) != 0);
        let next = reached.fold(0, |next, (at, part)| match part {
            Part::Deep => next | 1 << at,
            Part::Segment(text) if takes(text) => next | 1 << (at + 1),
            Part::Segment(_) => next,
        });
        self.skip_deep(next)
    }

    /// A deep part may stand for nothing.
    fn skip_deep(&self, positions: u64) -> u64 {
        let deep = self.parts.iter().enumerate().filter(|(_, part)| **part == Part::Deep);
        deep.fold(positions, |all, (at, _)| if all & (1 << at) != 0 { all | 1 << (at + 1) } else { all })
    }
}

impl Part {
    fn of(text: &str) -> Self {
        if text == "**" { Self::Deep } else { Self::Segment(text.to_owned()) }
    }
}

/// How many segments every name of a kind has; repositories always have two.
pub(super) type Depth = Option<usize>;

/// Whether every name of `inner` (of that depth) is a name of one of `outer`.
pub(super) fn covers(outer: &[&Glob], inner: &Glob, depth: Depth) -> bool {
    let mut open = vec![Walk { part: 0, segments: 0, positions: outer.iter().map(|glob| glob.start()).collect() }];
    let mut seen = HashSet::new();
    while let Some(walk) = open.pop() {
        if depth.is_some_and(|most| walk.segments > most) || !seen.insert(walk.clone()) {
            continue;
        }
        let is_taken = || outer.iter().zip(&walk.positions).any(|(glob, &at)| glob.accepts(at));
        match inner.parts.get(walk.part) {
            None if depth.is_none_or(|exact| exact == walk.segments) && !is_taken() => return false,
            None => {}
            Some(Part::Segment(text)) => open.push(walk.on(outer, depth, 1, |part| segment_matches(part, text))),
            Some(Part::Deep) => {
                open.push(walk.on(outer, depth, 0, |part| part == "*"));
                open.push(Walk { part: walk.part + 1, ..walk });
            }
        }
    }
    true
}

/// Whether a name of that depth exists at all for `glob`.
pub(super) fn is_possible(glob: &Glob, depth: usize) -> bool {
    !covers(&[], glob, Some(depth))
}

/// Whether a name of that depth is one of both.
pub(super) fn meet(one: &Glob, other: &Glob, depth: Depth) -> bool {
    let mut open = vec![(0, 0, 0)];
    let mut seen = HashSet::new();
    while let Some(at @ (i, j, segments)) = open.pop() {
        if depth.is_some_and(|most| segments > most) || !seen.insert(at) {
            continue;
        }
        // Without a fixed depth the count would only keep equal places apart, and the search from ending.
        let next = if depth.is_some() { segments + 1 } else { 0 };
        match (one.parts.get(i), other.parts.get(j)) {
            (None, None) if depth.is_none_or(|exact| exact == segments) => return true,
            (Some(Part::Deep), Some(Part::Deep)) => {
                open.extend([(i, j, next), (i + 1, j, segments), (i, j + 1, segments)]);
            }
            (Some(Part::Deep), Some(_)) => open.extend([(i, j + 1, next), (i + 1, j, segments)]),
            (Some(_), Some(Part::Deep)) => open.extend([(i + 1, j, next), (i, j + 1, segments)]),
            (Some(Part::Deep), None) => open.push((i + 1, j, segments)),
            (None, Some(Part::Deep)) => open.push((i, j + 1, segments)),
            (Some(Part::Segment(a)), Some(Part::Segment(b))) if segments_meet(a, b) => open.push((i + 1, j + 1, next)),
            _ => {}
        }
    }
    false
}

/// Whether some text is matched by both, by walking both at once.
fn segments_meet(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut open = vec![(0, 0)];
    let mut seen = HashSet::new();
    while let Some(at @ (i, j)) = open.pop() {
        if !seen.insert(at) {
            continue;
        }
        match (one.get(i), other.get(j)) {
            (None, None) => return true,
            (Some(b'*'), Some(_)) | (Some(_), Some(b'*')) => open.extend([(i + 1, j), (i, j + 1)]),
            (Some(b'*'), None) => open.push((i + 1, j)),
            (None, Some(b'*')) => open.push((i, j + 1)),
            (Some(a), Some(b)) if a == b => open.push((i + 1, j + 1)),
            _ => {}
        }
    }
    false
}

/// One word of the inner pattern, half spelled: where it stands there, and where that brought each outer pattern.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Walk {
    part: usize,
    segments: usize,
    positions: Vec<u64>,
}

impl Walk {
    fn on(&self, outer: &[&Glob], depth: Depth, parts: usize, takes: impl Fn(&str) -> bool) -> Self {
        let positions = outer.iter().zip(&self.positions).map(|(glob, &at)| glob.step(at, &takes)).collect();
        // Without a fixed depth the count would only keep equal walks apart, and the search from ending.
        let segments = if depth.is_some() { self.segments + 1 } else { 0 };
        Self { part: self.part + parts, segments, positions }
    }
}

/// Classic wildcard matching, linear but for one backtracking point. A `*` in `text` is a letter only a `*` takes.
fn segment_matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut retry = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            retry = Some((p + 1, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((after, from)) = retry {
            retry = Some((after, from + 1));
            (p, t) = (after, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}
