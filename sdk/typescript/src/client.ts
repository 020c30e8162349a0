/** Calls one gateway, and none but that: a call names a path of it, and follows no redirect. */
import { isProblem, readJson, readSaid, settle } from './client/answer.js';
import { on } from './client/path.js';
import { isRepeatable, Patience } from './client/patience.js';
import { Answered, Refused, TokenError } from './errors.js';
import { Endpoint } from './exchange.js';
import { machine, type Clock } from './clock.js';
import { variables, type Variables } from './git.js';
import { parseOrigin } from './origin.js';
import { CAN, readDecisions, readWhoami, WHOAMI, type Decision, type Effect, type Whoami } from './own.js';
import type { Token } from './token.js';
import { Trace, type Traceparent } from './trace.js';
import { send } from './transport.js';

/** What `fetch` takes, and some of our own. */
export interface CallInit extends RequestInit {
  /** A body to be sent as JSON. */
  readonly json?: unknown;
  /** For how many seconds in all this call may wait where a refusal says when to come back. */
  readonly patience?: number;
}

/** Whose token a call carries. */
export interface Holder {
  token(): Promise<Token>;
  /** Another token, where a refusal was about this one and there is a proof to get another with. */
  another(no: Refused, token: Token): Promise<Token | undefined>;
}

/** What is known beforehand about the calls of a {@link Client}. */
export interface ClientOptions {
  readonly patience?: number;
  readonly traceparent?: Traceparent;
  readonly clock?: Clock;
}

/** Calls a gateway with a token: that of a session, which keeps it fresh, or one that somebody handed over. */
export class Client {
  readonly #endpoint: Endpoint;
  readonly #holder: Holder;
  readonly #patience: number;

  /** @internal */
  constructor(endpoint: Endpoint, holder: Holder, patience: number) {
    this.#endpoint = endpoint;
    this.#holder = holder;
    this.#patience = patience;
  }

  /**
   * Calls a gateway with a token somebody handed over. It ends with the token: there is nothing to renew it with.
   *
   * A token made for another gateway is refused, so that it is not shown to this one.
   */
  static async of(gateway: string, token: Token, options: ClientOptions = {}): Promise<Client> {
    const origin = parseOrigin(gateway);
    if (token.origin !== origin) throw new TokenError(`the token is for ${token.origin}, not for ${origin}`);
    const endpoint = new Endpoint(origin, options.clock ?? machine, await Trace.find(options.traceparent));
    const holder = { token: async () => token, another: async () => undefined };
    return new Client(endpoint, holder, options.patience ?? 0);
  }

  /** The gateway it calls. */
  get origin(): string {
    return this.#endpoint.origin;
  }

  /** As `Session.fetch`. */
  async fetch(input: string | URL, init: CallInit = {}): Promise<Response> {
    const url = on(this.origin, input);
    const patience = new Patience(init.patience ?? this.#patience, this.#endpoint.clock);
    for (;;) {
      try {
        return await this.#call(url, init);
      } catch (error) {
        if (!(error instanceof Refused) || !isRepeatable(init, error)) throw error;
        await patience.wait(error, init.signal);
      }
    }
  }

  /** As `Session.json`. */
  async json<T = unknown>(input: string | URL, init: CallInit = {}): Promise<T> {
    const headers = new Headers(init.headers);
    if (!headers.has('accept')) headers.set('accept', 'application/json');
    const response = await this.fetch(input, { ...init, headers });
    if (!response.ok) throw new Answered(response.status, await readSaid(response));
    return readJson<T>(response);
  }

  /** As `Session.can`. */
  async can(effects: readonly Effect[]): Promise<Decision[]> {
    return readDecisions(await this.json(CAN, { method: 'POST', json: { effects } }), effects.length);
  }

  /** As `Session.whoami`. */
  async whoami(): Promise<Whoami> {
    return readWhoami(await this.json(WHOAMI));
  }

  /** As `Session.git`. */
  async git(): Promise<Variables> {
    return variables(await this.#holder.token());
  }

  /**
   * If the token is not accepted because it has just ended (a clock that is wrong, a key that was rotated away), a session
   * renews it and the call is sent once more; a gateway decides before it forwards anything, so nothing is done twice.
   */
  async #call(url: URL, init: CallInit): Promise<Response> {
    const token = await this.#holder.token();
    try {
      return await this.#once(url, init, token);
    } catch (error) {
      const another = error instanceof Refused && (await this.#holder.another(error, token));
      if (!another || init.body instanceof ReadableStream) throw error;
      return this.#once(url, init, another);
    }
  }

  async #once(url: URL, { json, patience: _, ...init }: CallInit, token: Token): Promise<Response> {
    const headers = this.#endpoint.trace.carriedBy(new Headers(init.headers));
    headers.set('authorization', token.authorization());
    if (json !== undefined) headers.set('content-type', 'application/json');
    const body = json === undefined ? init.body : JSON.stringify(json);
    const response = await send(url, { ...init, ...(body !== undefined && { body }), headers });
    return isProblem(response) ? settle(response) : response;
  }
}
