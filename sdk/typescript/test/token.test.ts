/** Tokens: their text, what they say of themselves, and narrower ones. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { env } from 'node:process';
import { test } from 'node:test';

import { NarrowingError, Token, TokenError, type Narrowing, type Right } from '@gogs-spanner/sdk';

import { ordered, withImplied } from '../node_modules/@gogs-spanner/sdk/dist/actions.js';
import { details } from '../node_modules/@gogs-spanner/sdk/dist/exchange.js';
import { resolve, type Names, type Narrower } from '../node_modules/@gogs-spanner/sdk/dist/narrowing.js';
import { attenuate, biscuit } from '../node_modules/@gogs-spanner/sdk/dist/narrowing/offline.js';
import { inspect, type Reading } from '../node_modules/@gogs-spanner/sdk/dist/token/reading.js';
import { decode, encode } from '../node_modules/@gogs-spanner/sdk/dist/token/text.js';
import { only, vectors } from './vectors.js';

interface Says {
  agent: string;
  service: string;
  expires: string;
  key_id: number;
  max_depth: number;
  sealed: boolean;
  rights: Right[];
  blocks: { caveats: { actions?: string[]; repositories?: { exact?: string[] } }[] }[];
}

interface Tokens {
  keys: { keys: { kid: string; x: string }[] };
  tokens: { name: string; token: string; says: Says }[];
  malformed: { name: string; text: string; error: string; message: string }[];
  unreadable: { name: string; text: string }[];
}

interface Case {
  name: string;
  token: string;
  narrow: { read_only?: boolean } & Narrowing;
  caveats?: string[];
  delegate?: string | null;
  expires?: string;
  request?: { authorization_details?: object[]; lifetime?: number; delegate?: string };
  decisions?: object[];
  error?: string;
}

const TOKENS = vectors<Tokens>('tokens');
const NARROWINGS = vectors<{ now: string; narrowings: Case[] }>('narrowings');

/** The other ways to write a token that Rust's parser tells apart. */
const COMPLAINTS: Record<string, RegExp> = {
  prefix: /begins with gsp_/,
  length: /at most 4096 bytes/,
  encoding: /base64url without padding/,
  checksum: /checksum does not fit/,
};

test('a token says whom it is for, until when, and what it may do', async () => {
  only(TOKENS, 'keys', 'tokens', 'malformed', 'unreadable');
  for (const { name, token, says } of TOKENS.tokens) {
    const read = inspect(decode(token));
    const { agent, service, keyId, depth } = read;
    const expected = {
      agent: says.agent,
      service: says.service,
      keyId: says.key_id,
      depth: says.max_depth - says.blocks.length,
    };
    assert.deepEqual({ agent, service, keyId, depth }, expected, name);
    assert.equal(read.expires, Date.parse(says.expires), name);
    assert.deepEqual(read.rights, remainder(says), name);
    const parsed = await Token.parse(` ${token}\n`);
    assert.deepEqual([parsed.origin, parsed.expires, parsed.expose()], [says.service, new Date(says.expires), token]);
    assert.equal(encode(decode(token)), token);
  }
});

/** What is granted, less what caveats on actions leave out; those on repositories name none that is not granted. */
function remainder({ rights, blocks }: Says): Right[] {
  const caveats = blocks.flatMap((block) => block.caveats);
  const allowed = caveats.flatMap((caveat) => (caveat.actions ? [caveat.actions] : []));
  const named = caveats.flatMap((caveat) => (caveat.repositories?.exact ? [caveat.repositories.exact] : []));
  const left = rights.map(({ repositories, actions, refs, paths }) => ({
    repositories: named.at(-1) ?? repositories,
    actions: actions.filter((action) => allowed.every((set) => set.includes(action))).sort(),
    refs,
    paths,
  }));
  return left.filter((right) => right.actions.length > 0);
}

test('a text that is no token is told what is wrong with it', async () => {
  for (const { name, text, error } of TOKENS.malformed) {
    assert.throws(() => decode(text), { name: 'TokenError', message: COMPLAINTS[error] }, name);
  }
  for (const { name, text } of TOKENS.unreadable) await assert.rejects(Token.parse(text), TokenError, name);
});

