/** A token as an agent holds it. */
import { createHash } from 'node:crypto';

import { machine } from './clock.js';
import { Endpoint } from './exchange.js';
import { NarrowingError, OriginError, TokenError } from './errors.js';
import { resolve, type Narrower, type Narrowing } from './narrowing.js';
import { attenuate, biscuit, type Biscuits } from './narrowing/offline.js';
import { parseOrigin } from './origin.js';
import { inspect, type Reading, type Right } from './token/reading.js';
import { decode, encode } from './token/text.js';
import { Trace } from './trace.js';

/** The longest a token is still handed out before its end, in milliseconds: a request takes a moment to arrive. */
const MARGIN = 5_000;

/** What node's `util.inspect` calls; named so that the types ask for none of node's. */
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/** A token, the gateway it is for, and when it ends. Printed, it shows a fingerprint. */
export class Token {
  /** When it ends, by this machine's clock. */
  readonly expires: Date;
  readonly #text: string;
  readonly #endpoint: Endpoint;
  #reading: Reading | undefined;

  /** @internal */
  constructor(text: string, expires: number, endpoint: Endpoint) {
    this.#text = text;
    this.expires = new Date(expires);
    this.#endpoint = endpoint;
  }

  /**
   * Takes a token somebody handed over, such as the planner whose worker this is; white space around it is forgiven.
   *
   * Where it is for and when it ends is what it says of itself. Nobody but the gateway can tell whether that is true.
   */
  static async parse(text: string): Promise<Token> {
    const { service, expires } = inspect(decode(text.trim()));
    const endpoint = new Endpoint(place(service), machine, await Trace.find());
    return new Token(text.trim(), expires, endpoint);
  }

  /** The gateway it is for. */
  get origin(): string {
    return this.#endpoint.origin;
  }

  /**
   * What it grants, as the token itself says it, less the actions and repositories it was narrowed from. Nobody has verified
   * it: plan by it, decide nothing by it.
   */
  get rights(): readonly Right[] {
    return this.#read().rights;
  }

  /** The secret itself: the password, or the user name, git sends. */
  expose(): string {
    return this.#text;
  }

  /** The value of an `Authorization` header. It holds the secret. */
  authorization(): string {
    return `Bearer ${this.#text}`;
  }

  /**
   * A token that can do less, for a sub-agent; nobody can widen it again.
   *
   * It is made here where `@biscuit-auth/biscuit-wasm` loads, and by an exchange at the gateway where it does not: with the
   * same outcome, never wider, and never longer than this one.
   */
  async narrow(narrowing: Narrowing): Promise<Token> {
    const narrower = resolve(narrowing, this.#read());
    const library = await biscuit();
    return library ? this.#attenuate(library, narrower) : this.#exchange(narrower);
  }

  /** @internal Whether a request made at an instant still arrives in time. */
  isUsable(now: number): boolean {
    return now + MARGIN < this.expires.getTime();
  }

  /** @internal Whether it is the very same token. */
  is(other: Token): boolean {
    return this.#text === other.#text;
  }

  /** @internal A share between 0 and 1 that differs from token to token, so that a fleet does not renew at one instant. */
  share(): number {
    return (this.#digest()[0] ?? 0) / 255;
  }

  toString(): string {
    return `gsp_…${this.#digest().toString('hex', 0, 4)}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [INSPECT](): string {
    return `Token(${this.toString()}, until ${this.expires.toISOString()})`;
  }

  #read(): Reading {
    this.#reading ??= inspect(decode(this.#text));
    return this.#reading;
  }

  #digest(): Buffer {
    return createHash('sha256').update(this.#text).digest();
  }

  async #attenuate(library: Biscuits, narrower: Narrower): Promise<Token> {
    const { keyId, expires } = this.#read();
    const key = await this.#endpoint.key(keyId);
    if (key === undefined) throw new NarrowingError('the gateway has no key of the id this token names');
    const { lifetime = Number.POSITIVE_INFINITY } = narrower;
    const ends = this.#endpoint.clock.now() + lifetime * 1000;
    // What the token says is by the gateway's clock, which may differ from ours.
    const there = Math.floor((expires + ends - this.expires.getTime()) / 1000);
    const bytes = attenuate(library, decode(this.#text), key, narrower, there);
    return new Token(encode(bytes), Math.min(this.expires.getTime(), ends), this.#endpoint);
  }

  /** No gateway is asked for longer than it could grant. */
  async #exchange(narrower: Narrower): Promise<Token> {
    const left = Math.ceil((this.expires.getTime() - this.#endpoint.clock.now()) / 1000);
    const { lifetime, ...rest } = narrower;
    const asked = lifetime === undefined ? rest : { ...rest, lifetime: Math.max(1, Math.min(lifetime, left)) };
    const { text, expires } = await this.#endpoint.narrow(this.#text, asked);
    return new Token(text, Math.min(expires, this.expires.getTime()), this.#endpoint);
  }
}

function place(service: string): string {
  try {
    return parseOrigin(service);
  } catch (cause) {
    if (!(cause instanceof OriginError)) throw cause;
    throw new TokenError(`the token is for no place where a gateway can be: ${cause.message}`, { cause });
  }
}
