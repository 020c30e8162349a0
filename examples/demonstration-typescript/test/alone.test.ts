/** Each example as its README says: one command, and nothing else. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { test } from 'node:test';

/** What each says, in this order. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  'review-agent-typescript': [
    'commented (id ',
    'may not write master: ',
    'hint: use what `spanner token inspect` shows',
    'wrote the branch agents/docs/review-1 instead',
  ],
  'delegation-typescript': [
    'a worker reads acme/handbook',
    'a worker reads acme/site',
    'it tries acme/handbook: ',
    '(narrowed)',
    'hint: ',
  ],
  'tool-use': [
    'The quickest way: the default branch.',
    'propose_change: refused',
    'agents/docs/issue-1 is there for me.',
    'propose_change: done',
    'comment: done',
    'Done.',
  ],
};

for (const [example, lines] of Object.entries(EXAMPLES)) {
  test(`${example} runs alone and leaves nothing behind`, () => {
    const { GOGS_SPANNER_TREE: tree, SPANNER, PATH, CARGO_TARGET_DIR } = env;
    assert.ok(tree && SPANNER, 'GOGS_SPANNER_TREE and SPANNER say where the examples and the gateway are');
    const directory = mkdtempSync(join(tmpdir(), 'alone-'));
    try {
      const { status, stdout, stderr } = spawnSync('npm', ['start', '--silent'], {
        cwd: join(tree, 'examples', example),
        env: { PATH, SPANNER, CARGO_TARGET_DIR, TMPDIR: directory, HOME: directory, npm_config_cache: cache() },
        encoding: 'utf8',
      });
      assert.equal(status, 0, `${stdout}\n${stderr}`);
      assert.equal(stderr, '');
      lines.reduce((from, line) => {
        const at = stdout.indexOf(line, from);
        assert.ok(at >= 0, `${line} is missing in:\n${stdout}`);
        return at + line.length;
      }, 0);
      assert.ok(!stdout.includes('gsp_'), stdout);
      assert.deepEqual(readdirSync(directory), []);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

/** What npm has fetched already. */
function cache(): string {
  return env['npm_config_cache'] ?? join(homedir(), '.npm');
}
