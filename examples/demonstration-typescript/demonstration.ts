/**
 * A gateway to try an example on: `spanner demo`, started for as long as a program runs.
 *
 * It brings a forge and an identity provider, shows the main job, and then says in one line of JSON where it is and what to
 * prove oneself with. `SPANNER` names the binary; without it, it is built.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { env } from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import { Session } from '@gogs-spanner/sdk';

/** Where it is, and as whom to come. */
interface Ready {
  readonly url: string;
  readonly agent: string;
  readonly key_file: string;
  readonly repositories: readonly string[];
}

/** A running demonstration. It removes what it made when it is ended. */
export class Demonstration {
  readonly #process: ChildProcessByStdio<null, Readable, null>;
  readonly #ready: Ready;

  private constructor(process: ChildProcessByStdio<null, Readable, null>, ready: Ready) {
    this.#process = process;
    this.#ready = ready;
  }

  /** Starts it, and waits until it is ready. */
  static async start(): Promise<Demonstration> {
    const [program = '', ...words] = command();
    const process = spawn(program, [...words, 'demo', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: process.stdout })) {
      const { ready } = JSON.parse(line) as { ready?: Ready };
      if (ready) {
        process.stdout.resume();
        return new Demonstration(process, ready);
      }
    }
    throw new Error('the demonstration ended before it was ready');
  }

  /** A session of the agent it knows: `docs-writer`, with a key. */
  session(): Promise<Session> {
    const { url, agent, key_file: keyFile } = this.#ready;
    return Session.discover({ url, agent, keyFile });
  }

  /** The repositories the agent has rights in. The first has an issue, number 1. */
  get repositories(): readonly string[] {
    return this.#ready.repositories;
  }

  async end(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }
}

/** `spanner`: the binary that is named, or the one cargo builds. */
function command(): string[] {
  if (env['SPANNER']) return [env['SPANNER']];
  const manifest = `${env['GOGS_SPANNER_TREE'] ?? '.'}/Cargo.toml`;
  return [env['CARGO'] ?? 'cargo', 'run', '--quiet', '--release', '--manifest-path', manifest, '--'];
}
