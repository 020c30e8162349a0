/**
 * `npm start -- OWNER/ONE OWNER/OTHER` at the gateway of the environment; without arguments at a demonstration.
 *
 * The workers are processes of their own. A token goes to them on their standard input: no command line shows it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { argv, execPath, stdin } from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { Session } from '@gogs-spanner/sdk';

import { Demonstration } from '../../demonstration-typescript/demonstration.js';
import { equip, plan, stray, work, type Errand } from './errands.js';

/** Tells a process that it is a worker. */
const WORKER = 'worker';

const [role, ...words] = argv.slice(2);
if (role === WORKER) {
  const [gateway = '', own = '', ...others] = words;
  await beWorker(gateway, own, others);
} else if (role !== undefined && words.length === 1) {
  await bePlanner(await Session.discover(), [role, ...words]);
} else if (role === undefined) {
  const demonstration = await Demonstration.start();
  try {
    await bePlanner(await demonstration.session(), demonstration.repositories);
  } finally {
    await demonstration.end();
  }
} else {
  console.error('usage: npm start [-- OWNER/ONE OWNER/OTHER]');
  process.exitCode = 2;
}

async function bePlanner(session: Session, repositories: readonly string[]): Promise<void> {
  const [one, other] = await plan(await session.token(), repositories);
  if (!one || !other) throw new Error('two repositories');
  console.log('the planner narrows its token twice');
  await send(one, session.origin);
  await send(other, session.origin, one.repository);
}

/** Starts a worker, hands it its token, and waits for it. It inherits nothing: the planner's own proof is in the environment. */
async function send({ worker, repository, token }: Errand, gateway: string, straysTo?: string): Promise<void> {
  const words = [fileURLToPath(import.meta.url), WORKER, gateway, repository, ...(straysTo ? [straysTo] : [])];
  const process = spawn(execPath, words, { env: {}, stdio: ['pipe', 'inherit', 'inherit'] });
  process.stdin.end(token.expose());
  const [code] = await once(process, 'exit');
  if (code !== 0) throw new Error(`${worker} ended with ${code}`);
}

async function beWorker(gateway: string, own: string, others: readonly string[]): Promise<void> {
  const client = await equip(gateway, await text(stdin));
  const found = await work(client, own);
  console.log(`a worker reads ${found.full_name}, whose default branch is ${found.default_branch}`);
  for (const other of others) {
    const refused = await stray(client, other);
    console.log(`it tries ${other}: ${refused.why} (${refused.reason})`);
    console.log(`hint: ${refused.hint}`);
  }
}
