/** What the agent says happened is what happened at the forge. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Scene } from '../../../sdk/typescript/test/scene.js';
import { review } from '../src/review.js';

const TASK = { repository: 'acme/handbook', issue: 1 };
const AT = '/repos/acme/handbook';
const REFS = 'refs = ["refs/heads/agents/**"]';

test('the review agent comments, is refused, and does the allowed thing instead', async () => {
  await using scene = await Scene.set();
  const { files, comment, refused, branch } = await review(await scene.session(), TASK, () => undefined);
  assert.deepEqual(files, ['README.md']);
  assert.deepEqual([refused.reason, branch], ['not-granted', 'agents/review-1']);
  const comments = await scene.look<{ id: number; user: { username: string } }[]>(`${AT}/issues/1/comments`);
  assert.deepEqual(
    comments?.map(({ id, user }) => [id, user.username]),
    [[comment, 'agent-docs-writer']],
  );
  const text = async (ref: string) => {
    const file = await scene.look<{ content: string }>(`${AT}/contents/README.md?ref=${encodeURIComponent(ref)}`);
    return Buffer.from(file?.content ?? '', 'base64').toString();
  };
  assert.equal(await text('agents/review-1'), `${await text('master')}\nSee the issues for what is planned.\n`);
});

test('the review agent does not take success for a refusal, nor write where it may not', async () => {
  await using everywhere = await Scene.set();
  await everywhere.tell({ do: 'edit', old: REFS, new: 'refs = ["refs/heads/**"]' });
  await assert.rejects(
    review(await everywhere.session(), TASK, () => undefined),
    /it may write the default branch/,
  );

  await using nowhere = await Scene.set();
  await nowhere.tell({ do: 'edit', old: `{ actions = ["ref:create", "ref:update"], ${REFS} },`, new: '' });
  await assert.rejects(
    review(await nowhere.session(), TASK, () => undefined),
    /no right to create a branch/,
  );
});
