/** Patterns of repositories, refs and paths: `*` within a segment, `**` across segments. */

/** Whether a pattern holds a name. A last `**` is what lies below, one before that may be nothing at all. */
export function matches(pattern: string, name: string): boolean {
  return match(pattern.split('/'), name.split('/'));
}

function match(parts: readonly string[], segments: readonly string[]): boolean {
  const [part, ...rest] = parts;
  if (part === undefined) return segments.length === 0;
  const [segment, ...left] = segments;
  if (part !== '**') return segment !== undefined && within(part, segment) && match(rest, left);
  if (rest.length === 0) return segments.length > 0;
  return match(rest, segments) || (segments.length > 0 && match(parts, left));
}

/** Each piece between two stars is looked for where the one before ended. */
function within(part: string, segment: string): boolean {
  const [first = '', ...pieces] = part.split('*');
  const last = pieces.pop();
  if (last === undefined) return part === segment;
  if (!segment.startsWith(first) || segment.length < first.length + last.length) return false;
  let at = first.length;
  for (const piece of pieces) {
    const found = segment.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return segment.endsWith(last) && segment.length - last.length >= at;
}
