/** What is published is whole, and nothing more. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import * as sdk from '@gogs-spanner/sdk';

const HOME = new URL('../node_modules/@gogs-spanner/sdk/', import.meta.url);

interface Manifest {
  name: string;
  version: string;
  license: string;
  engines: { node: string };
  repository: { url: string; directory: string };
  dependencies?: object;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(new URL('package.json', HOME), 'utf8')) as Manifest;
}

test('the package brings what it needs and says whose it is', () => {
  const top = readdirSync(HOME).filter((name) => name !== 'node_modules');
  assert.deepEqual(top.sort(), ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json']);
  const { license, engines, repository, dependencies, peerDependenciesMeta } = manifest();
  assert.deepEqual([license, engines.node, repository.directory], ['Apache-2.0', '>=20', 'sdk/typescript']);
  assert.equal(dependencies, undefined);
  assert.ok(Object.values(peerDependenciesMeta).every(({ optional }) => optional));
});

test('every module has its types, and nothing else is in it', () => {
  const files = readdirSync(new URL('dist/', HOME), { recursive: true }).map(String);
  const modules = files.filter((file) => file.endsWith('.js')).map((file) => file.slice(0, -'.js'.length));
  const types = files.filter((file) => file.endsWith('.d.ts')).map((file) => file.slice(0, -'.d.ts'.length));
  assert.deepEqual(types.sort(), modules.sort());
  assert.ok(modules.includes('index'));
});

test('the changelog tells of the version that is packed', () => {
  const { version } = manifest();
  assert.match(readFileSync(new URL('CHANGELOG.md', HOME), 'utf8'), new RegExp(`^## ${version}[, ]`, 'm'));
});

test('what is offered is what the README speaks of', () => {
  const page = readFileSync(new URL('README.md', HOME), 'utf8');
  for (const name of ['Session', 'Token', 'Client', 'Refused', 'Answered', 'PathError', 'NarrowingError'] as const) {
    assert.equal(typeof sdk[name], 'function');
    assert.ok(page.includes(`\`${name}\``) || page.includes(name), name);
  }
});
