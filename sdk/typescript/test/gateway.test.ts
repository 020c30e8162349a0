/** Everything before the real gateway, whose time stands in the test's hands. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { test } from 'node:test';

import { Client, NarrowingError, Refused, Token, type Effect, type Narrowing, type Session } from '@gogs-spanner/sdk';

import { biscuit } from '../node_modules/@gogs-spanner/sdk/dist/narrowing/offline.js';
import { Scene } from './scene.js';
import { until } from './stand-in.js';

const HANDBOOK = '/api/v1/repos/acme/handbook';

function refused(reason: string): (error: unknown) => boolean {
  return (error) => error instanceof Refused && error.reason === reason;
}

async function reads(session: Session | Client, repository = 'acme/handbook'): Promise<string> {
  return (await session.json<{ full_name: string }>(`/api/v1/repos/${repository}`)).full_name;
}

test('a key and a file of the platform are proofs, and a file is read anew', async () => {
  await using scene = await Scene.set();
  assert.equal(await reads(await scene.session()), 'acme/handbook');

  const assertionFile = join(scene.directory, 'proof');
  await scene.tell({ do: 'vouch', subject: scene.vouchedFor, file: assertionFile });
  const session = await scene.discover({ assertionFile });
  assert.equal(await reads(session), 'acme/handbook');
  await scene.pass(3600);
  await scene.tell({ do: 'vouch', subject: scene.vouchedFor, file: assertionFile });
  assert.equal(await reads(session), 'acme/handbook');
});

test('two hundred callers around the end of a token cause one exchange', async () => {
  await using scene = await Scene.set();
  const session = await scene.session();
  const crowd = () => Promise.all(Array.from({ length: 200 }, () => session.token()));
  for (const [passed, exchanges] of [
    [0, 1],
    [900, 2],
    [800, 3],
  ] as const) {
    await scene.pass(passed);
    await crowd();
    await until(async () => (await session.token()).expires.getTime() === scene.clock.now() + 900_000);
    assert.equal(await scene.issued(), exchanges);
  }
});

test('a gateway that is down for a minute costs no valid token', async () => {
  await using scene = await Scene.set();
  const session = await scene.session();
  const first = await session.token();
  await scene.pass(800);
  await scene.tell({ do: 'stop' });
  for (let at = 0; at < 6; at += 1) {
    assert.equal((await session.token()).expose(), first.expose());
    await scene.pass(10);
  }
  await scene.tell({ do: 'start' });
  await until(async () => (await session.token()).expose() !== first.expose());
  assert.equal(await reads(session), 'acme/handbook');
});

test('a clock that is wrong is no hindrance, and makes no token live longer', async () => {
  for (const seconds of [1000, -1000]) {
    await using scene = await Scene.set();
    scene.clock.pass(seconds);
    const session = await scene.session();
    assert.equal(await reads(session), 'acme/handbook');
    const narrow = await (await session.token()).narrow({ lifetime: 60 });
    const worker = await Client.of(scene.url, narrow, { clock: scene.clock });
    assert.equal(await reads(worker), 'acme/handbook');
    await scene.pass(61);
    await assert.rejects(reads(worker), refused('token-expired'));
  }
});

test('a key that was changed, file and configuration, is taken up', async () => {
  await using scene = await Scene.set();
  const session = await scene.session();
  await session.token();
  await scene.tell({ do: 'rekey', agent: 'docs-writer' });
  await scene.pass(900);
  assert.equal(await reads(session), 'acme/handbook');
});

test('a token that was revoked is told of, and the next call has another', async () => {
  await using scene = await Scene.set();
  const session = await scene.session();
  await scene.tell({ do: 'revoke', token: (await session.token()).expose() });
  await assert.rejects(reads(session), refused('token-revoked'));
  assert.equal(await reads(session), 'acme/handbook');
});

test('a budget that is used up is waited for within the bound the caller gives', async () => {
  await using scene = await Scene.set();
  await scene.tell({ do: 'edit', old: 'owner = "tests"', new: 'owner = "tests"\nlimits = { requests = "2/m" }' });
  const session = await scene.session();
  const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => reads(session)));
  const no = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Refused] : []))[0];
  assert.ok(no instanceof Refused && no.retry !== undefined, String(no));
  assert.equal(no.reason, 'limit-reached');
  const patience = no.retry + 60;
  const moving = { now: () => scene.clock.now(), sleep: (milliseconds: number) => scene.pass(milliseconds / 1000) };
  const patient = await scene.session({ clock: moving, patience });
  assert.equal(await reads(patient), 'acme/handbook');
});

test('what is less is less: asked for at first, or narrowed afterwards', async () => {
  await using scene = await Scene.set();
  const less = await scene.session({
    less: [{ actions: ['contents:read'], repositories: ['acme/handbook'] }],
    lifetime: 60,
  });
  const { rights, expires } = await less.token();
  assert.deepEqual(
    rights.map((right) => [right.actions, right.repositories]),
    [[['contents:read'], ['acme/handbook']]],
  );
  assert.equal(expires.getTime(), scene.clock.now() + 60_000);

  const token = await (await scene.session()).token();
  const narrow = await token.narrow({
    repositories: ['Acme/Handbook'],
    readOnly: true,
    lifetime: 300,
    delegate: 'worker-1',
  });
  assert.equal(narrow.expires.getTime(), scene.clock.now() + 300_000);
  const worker = await Client.of(scene.url, await Token.parse(narrow.expose()), { clock: scene.clock });
  assert.equal(await reads(worker), 'acme/handbook');
  await assert.rejects(reads(worker, 'acme/site-a'), refused('narrowed'));
  const comment = { method: 'POST', json: { body: 'hello' } };
  await assert.rejects(worker.fetch(`${HANDBOOK}/issues/1/comments`, comment), refused('narrowed'));
  assert.deepEqual((await worker.whoami()).delegates, ['worker-1']);
  await scene.pass(301);
  await assert.rejects(reads(worker), refused('token-expired'));
});

test('a narrower token never outlives the one it came from, and narrows only so often', async () => {
  await using scene = await Scene.set();
  const token = await (await scene.session()).token();
  let narrow = await token.narrow({ lifetime: 9 * 3600 });
  assert.deepEqual(narrow.expires, token.expires);
  await assert.rejects(token.narrow({}), NarrowingError);
  await assert.rejects(token.narrow({ repositories: ['other/x'] }), NarrowingError);
  narrow = await narrow.narrow({ repositories: ['acme/handbook'] });
  narrow = await narrow.narrow({ readOnly: true });
  await assert.rejects(narrow.narrow({ lifetime: 10 }), NarrowingError);
  await scene.tell({ do: 'revoke', token: token.expose() });
  const worker = await Client.of(scene.url, narrow, { clock: scene.clock });
  await assert.rejects(reads(worker), refused('token-revoked'));
});

test('a token is made here where the library loads, and at the gateway where it does not', async () => {
  await using scene = await Scene.set();
  const token = await (await scene.session()).token();
  await token.narrow({ lifetime: 60 });
  const isHere = (await biscuit()) !== undefined;
  assert.equal(isHere, env['EXPECT_OFFLINE'] === 'yes');
  assert.equal(await scene.issued(), isHere ? 1 : 2);
});

/** Narrowings, and what must come of them wherever they are made. */
const ASKED: readonly Effect[] = [
  { action: 'repository:read', repository: 'acme/handbook' },
  { action: 'contents:read', repository: 'acme/handbook' },
  { action: 'contents:read', repository: 'acme/site-a' },
  { action: 'contents:read', repository: 'other/x' },
  { action: 'issues:write', repository: 'acme/handbook' },
  { action: 'ref:create', repository: 'acme/handbook', ref: 'refs/heads/agents/docs/1', paths: ['docs/a.md'] },
  { action: 'ref:create', repository: 'acme/handbook', ref: 'refs/heads/agents/x', paths: ['README.md'] },
  { action: 'ref:update', repository: 'acme/handbook', ref: 'refs/heads/master', paths: ['docs/a.md'] },
];

