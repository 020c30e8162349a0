/** A gateway that answers as told, an agent's files, and a clock: for what no real gateway does on demand. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Session, type Options } from '@gogs-spanner/sdk';

import { encode } from '../node_modules/@gogs-spanner/sdk/dist/token/text.js';
import { ManualClock } from './clock.js';

/** The key of RFC 8037 appendix A, as `openssl` writes it. */
export const PEM =
  '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n';
const TOKEN_ENDPOINT = '/-/spanner/oauth/token';

/** What is answered, and how. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** A request as it arrived. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A gateway, an agent's files, and a clock. */
export class StandIn implements AsyncDisposable {
  readonly clock = new ManualClock();
  arrivals: Arrival[] = [];
  readonly #server: Server;
  readonly #directory: string;
  #answer: (arrival: Arrival) => Answer | Promise<Answer> = () => ({ status: 500 });

  private constructor(server: Server, directory: string) {
    this.#server = server;
    this.#directory = directory;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<StandIn> {
    const directory = await mkdtemp(join(tmpdir(), 'stand-in-'));
    await writeFile(join(directory, 'key.pem'), PEM);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new StandIn(server, directory);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  file(name: string): string {
    return join(this.#directory, name);
  }

  /** A session of the agent `ci-web` with its key. */
  session(options: Options = {}): Promise<Session> {
    return this.discover({ agent: 'ci-web', keyFile: this.file('key.pem'), ...options });
  }

  discover(options: Options): Promise<Session> {
    return Session.discover({ url: this.url, clock: this.clock, ...options });
  }

  /** From now on the token endpoint answers so. */
  answers(answer: Answer): void {
    this.serves(() => answer);
  }

  /** From now on everything is answered so. */
  serves(answer: (arrival: Arrival) => Answer | Promise<Answer>): void {
    this.arrivals = [];
    this.#answer = answer;
  }

  /** The forms the token endpoint was sent since it was told what to answer. */
  forms(): URLSearchParams[] {
    return this.calls(TOKEN_ENDPOINT).map((arrival) => new URLSearchParams(arrival.body));
  }

  /** The requests for a path. */
  calls(path: string): Arrival[] {
    return this.arrivals.filter((arrival) => arrival.path === path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#directory, { recursive: true });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', headers } = request;
    const arrival = { method, path, headers, body: Buffer.concat(chunks).toString() };
    this.arrivals.push(arrival);
    const { status = 200, headers: said = {}, body = '' } = await this.#answer(arrival);
    const date = new Date(this.clock.now()).toUTCString();
    const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const type = typeof body === 'string' ? {} : { 'content-type': 'application/json' };
    response.writeHead(status, { date, ...type, ...said }).end(text);
  }
}

/** Whether a request is one for a token. */
export function isExchange(arrival: Arrival): boolean {
  return arrival.path === TOKEN_ENDPOINT;
}

/** A token's text around any bytes. */
export function text(bytes: string): string {
  return encode(Buffer.from(bytes));
}

/** What the token endpoint answers: a token of fifteen minutes. */
export function granted(bytes: string): Answer {
  return { body: { access_token: text(bytes), token_type: 'Bearer', expires_in: 900, scope: 'contents:read' } };
}

/** What it answers where it grants none. */
export function denied(reason: string, status = 403): Answer {
  const said = { error: 'access_denied', error_description: 'not now', reason, request_id: 'r-1' };
  return { status, body: said };
}

/** A refusal of the REST door. */
export function problem(status: number, reason: string, more: object = {}): Answer {
  const document = { title: 'no', status, detail: 'not with this', reason, hint: 'do something else', retry: null };
  const body = JSON.stringify({ ...document, request_id: 'r-7', ...more });
  return { status, headers: { 'content-type': 'application/problem+json' }, body };
}

/** Looks again and again, without a pause, until something holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const began = Date.now();
  while (!(await holds())) {
    if (Date.now() - began > 10_000) throw new Error('it did not come to hold');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
