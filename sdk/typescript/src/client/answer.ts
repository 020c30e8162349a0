/** What came back: an answer, a gateway's no, or the forge's. */
import { Refused, Unintelligible } from '../errors.js';
import { readBounded } from '../transport.js';

/** What a refusal is said in (RFC 9457 §3). */
const PROBLEM = 'application/problem+json';
/** A refusal, or what a forge says of a failure, is far shorter. */
const COMPLAINT_MAX = 64 * 1024;
/** What is read as one JSON value. A forge's pages are smaller; what is larger is a download, to be read as it comes. */
const JSON_MAX = 16 * 1024 * 1024;

/** Whether it is the gateway that says no. */
export function isProblem(response: Response): boolean {
  return !response.ok && response.headers.get('content-type')?.split(';')[0]?.trim() === PROBLEM;
}

/** Gives a gateway's no its type. */
export async function settle(response: Response): Promise<never> {
  const document = parse(await readBounded(response, COMPLAINT_MAX));
  const refused = Refused.read(response.status, document, response.headers.get('retry-after'));
  throw refused ?? new Unintelligible(response.status);
}

/** Reads an answer of bounded size as JSON. */
export async function readJson<T>(response: Response): Promise<T> {
  const value = parse(await readBounded(response, JSON_MAX));
  if (value === undefined) throw new Unintelligible(response.status);
  return value as T;
}

/** How a forge says what went wrong. */
export async function readSaid(response: Response): Promise<string> {
  const text = await readBounded(response, COMPLAINT_MAX);
  if (text === undefined) throw new Unintelligible(response.status);
  const message = (parse(text) as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? message : '';
}

function parse(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}