/** By effect: whether it may be done. */
const EXPECTED: readonly (readonly [Narrowing, string])[] = [
  [{ repositories: ['acme/handbook'] }, 'yy..yyy.'],
  [{ readOnly: true }, 'yyy.....'],
  [{ repositories: ['acme/handbook', 'acme/site-a'], actions: ['contents:read', 'ref:create'] }, 'yyy..yy.'],
  [{ refs: ['refs/heads/agents/docs/**'] }, 'y...yy..'],
  [{ actions: ['ref:create'], refs: ['refs/heads/agents/x'] }, 'y.....y.'],
  [{ repositories: ['acme/handbook'], paths: ['docs/**'] }, 'y...yy..'],
  [{ lifetime: 30 }, 'yyy.yyy.'],
];

test('a narrower token can do the same wherever it is made', async () => {
  await using scene = await Scene.set();
  const token = await (await scene.session()).token();
  for (const [narrowing, expected] of EXPECTED) {
    const client = await Client.of(scene.url, await token.narrow(narrowing), { clock: scene.clock });
    const decisions = await client.can(ASKED);
    assert.equal(
      decisions.map(({ permitted }) => (permitted ? 'y' : '.')).join(''),
      expected,
      JSON.stringify(narrowing),
    );
  }
});

test('a planner asks before it acts, and knows who it is', async () => {
  await using scene = await Scene.set();
  const session = await scene.session();
  const [may, mayNot] = await session.can([
    { action: 'ref:create', repository: 'acme/handbook', ref: 'refs/heads/agents/x', paths: ['README.md'] },
    { action: 'ref:update', repository: 'acme/handbook', ref: 'refs/heads/master', paths: ['README.md'] },
  ]);
  assert.deepEqual([may?.outcome, may?.reason], ['permit', undefined]);
  assert.deepEqual([mayNot?.outcome, mayNot?.reason, mayNot?.permitted], ['refuse', 'not-granted', false]);
  assert.ok(mayNot?.hint && mayNot.why);
  const { agent, owner, rights, expires, narrowed, limits } = await session.whoami();
  assert.deepEqual([agent, owner, narrowed, limits], ['docs-writer', 'tests', 0, {}]);
  const { expires: here } = await session.token();
  assert.ok(here.getTime() - expires.getTime() < 1000, 'a token knows whole seconds');
  assert.ok(
    rights.some((right) => right.actions.includes('ref:create') && right.refs.includes('refs/heads/agents/**')),
  );
});

