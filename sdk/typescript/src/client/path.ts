/** The path of a call. Whatever it holds, it stays on the origin the token is for. */
import { PathError } from '../errors.js';

/** `.` and `..`, also as the URL standard lets them be written. */
const DOTS = /^(\.|%2e){1,2}$/i;

/** The URL of a path and query on an origin, or of a URL that is of that origin; spaces and the like are encoded. */
export function on(origin: string, input: string | URL): URL {
  const text = String(input);
  const path = text.startsWith(`${origin}/`) ? text.slice(origin.length) : text;
  if (!path.startsWith('/') || path.startsWith('//')) {
    throw new PathError('a path begins with one slash and names no other host');
  }
  if (/[\\#\p{Cc}]/u.test(path)) throw new PathError('a path has no backslash, no fragment and no control character');
  const [segments = ''] = path.split('?', 1);
  if (segments.split('/').some((segment) => DOTS.test(segment))) {
    throw new PathError('a path has no segment `.` or `..`');
  }
  return new URL(origin + path);
}
