/**
 * The ID token of a job of GitHub Actions, or of Forgejo Actions, which does as that does: the runner says where to ask for
 * it and with what, and the job names whom it is for ("OpenID Connect reference" of GitHub's documentation).
 */
import { ProofError } from '../errors.js';
import { isPrivate } from '../origin.js';
import { readBounded, sendBriefly } from '../transport.js';

/** Where to ask, set by the runner for a job with `permissions: id-token: write`. */
export const URL_VARIABLE = 'ACTIONS_ID_TOKEN_REQUEST_URL';
/** What to ask with. */
export const TOKEN_VARIABLE = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN';

/** An ID token is asked for within a second. */
const TIMEOUT = 30_000;
/** An ID token is a few KiB. */
const ANSWER_MAX = 64 * 1024;
const ASKED = 'the request for an ID token';

/** A job, and what it gets its ID tokens with. */
export class Job {
  readonly #url: URL;
  readonly #token: string;

  private constructor(url: URL, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** A job the runner said this to; `undefined` if it is no place to send a secret to. */
  static of(url: string, token: string): Job | undefined {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    return parsed && isPrivate(parsed) ? new Job(parsed, token) : undefined;
  }

  /** Asks for an ID token for one gateway. */
  async idToken(audience: string): Promise<string> {
    const url = new URL(this.#url);
    url.searchParams.append('audience', audience);
    const headers = { authorization: `bearer ${this.#token}`, accept: 'application/json' };
    const response = await sendBriefly(url, { headers }, TIMEOUT).catch((cause: unknown) => {
      throw new ProofError(`GitHub Actions does not answer ${ASKED}`, { cause });
    });
    if (!response.ok) {
      await response.body?.cancel();
      const needs = 'the job needs `permissions: id-token: write`';
      throw new ProofError(`GitHub Actions answered ${ASKED} with ${response.status}; ${needs}`);
    }
    const value = field(await readBounded(response, ANSWER_MAX), 'value');
    if (value === undefined) throw new ProofError(`GitHub Actions answered ${ASKED} with something else`);
    return value;
  }
}

/** A text of a JSON object, which may be none. */
function field(json: string | undefined, name: string): string | undefined {
  try {
    const value = (JSON.parse(json ?? '') as Record<string, unknown> | null)?.[name];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
