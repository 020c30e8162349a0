/** The loop before a real gateway: what is true at the forge in the end, whatever the agent's rights are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Session } from '@gogs-spanner/sdk';

import { Scene } from '../../../sdk/typescript/test/scene.js';
import { run } from '../src/loop.js';
import type { Message, Planner, Turn } from '../src/planner.js';
import { ScriptedPlanner } from '../src/scripted.js';
import { toolsFor } from '../src/tools.js';

const REPOSITORY = 'acme/handbook';
const AT = `/repos/${REPOSITORY}`;
const LINE = 'See the issues for what is planned.';
/** What the scene's agents may write, in its configuration. */
const REFS = 'refs = ["refs/heads/agents/**"]';

interface Comment {
  body: string;
  user: { username: string };
}

/** What the forge has in the end. */
interface Ending {
  readonly branches: readonly string[];
  readonly comments: readonly Comment[];
  readonly refusals: readonly string[];
  readonly readme: string;
  text(path: string, branch: string): Promise<string | undefined>;
}

/** Has the issue handled by an agent whose configuration was changed so. */
async function handled(scene: Scene, edits: readonly (readonly [string, string])[] = []): Promise<Ending> {
  for (const [old, replacement] of edits) await scene.tell({ do: 'edit', old, new: replacement });
  const planner = new ScriptedPlanner({ issue: 1, path: 'README.md', line: LINE });
  return ending(scene, await play(planner, await scene.session()));
}

function play(planner: Planner, session: Session): Promise<readonly Message[]> {
  return run(planner, session, toolsFor(session, REPOSITORY), `Handle issue 1 of ${REPOSITORY}.`, () => undefined);
}

async function ending(scene: Scene, messages: readonly Message[]): Promise<Ending> {
  const text = async (path: string, branch: string) => {
    const file = await scene.look<{ content: string }>(`${AT}/contents/${path}?ref=${encodeURIComponent(branch)}`);
    return file && Buffer.from(file.content, 'base64').toString();
  };
  const branches = (await scene.look<{ name: string }[]>(`${AT}/branches`)) ?? [];
  return {
    text,
    branches: branches.map(({ name }) => name).sort(),
    comments: (await scene.look<Comment[]>(`${AT}/issues/1/comments`)) ?? [],
    refusals: messages.flatMap((one) => (one.role === 'tool' && one.isError ? [JSON.parse(one.content).refused] : [])),
    readme: (await text('README.md', 'master')) ?? '',
  };
}

test('it is refused the default branch, proposes on a branch of its own, and says so on the issue', async () => {
  await using scene = await Scene.set();
  const { branches, comments, refusals, readme, text } = await handled(scene);
  assert.deepEqual(refusals, ['not-granted']);
  assert.deepEqual(branches, ['agents/issue-1', 'master']);
  assert.ok(!readme.includes(LINE));
  assert.equal(await text('README.md', 'agents/issue-1'), `${readme}${LINE}\n`);
  assert.deepEqual(
    comments.map(({ body, user }) => [user.username, body]),
    [['agent-docs-writer', 'I propose a change of README.md on the branch agents/issue-1.']],
  );
});

test('it goes where its rights lead: to other branches, into another folder', async () => {
  await using scene = await Scene.set();
  const elsewhere = 'refs = ["refs/heads/bots/**"], paths = ["docs/**"]';
  const { branches, comments, readme, text } = await handled(scene, [[REFS, elsewhere]]);
  assert.deepEqual(branches, ['bots/issue-1', 'master']);
  assert.equal(await text('docs/issue-1.md', 'bots/issue-1'), `${LINE}\n`);
  assert.equal(await text('README.md', 'bots/issue-1'), readme);
  assert.match(comments[0]?.body ?? '', /docs\/issue-1\.md on the branch bots\/issue-1/);
});

test('it writes the default branch where it may, and is refused nothing', async () => {
  await using scene = await Scene.set();
  const { branches, refusals, readme } = await handled(scene, [[REFS, 'refs = ["refs/heads/**"]']]);
  assert.deepEqual([branches, refusals], [['master'], []]);
  assert.ok(readme.endsWith(`${LINE}\n`));
});

test('without a right to propose anything it says so on the issue, and does nothing else', async () => {
  await using scene = await Scene.set();
  const edits = [[`{ actions = ["ref:create", "ref:update"], ${REFS} },`, '']] as const;
  const { branches, comments, readme } = await handled(scene, edits);
  assert.deepEqual(branches, ['master']);
  assert.ok(!readme.includes(LINE));
  assert.match(comments[0]?.body ?? '', /I may not propose a change/);
});

/** Says what it is told to, as a model might. */
class Reciter implements Planner {
  readonly #turns: Turn[];

  constructor(...calls: [name: string, input: unknown][]) {
    this.#turns = calls.map(([name, input], at) => ({ text: '', calls: [{ id: `call-${at}`, name, input }] }));
  }

  async next(): Promise<Turn> {
    return this.#turns.shift() ?? { text: 'That is all.', calls: [] };
  }
}

test('what a model makes up is told it, and reaches nobody', async () => {
  await using scene = await Scene.set();
  const session = await scene.session();
  const made = new Reciter(
    ['delete_repository', {}],
    ['comment', { issue: 1 }],
    ['comment', { issue: 'one', text: 'x' }],
    ['comment', { issue: 1, text: 'x', as: 'root' }],
    ['read_file', 'README.md'],
    ['read_file', { path: '../../../acme/site-a/contents/README.md' }],
  );
  const messages = await play(made, session);
  const answers = messages.flatMap((one) => (one.role === 'tool' ? [[one.isError, JSON.parse(one.content)]] : []));
  assert.ok(
    answers.every(([isError]) => isError === true),
    JSON.stringify(answers),
  );
  assert.deepEqual(
    answers.slice(0, 4).map(([, { error }]) => error),
    [
      'there is no tool delete_repository',
      'the argument "text" is missing',
      'the argument "issue" is not {"type":"integer","description":"its number","minimum":1}',
      'there is no argument "as"',
    ],
  );
  assert.deepEqual((await ending(scene, messages)).comments, []);
});

test('a planner that comes to no end is stopped', async () => {
  await using scene = await Scene.set();
  const session = await scene.session();
  const restless: Planner = { next: async () => ({ text: '', calls: [{ id: 'again', name: 'whoami', input: {} }] }) };
  await assert.rejects(play(restless, session), /no end in 24 turns/);
});
