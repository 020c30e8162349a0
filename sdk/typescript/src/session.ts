/** A gateway and a proof, remembered, and the token that is valid now. */
import { Client, type CallInit } from './client.js';
import { machine, type Clock } from './clock.js';
import { discover, here, type Arguments } from './discovery.js';
import { Refused } from './errors.js';
import { Endpoint, type Less } from './exchange.js';
import type { Variables } from './git.js';
import type { Decision, Effect, Whoami } from './own.js';
import type { Proof } from './proof.js';
import { Token } from './token.js';
import { Trace, type Traceparent } from './trace.js';

/**
 * After a renewal failed the held token serves on; asking again at every call would only add to the gateway's trouble. In
 * milliseconds.
 */
const RETRY_AFTER = 10_000;
/** A token is renewed between these shares of its life, spread so that agents started together do not come back together. */
const RENEWAL = { from: 0.7, to: 0.85 };

/** What is known beforehand about a session. */
export interface Options extends Arguments {
  /** Asks for less than the agent's maximum; several are a union. */
  readonly less?: readonly Less[];
  /** Asks for tokens that live so long, in whole seconds. */
  readonly lifetime?: number;
  /** For how many seconds in all a call may wait where a refusal says when to come back; none, unless it is said. */
  readonly patience?: number;
  /** The trace its requests belong to, where OpenTelemetry does not say. */
  readonly traceparent?: Traceparent;
  /** Takes the time from elsewhere. */
  readonly clock?: Clock;
}

interface Held {
  readonly token: Token;
  readonly renewAt: number;
}

/** What an agent holds for as long as it runs. */
export class Session {
  readonly #endpoint: Endpoint;
  readonly #proof: Proof;
  readonly #options: Options;
  readonly #client: Client;
  #held: Held | undefined;
  /** The exchange under way; whoever needs its outcome waits for this one. */
  #flight: Promise<Token> | undefined;

  private constructor(endpoint: Endpoint, proof: Proof, options: Options) {
    this.#endpoint = endpoint;
    this.#proof = proof;
    this.#options = options;
    const holder = { token: () => this.token(), another: (no: Refused, token: Token) => this.#another(no, token) };
    this.#client = new Client(endpoint, holder, options.patience ?? 0);
  }

  /**
   * Finds the gateway and the proof: in the arguments, in `GOGS_SPANNER_URL`, `GOGS_SPANNER_AGENT`, `GOGS_SPANNER_KEY_FILE`,
   * `GOGS_SPANNER_ASSERTION_FILE`, else in what the platform it runs on offers, else in the sign-in of a person on this
   * machine. Nothing is sent yet.
   */
  static async discover(options: Options = {}): Promise<Session> {
    const { origin, proof } = discover(options, here);
    const trace = await Trace.find(options.traceparent);
    return new Session(new Endpoint(origin, options.clock ?? machine, trace), proof, options);
  }

  /** The gateway it belongs to. */
  get origin(): string {
    return this.#endpoint.origin;
  }

  /**
   * A token that is valid now.
   *
   * It is renewed before it ends, once for all callers, who go on with the one at hand meanwhile; a renewal that fails is
   * told to nobody as long as that is still valid.
   */
  async token(): Promise<Token> {
    const now = this.#endpoint.clock.now();
    const held = this.#usable(now);
    if (held === undefined) return this.#exchange();
    if (now >= held.renewAt) this.#exchange().catch(() => this.#keep(held, now + RETRY_AFTER));
    return held.token;
  }

  /**
   * Calls the API behind the gateway, as `fetch` does, with a token that is valid then. A gateway that says no is a thrown
   * {@link Refused}; what the forge says, whatever it is, is the answer.
   *
   * The argument is a path, or a URL of this gateway; the token goes nowhere else.
   */
  fetch(input: string | URL, init?: CallInit): Promise<Response> {
    return this.#client.fetch(input, init);
  }

  /** The same, for an answer in JSON. What is no success is thrown: {@link Refused}, or `Answered` if the forge said no. */
  json<T = unknown>(input: string | URL, init?: CallInit): Promise<T> {
    return this.#client.json<T>(input, init);
  }

  /** Whether the gateway would let these pass, each with the reason if not. Nothing is done. */
  can(effects: readonly Effect[]): Promise<Decision[]> {
    return this.#client.can(effects);
  }

  /** Who this is to the gateway: agent, expiry, effective rights, what is left of its budget. */
  whoami(): Promise<Whoami> {
    return this.#client.whoami();
  }

  /** What `git` needs in its environment to act with this token, and only at this gateway. It holds the secret. */
  git(): Promise<Variables> {
    return this.#client.git();
  }

  /** A token other than one that a gateway did not accept; asked for once, however many callers were told so. */
  async #another(no: Refused, stale: Token): Promise<Token | undefined> {
    if (no.reason === 'token-revoked' && this.#held?.token.is(stale)) this.#held = undefined;
    if (no.reason !== 'token-expired' && no.reason !== 'token-not-accepted') return undefined;
    const held = this.#usable(this.#endpoint.clock.now());
    return held && !held.token.is(stale) ? held.token : this.#exchange();
  }

  #exchange(): Promise<Token> {
    this.#flight ??= this.#ask().finally(() => (this.#flight = undefined));
    return this.#flight;
  }

  async #ask(): Promise<Token> {
    const asked = this.#endpoint.clock.now();
    const { less = [], lifetime } = this.#options;
    const { text, expires } = await this.#endpoint.exchange(this.#proof, { details: less, lifetime });
    const token = new Token(text, expires, this.#endpoint);
    const share = RENEWAL.from + token.share() * (RENEWAL.to - RENEWAL.from);
    this.#hold(token, asked + share * (expires - asked));
    return token;
  }

  #usable(now: number): Held | undefined {
    return this.#held?.token.isUsable(now) ? this.#held : undefined;
  }

  #hold(token: Token, renewAt: number): void {
    this.#held = { token, renewAt };
  }

  /** Goes on with what is held, unless it was given up meanwhile. */
  #keep(held: Held, renewAt: number): void {
    if (this.#held === held) this.#hold(held.token, renewAt);
  }
}