test('git clones with it and pushes what it may', async () => {
  await using scene = await Scene.set();
  const session = await scene.session();
  const home = { PATH: env['PATH'], HOME: scene.directory, GIT_CONFIG_NOSYSTEM: '1' };
  const author = ['AUTHOR', 'COMMITTER'].map((role) => [
    [`GIT_${role}_NAME`, 'Test'],
    [`GIT_${role}_EMAIL`, 'test@example.com'],
  ]);
  const known = { ...home, ...Object.fromEntries(author.flat()), ...(await session.git()) };
  const git = (...words: string[]) => spawnSync('git', words, { cwd: scene.directory, env: known, encoding: 'utf8' });
  const clone = git('clone', '--quiet', `${scene.url}/acme/handbook`, 'clone');
  assert.equal(clone.status, 0, clone.stderr);
  await writeFile(join(scene.directory, 'clone/note.md'), 'hello\n');
  for (const words of [
    ['add', '.'],
    ['commit', '--quiet', '--message', 'Note'],
  ]) {
    assert.equal(git('-C', 'clone', ...words).status, 0);
  }
  const pushed = git('-C', 'clone', 'push', '--quiet', 'origin', 'HEAD:refs/heads/agents/note');
  assert.equal(pushed.status, 0, pushed.stderr);
  const no = git('-C', 'clone', 'push', 'origin', 'HEAD:refs/heads/master');
  assert.notEqual(no.status, 0);
  assert.match(no.stderr, /not-granted/);
});
