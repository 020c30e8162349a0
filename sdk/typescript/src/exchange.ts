/** Requests to the token endpoint of one gateway, and their answers. */
import type { Clock } from './clock.js';
import { Refused, Unintelligible } from './errors.js';
import type { Names, Narrower } from './narrowing.js';
import { TOKEN_EXCHANGE, type Proof, type Stated } from './proof.js';
import { decode } from './token/text.js';
import type { Trace } from './trace.js';
import { readBounded, sendBriefly } from './transport.js';

const TOKEN_ENDPOINT = '/-/spanner/oauth/token';
const KEYS_ENDPOINT = '/-/spanner/oauth/keys';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
/** An exchange takes a gateway milliseconds, and its issuers' keys seconds; one that takes longer is down. */
const TIMEOUT = 30_000;
/** An answer holds a token of at most 6 KiB and what was granted; more is not a gateway's. */
const ANSWER_MAX = 256 * 1024;
/** Clocks that differ by less are not worth correcting: `Date` knows whole seconds, and an answer takes its time. */
const SKEW_MIN = 10_000;
/** What may be mended by making the proof anew. */
const ANOTHER_PROOF = ['assertion-replayed', 'assertion-not-accepted'];

/** Less than the agent's maximum, one entry of `authorization_details` (RFC 9396). A member left out is as in the right. */
export interface Less {
  readonly actions?: readonly string[];
  readonly repositories?: readonly string[];
  readonly refs?: readonly string[];
  readonly paths?: readonly string[];
}

/** What is asked for besides a token. */
export interface Wanted {
  readonly details: readonly Less[];
  /** In whole seconds. */
  readonly lifetime?: number | undefined;
}

/** A token that was granted, and when it ends by this machine's clock, in milliseconds. */
export interface Granted {
  readonly text: string;
  readonly expires: number;
}

/** The token endpoint of one gateway. */
export class Endpoint {
  readonly origin: string;
  readonly clock: Clock;
  readonly trace: Trace;
  /** By how much the gateway's clock is ahead of this machine's, as far as it ever mattered; in milliseconds. */
  #skew = 0;
  /** The same, as the last answer's `Date` has it. */
  #ahead = 0;
  #keys = new Map<number, string>();

  constructor(origin: string, clock: Clock, trace: Trace) {
    this.origin = origin;
    this.clock = clock;
    this.trace = trace;
  }

  /**
   * Exchanges a proof for a token.
   *
   * A proof that was used before, or was made with a clock, a key or a file that is no longer right, is made once more.
   */
  async exchange(proof: Proof, wanted: Wanted): Promise<Granted> {
    const first = await proof.state(this.origin, this.#now());
    try {
      return await this.#ask(first.parameters, wanted);
    } catch (error) {
      if (!(error instanceof Refused) || !ANOTHER_PROOF.includes(error.reason)) throw error;
      return this.#again(proof, first, wanted, error);
    }
  }

  async #again(proof: Proof, first: Stated, wanted: Wanted, no: Refused): Promise<Granted> {
    const before = this.#skew;
    const isReplay = no.reason === 'assertion-replayed';
    if (!isReplay && Math.abs(this.#ahead - before) > SKEW_MIN) this.#skew = this.#ahead;
    const second = await proof.state(this.origin, this.#now());
    if (!differ(first, second, isReplay) && this.#skew === before) throw no;
    try {
      return await this.#ask(second.parameters, wanted);
    } catch (error) {
      this.#skew = before;
      throw error;
    }
  }

  /** Exchanges a token of ours for a narrower one. */
  narrow(token: string, narrower: Narrower): Promise<Granted> {
    const parameters = { grant_type: TOKEN_EXCHANGE, subject_token: token, subject_token_type: ACCESS_TOKEN };
    const delegate: Record<string, string> = narrower.delegate === undefined ? {} : { delegate: narrower.delegate };
    return this.#ask({ ...parameters, ...delegate }, { details: details(narrower), lifetime: narrower.lifetime });
  }

  /** The public key tokens are signed with, by its id: hexadecimal. Asked for once, and again when there is a new one. */
  async key(id: number): Promise<string | undefined> {
    if (!this.#keys.has(id)) {
      const { keys } = await this.#answer<{ keys?: unknown }>(KEYS_ENDPOINT, {});
      this.#keys = new Map(Array.isArray(keys) ? keys.flatMap(publicKey) : []);
    }
    return this.#keys.get(id);
  }

  /** The token's end is counted from before the request was sent, so it is never believed to live longer than it does. */
  async #ask(parameters: Readonly<Record<string, string>>, wanted: Wanted): Promise<Granted> {
    const asked = this.clock.now();
    const details = wanted.details.map((entry) => ({ type: 'gogs', ...entry }));
    const body = new URLSearchParams(parameters);
    if (details.length > 0) body.set('authorization_details', JSON.stringify(details));
    if (wanted.lifetime !== undefined) body.set('lifetime', String(wanted.lifetime));
    const granted = await this.#answer<Record<string, unknown>>(TOKEN_ENDPOINT, { method: 'POST', body });
    const { access_token: text, expires_in: lifetime } = granted;
    if (!isToken(text) || typeof lifetime !== 'number') throw new Unintelligible(200);
    return { text, expires: asked + lifetime * 1000 };
  }

  async #answer<T>(path: string, init: RequestInit): Promise<T> {
    const headers = this.trace.carriedBy(new Headers({ accept: 'application/json' }));
    const response = await sendBriefly(new URL(path, this.origin), { ...init, headers }, TIMEOUT);
    const ahead = Date.parse(response.headers.get('date') ?? '') - this.clock.now();
    this.#ahead = Number.isFinite(ahead) ? ahead : this.#skew;
    const document = parse(await readBounded(response, ANSWER_MAX));
    if (response.ok && document !== undefined) return document as T;
    const retryAfter = response.headers.get('retry-after');
    throw (
      (response.ok ? undefined : Refused.read(response.status, document, retryAfter)) ??
      new Unintelligible(response.status)
    );
  }

  /** Now as the gateway sees it, as far as that is known. */
  #now(): number {
    return this.clock.now() + this.#skew;
  }
}

/** Whether the second proof may be taken where the first was not. */
function differ(first: Stated, second: Stated, isReplay: boolean): boolean {
  if (!isReplay) return first.basis !== second.basis;
  return JSON.stringify(first.parameters) !== JSON.stringify(second.parameters);
}

/** Action by action: they may come out of several rights, and what comes out of several is several entries. */
export function details({ actions, repositories, refs, paths }: Narrower): Less[] {
  const alike = {
    ...(repositories && { repositories: patterns(repositories) }),
    ...(refs && { refs: patterns(refs) }),
    ...(paths && { paths: patterns(paths) }),
  };
  if (actions) return actions.map((action) => ({ actions: [action], ...alike }));
  return Object.keys(alike).length > 0 ? [alike] : [];
}

function patterns(names: Names): readonly string[] {
  return 'under' in names ? [names.pattern] : names.exact;
}

/** An OKP key of RFC 8037 whose id is a number. */
function publicKey(key: unknown): [number, string][] {
  const { kid, x } = (key ?? {}) as Record<string, unknown>;
  return typeof x === 'string' ? [[Number(kid), Buffer.from(x, 'base64url').toString('hex')]] : [];
}

function isToken(text: unknown): text is string {
  try {
    return typeof text === 'string' && decode(text).length > 0;
  } catch {
    return false;
  }
}

function parse(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}
