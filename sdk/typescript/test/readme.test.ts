/** What the README shows compiles as it stands, and does what it says. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { env, execPath } from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Scene } from './scene.js';

const SDK = new URL('../node_modules/@gogs-spanner/sdk/', import.meta.url);
const FOLDER = new URL('../readme/', import.meta.url);
const COMPILER = fileURLToPath(new URL('../node_modules/.bin/tsc', import.meta.url));

/** What each program prints. */
const SAID: readonly RegExp[] = [
  /^docs-writer: contents:read .*\nmay not: not-granted; .*\ngsp_….* for http:.*\nPlease review the README\n[a-z-]+: .* \(.+\)\nnext: [a-z-]+; .*\n$/,
  /^for docs-writer: acme\/handbook, 1 right\n$/,
  /^cloned\n$/,
];

function run(program: string, words: string[], environment: Record<string, string | undefined> = env): string {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', env: environment });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  return stdout;
}

test('the README shows what works', async () => {
  const page = readFileSync(new URL('README.md', SDK), 'utf8');
  const programs = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program = '']) => program);
  assert.equal(programs.length, SAID.length);
  const [, exports = ''] = /^```sh\nexport (.*?)\n```$/ms.exec(page) ?? [];
  const names = exports.split(' ').map((one) => one.split('=')[0]);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  for (const [at, program] of programs.entries()) writeFileSync(new URL(`${at}.ts`, FOLDER), program);
  const compilerOptions = { rootDir: '.', outDir: 'built', declaration: false };
  const project = { extends: '../tsconfig.json', compilerOptions, include: ['*.ts'] };
  writeFileSync(new URL('tsconfig.json', FOLDER), JSON.stringify(project));
  run(COMPILER, ['--project', fileURLToPath(FOLDER)]);
  // Who has no types of node's has those of the DOM.
  const elsewhere = { ...compilerOptions, noEmit: true, types: [], lib: ['es2023', 'dom'] };
  const others = { extends: '../tsconfig.json', compilerOptions: elsewhere, include: ['0.ts', '1.ts'] };
  writeFileSync(new URL('dom.json', FOLDER), JSON.stringify(others));
  run(COMPILER, ['--project', fileURLToPath(new URL('dom.json', FOLDER))]);
  for (const [at, said] of SAID.entries()) {
    await using scene = await Scene.set();
    await scene.keepTime();
    const { PATH, TMPDIR = scene.directory } = env;
    const environment = { PATH, TMPDIR, ...scene.environment() };
    for (const name of names) assert.ok(name && name in environment, name);
    assert.match(run(execPath, [fileURLToPath(new URL(`built/${at}.js`, FOLDER))], environment), said);
  }
});
