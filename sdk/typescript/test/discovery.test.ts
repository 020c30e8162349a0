/** What a program says and finds around it, and what comes of it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { env } from 'node:process';
import { test } from 'node:test';

import { DiscoveryError, Session, SpannerError } from '@gogs-spanner/sdk';

import { discover, type Found } from '../node_modules/@gogs-spanner/sdk/dist/discovery.js';
import { Assertion, HeldKey, Lent } from '../node_modules/@gogs-spanner/sdk/dist/proof.js';
import { Job } from '../node_modules/@gogs-spanner/sdk/dist/proof/actions.js';
import { AgentKey } from '../node_modules/@gogs-spanner/sdk/dist/key.js';
import { readFileSync } from 'node:fs';
import { only, vectors } from './vectors.js';

interface Case {
  name: string;
  arguments: Record<string, string>;
  environment: Record<string, string>;
  files: Record<string, string>;
  found?: { url: string; proof: object };
  error?: { kind: string; message: string; names: string[] };
}

const { platform_file: PLATFORM_FILE, cases, ...more } = vectors<{ platform_file: string; cases: Case[] }>('discovery');

for (const one of cases) {
  test(`discovery: ${one.name}`, () => {
    only(one, 'name', 'arguments', 'environment', 'files', 'found', 'error');
    only(more);
    const directory = mkdtempSync(join(tmpdir(), 'discovery-'));
    try {
      play(one, (text) => text.replaceAll('{files}', directory));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

function play({ arguments: said, environment, files, found, error }: Case, place: (text: string) => string): void {
  for (const [name, content] of Object.entries(files)) {
    if (name === PLATFORM_FILE) continue;
    mkdirSync(dirname(place(name)), { recursive: true });
    writeFileSync(place(name), content);
  }
  const argument = (name: string) => (said[name] === undefined ? undefined : place(said[name]));
  const around = {
    variable: (name: string) => (environment[name] === undefined ? undefined : place(environment[name])),
    has: (file: string) => Object.keys(files).some((name) => place(name) === file),
  };
  const given = {
    url: argument('url'),
    agent: argument('agent'),
    keyFile: argument('key_file'),
    assertionFile: argument('assertion_file'),
  };
  if (found) {
    const { origin, proof } = discover(given, around);
    assert.equal(origin, found.url);
    assert.deepEqual(describe(proof, origin), JSON.parse(place(JSON.stringify(found.proof))));
    return;
  }
  assert.throws(
    () => discover(given, around),
    (thrown: Error) => {
      assert.ok(thrown instanceof DiscoveryError, String(thrown));
      for (const name of error?.names ?? ['nothing is expected'])
        assert.ok(thrown.message.includes(place(name)), thrown.message);
      return true;
    },
  );
}

function describe(proof: Found['proof'], origin: string): object {
  if (proof instanceof HeldKey) {
    return { kind: 'key', agent: proof.agent, key: AgentKey.parse(readFileSync(proof.file, 'utf8')).thumbprint };
  }
  if (proof instanceof Assertion) return { kind: 'file', file: proof.file, agent: proof.agent ?? null };
  if (proof instanceof Lent) return { kind: 'sign-in', agent: proof.agent, file: proof.kept.file(origin) };
  return { kind: 'actions', agent: (proof as { agent?: string }).agent ?? null };
}

test('the environment of the process is what is looked at', async () => {
  env['GOGS_SPANNER_URL'] = 'https://agents.example.com';
  env['GOGS_SPANNER_ASSERTION_FILE'] = '/nonexistent/assertion';
  try {
    assert.equal((await Session.discover()).origin, 'https://agents.example.com');
    await assert.rejects(Session.discover({ url: 'https://other.example.com' }), {
      message: 'the argument url and GOGS_SPANNER_URL disagree; leave one of them out',
    });
  } finally {
    delete env['GOGS_SPANNER_URL'];
    delete env['GOGS_SPANNER_ASSERTION_FILE'];
  }
});

/** A stand-in for the runner's service, and the job that asks it. */
async function asked(status: number, body: string, headers: Record<string, string> = {}): Promise<string> {
  const arrivals: [string | undefined, string | undefined][] = [];
  const server = createServer(({ url, headers: { authorization } }, response) => {
    arrivals.push([url, authorization]);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const runner = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api-version=2.0`;
  try {
    return (await Job.of(runner, 'of-the-runner')?.idToken('https://agents.example.com')) ?? '';
  } finally {
    server.close();
    server.closeAllConnections();
    const expected = '/token?api-version=2.0&audience=https%3A%2F%2Fagents.example.com';
    assert.deepEqual(arrivals, [[expected, 'bearer of-the-runner']]);
  }
}

test('a job asks for an ID token for this gateway', async () => {
  assert.equal(await asked(200, '{"count":1,"value":"vouched"}'), 'vouched');
});

test('a job that gets none is told what it needs', async () => {
  await assert.rejects(asked(403, ''), /403; the job needs `permissions: id-token: write`/);
});

test('what is no ID token is not passed on, and what the job asks with follows no redirect', async () => {
  for (const body of ['{"token":"x"}', 'null', '', ' '.repeat(64 * 1024 + 1)]) {
    await assert.rejects(asked(200, body), SpannerError);
  }
  await assert.rejects(asked(302, '', { location: 'http://127.0.0.1:1/' }), /302/);
});