for (const one of NARROWINGS.narrowings) {
  test(`narrowing: ${one.name}`, () => {
    only(one, 'name', 'token', 'narrow', 'caveats', 'delegate', 'expires', 'request', 'decisions', 'error');
    const token = TOKENS.tokens.find(({ name }) => name === one.token);
    assert.ok(token);
    const reading = inspect(decode(token.token));
    if (one.error !== undefined) {
      assert.throws(() => resolve(said(one.narrow), reading), NarrowingError);
      return;
    }
    const narrower = resolve(said(one.narrow), reading);
    assert.deepEqual(request(narrower, reading), one.request);
    assert.deepEqual(
      caveats(narrower),
      one.caveats?.filter((text) => !text.includes('time($t)')),
    );
    assert.equal(narrower.delegate ?? null, one.delegate);
  });
}

test('a block that is made here says what the vectors say', async () => {
  const library = await biscuit();
  assert.equal(library !== undefined, env['EXPECT_OFFLINE'] === 'yes');
  if (!library) return;
  const [jwk] = TOKENS.keys.keys;
  const key = Buffer.from(jwk?.x ?? '', 'base64url').toString('hex');
  const other = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).toString('hex', 12);
  for (const { name, token, narrow, caveats, delegate, error } of NARROWINGS.narrowings) {
    if (error !== undefined) continue;
    const bytes = decode(TOKENS.tokens.find((one) => one.name === token)?.token ?? '');
    const narrower = resolve(said(narrow), inspect(bytes));
    const { lifetime = Number.POSITIVE_INFINITY } = narrower;
    const made = attenuate(library, bytes, key, narrower, Date.parse(NARROWINGS.now) / 1000 + lifetime);
    const root = library.PublicKey.fromString(key, library.SignatureAlgorithm.Ed25519);
    const read = library.Biscuit.fromBytes(made, root) as unknown as Reader;
    const lines = read
      .getBlockSource(read.countBlocks() - 1)
      .trim()
      .split('\n');
    const fact = delegate ? [`delegate(${JSON.stringify(delegate)})`] : [];
    const expected = [...fact, ...(caveats ?? [])].map(sorted);
    assert.deepEqual(
      lines.map((line) => sorted(line.replace(/;$/, ''))),
      expected,
      name,
    );
    for (const wrong of [other, 'no key']) {
      assert.throws(() => attenuate(library, bytes, wrong, narrower, Number.POSITIVE_INFINITY), NarrowingError, name);
    }
  }
});

/** As much of the library as reads a block. */
interface Reader {
  getBlockSource(at: number): string;
  countBlocks(): number;
}

/** A check with its sets in order: what order they are written in means nothing. */
function sorted(check: string): string {
  return check.replace(/\{(.*?)\}/g, (_, set: string) => `{${set.split(', ').sort().join(', ')}}`);
}

function said({ read_only, ...narrowing }: Case['narrow']): Narrowing {
  only(narrowing, 'repositories', 'actions', 'refs', 'paths', 'lifetime', 'delegate');
  return { ...narrowing, ...(read_only && { readOnly: true }) };
}

/** What the token endpoint would be asked. */
function request(narrower: Narrower, { expires }: Reading): object {
  const entries = details(narrower).map((entry) => ({ ...entry, type: 'gogs' }));
  const left = (expires - Date.parse(NARROWINGS.now)) / 1000;
  return {
    ...(entries.length > 0 && { authorization_details: entries }),
    ...(narrower.lifetime !== undefined && { lifetime: Math.min(narrower.lifetime, left) }),
    ...(narrower.delegate !== undefined && { delegate: narrower.delegate }),
  };
}

/** The checks it amounts to, as Rust shows them. */
function caveats({ actions, repositories, refs, paths, besides }: Narrower): string[] {
  const set = (texts: Iterable<string>) => `{${[...texts].map((text) => JSON.stringify(text)).join(', ')}}`;
  const within = (variable: string, names: Names) =>
    'under' in names
      ? `${variable}.starts_with(${JSON.stringify(names.under)})`
      : `${set(names.exact)}.contains(${variable})`;
  const spared = ` or operation($o), ${set(besides)}.contains($o)`;
  return [
    ...(actions ? [`check if operation($o), ${set(ordered(withImplied(actions)))}.contains($o)`] : []),
    ...(repositories ? [`check if resource($r), ${within('$r', repositories)}`] : []),
    ...(refs ? [`check if ref($f), ${within('$f', refs)}${spared}`] : []),
    ...(paths ? [`check all path($p), ${within('$p', paths)}${spared}`] : []),
  ];
}
