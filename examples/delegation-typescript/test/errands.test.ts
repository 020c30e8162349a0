/** Two workers get what they need, and no more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Scene } from '../../../sdk/typescript/test/scene.js';
import { equip, plan, stray, work } from '../src/errands.js';

test("a worker does its errand and is refused the other's repository", async () => {
  await using scene = await Scene.set();
  const session = await scene.session();
  const repositories = ['acme/handbook', 'acme/site-a'];
  const errands = await plan(await session.token(), repositories);
  const [one, other] = await Promise.all(errands.map(({ token }) => equip(session.origin, token.expose())));
  assert.ok(one && other);
  assert.equal((await work(one, 'acme/handbook')).full_name, 'acme/handbook');
  assert.equal((await work(other, 'acme/site-a')).full_name, 'acme/site-a');
  const refused = await stray(other, 'acme/handbook');
  assert.equal(refused.reason, 'narrowed');
  assert.match(refused.hint ?? '', /stay within its caveats/);
  await assert.rejects(stray(one, 'acme/handbook'), /a worker was let into acme\/handbook/);
});
