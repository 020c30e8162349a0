/** What may lie where `spanner login` keeps a sign-in, and what a person who signed in lends. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { test } from 'node:test';

import { DiscoveryError, ProofError, Refused } from '@gogs-spanner/sdk';

import { SignIns } from '../node_modules/@gogs-spanner/sdk/dist/sign-in.js';
import { Scene } from './scene.js';
import { only, vectors } from './vectors.js';

interface Case {
  name: string;
  mode: string;
  content: string | null;
  stands?: string;
  error?: { kind: string; message: string };
}

const { now, gateway, cases, ...more } = vectors<{ now: string; gateway: string; cases: Case[] }>('sign-ins');

for (const one of cases) {
  test(`sign-in: ${one.name}`, async () => {
    only(one, 'name', 'mode', 'content', 'stands', 'error');
    only(more);
    const directory = mkdtempSync(join(tmpdir(), 'sign-ins-'));
    try {
      const kept = new SignIns(directory);
      const file = kept.file(gateway);
      if (one.content !== null) {
        writeFileSync(file, one.content);
        chmodSync(file, Number.parseInt(one.mode, 8));
      }
      const standing = kept.standing(gateway, Date.parse(now));
      if (one.stands !== undefined) return assert.equal(await standing, one.stands);
      const message = one.error?.message.replace('{file}', file);
      await assert.rejects(standing, {
        name: 'ProofError',
        message: `${message}; a person must run \`spanner login\``,
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

test('a person lends to an agent as long as her sign-in stands', async () => {
  await using scene = await Scene.set();
  const signIn = () => scene.tell<{ file: string }>({ do: 'sign-in', person: 'alice@example.com', state });
  const state = scene.directory;
  env['XDG_STATE_HOME'] = state;
  await assert.rejects(scene.discover({ agent: scene.lentTo }), DiscoveryError);
  const { file } = await signIn();
  const session = await scene.discover({ agent: scene.lentTo });
  assert.equal((await session.whoami()).onBehalfOf, 'alice@example.com');
  await scene.pass(901);
  await session.whoami();
  rmSync(file);
  await scene.pass(901);
  await assert.rejects(session.token(), /nobody is signed in at .*; a person must run `spanner login`$/);
  await signIn();
  await session.whoami();
  const another = await scene.discover({ agent: 'docs-writer' });
  await assert.rejects(another.token(), (no) => no instanceof Refused && no.reason === 'not-lent');
  await scene.pass(13 * 3600);
  await assert.rejects(session.token(), (error) => {
    assert.ok(error instanceof ProofError);
    return /^the sign-in of alice@example.com at .* has ended;/.test(error.message);
  });
});
