/** The real gateway before a demonstration forge, directed line by line (`sdk/vectors/README.md`). */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { env } from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

import { Session, type Options } from '@gogs-spanner/sdk';

import { ManualClock } from './clock.js';

type Program = ChildProcessByStdio<Writable, Readable, null>;

interface Description {
  url: string;
  time: string;
  key_files: Record<string, string>;
  vouched_for: string;
  lent_to: string;
  directory: string;
  /** What stands behind the gateway, and a token of its administrator. */
  forge: { url: string; token: string };
}

/** A running scene, and a clock that goes with the gateway's. */
export class Scene implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly url: string;
  readonly directory: string;
  readonly vouchedFor: string;
  readonly lentTo: string;
  readonly #forge: Description['forge'];
  readonly #keyFiles: Record<string, string>;
  readonly #process: Program;
  readonly #lines: AsyncIterator<string>;

  private constructor(process: Program, lines: AsyncIterator<string>, said: Description) {
    this.#process = process;
    this.#lines = lines;
    this.url = said.url;
    this.directory = said.directory;
    this.vouchedFor = said.vouched_for;
    this.lentTo = said.lent_to;
    this.#forge = said.forge;
    this.#keyFiles = said.key_files;
    this.clock = new ManualClock(Date.parse(said.time));
  }

  static async set(): Promise<Scene> {
    const program = env['GOGS_SPANNER_SCENE'];
    assert.ok(
      program,
      'GOGS_SPANNER_SCENE names the program: cargo build -p gogs-spanner-testkit --bin gogs-spanner-scene',
    );
    const words = env['GOGS_SPANNER_SCENE_FORGE'] === 'live' ? ['live'] : [];
    const process: Program = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
    return new Scene(process, lines, JSON.parse(await line(lines)) as Description);
  }

  /** A session of an agent with its key. */
  session(options: Options = {}, agent = 'docs-writer'): Promise<Session> {
    const keyFile = this.#keyFiles[agent];
    assert.ok(keyFile);
    return this.discover({ agent, keyFile, ...options });
  }

  discover(options: Options): Promise<Session> {
    return Session.discover({ url: this.url, clock: this.clock, ...options });
  }

  /** What says where the gateway is and who comes, for a program of its own. */
  environment(agent = 'docs-writer'): Record<string, string> {
    const [URL, AGENT, KEY_FILE] = ['GOGS_SPANNER_URL', 'GOGS_SPANNER_AGENT', 'GOGS_SPANNER_KEY_FILE'] as const;
    return { [URL]: this.url, [AGENT]: agent, [KEY_FILE]: this.#keyFiles[agent] ?? '' };
  }

  /** Has something done, and gives what came of it. */
  async tell<T = unknown>(command: { do: string } & Record<string, unknown>): Promise<T> {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    const answer = JSON.parse(await line(this.#lines)) as { ok: T; error?: string };
    assert.equal(answer.error, undefined, JSON.stringify(command));
    return answer.ok;
  }

  /** Looks at the forge itself, as its administrator; nothing, if there is nothing. */
  async look<T>(path: string): Promise<T | undefined> {
    const headers = { authorization: `token ${this.#forge.token}` };
    const response = await fetch(`${this.#forge.url}/api/v1${path}`, { headers });
    const text = await response.text();
    return response.ok ? (JSON.parse(text) as T) : undefined;
  }

  /** Lets time pass, there and here. */
  async pass(seconds: number): Promise<void> {
    const whole = Math.round(seconds);
    await this.tell({ do: 'advance', seconds: whole });
    this.clock.pass(whole);
  }

  /** Lets the gateway's time be the machine's, for programs that know no other. */
  async keepTime(): Promise<void> {
    await this.pass((Date.now() - this.clock.now()) / 1000);
  }

  /** How many tokens were issued so far. */
  async issued(): Promise<number> {
    return (await this.tell<{ issued: number }>({ do: 'count' })).issued;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.stdin.end();
    await ended;
  }
}

async function line(lines: AsyncIterator<string>): Promise<string> {
  const { value, done } = await lines.next();
  assert.ok(!done, 'the scene has ended');
  return value;
}
