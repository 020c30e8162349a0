/** The environment real git is given. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { env } from 'node:process';
import { test } from 'node:test';

import { granted, StandIn, text } from './stand-in.js';

/** Asks git for the credential of a URL, as it would on a 401. */
function asked(variables: Record<string, string>, url: string): { status: number | null; stdout: string } {
  const [protocol, host] = url.split('://');
  return spawnSync('git', ['credential', 'fill'], {
    encoding: 'utf8',
    env: { PATH: env['PATH'], GIT_CONFIG_NOSYSTEM: '1', HOME: '/nonexistent', ...variables },
    input: `protocol=${protocol}\nhost=${host}\n\n`,
  });
}

test('git gets the token for its gateway and for no other place', async () => {
  await using gateway = await StandIn.start();
  gateway.answers(granted('one'));
  const session = await gateway.session();
  const here = asked(await session.git(), gateway.url);
  assert.ok(here.stdout.includes(`password=${text('one')}\n`), here.stdout);
  const there = asked(await session.git(), 'https://elsewhere.example');
  assert.deepEqual([there.status, there.stdout], [128, '']);
});

test('settings that git has in its environment already stay', async () => {
  await using gateway = await StandIn.start();
  gateway.answers(granted('one'));
  env['GIT_CONFIG_COUNT'] = '3';
  const variables = await (await gateway.session()).git();
  delete env['GIT_CONFIG_COUNT'];
  assert.equal(variables['GIT_CONFIG_COUNT'], '5');
  assert.deepEqual(
    Object.keys(variables).filter((name) => /_\d$/.test(name)),
    ['GIT_CONFIG_KEY_3', 'GIT_CONFIG_VALUE_3', 'GIT_CONFIG_KEY_4', 'GIT_CONFIG_VALUE_4'],
  );
});
