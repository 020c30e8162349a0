/** A token that is valid now, however it has to be had. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { ProofError, Refused, Unintelligible, Unreachable, type Session } from '@gogs-spanner/sdk';

import { denied, granted, isExchange, problem, StandIn, text, until } from './stand-in.js';

/** What an assertion claims, and the key it names. */
function claims(form: URLSearchParams | undefined): {
  kid: string;
  jti: string;
  iat: number;
  aud: string;
  iss: string;
} {
  const [header = '', body = ''] = (form?.get('client_assertion') ?? '').split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { ...read(header), ...read(body) };
}

async function held(session: Session): Promise<string> {
  return (await session.token()).expose();
}

test('a key is exchanged for a token', async () => {
  await using gateway = await StandIn.start();
  gateway.answers(granted('one'));
  const token = await (await gateway.session()).token();
  assert.equal(token.expose(), text('one'));
  assert.equal(token.expires.getTime(), gateway.clock.now() + 900_000);
  const [form] = gateway.forms();
  assert.equal(form?.get('grant_type'), 'client_credentials');
  assert.deepEqual([claims(form).iss, claims(form).aud], ['ci-web', gateway.url]);
});

test('less is asked for in the terms of RFC 9396', async () => {
  await using gateway = await StandIn.start();
  gateway.answers(granted('one'));
  const session = await gateway.session({ less: [{ actions: ['contents:read'] }], lifetime: 300 });
  await session.token();
  const [form] = gateway.forms();
  assert.equal(form?.get('authorization_details'), '[{"type":"gogs","actions":["contents:read"]}]');
  assert.equal(form?.get('lifetime'), '300');
});

test('an assertion is read anew for each exchange', async () => {
  await using gateway = await StandIn.start();
  gateway.answers(granted('one'));
  const file = gateway.file('assertion');
  const session = await gateway.discover({ assertionFile: file });
  await assert.rejects(session.token(), ProofError);
  for (const assertion of ['first', 'second']) {
    await writeFile(file, `${assertion}\n`);
    await session.token();
    gateway.clock.pass(900);
  }
  assert.deepEqual(
    gateway.forms().map((form) => form.get('subject_token')),
    ['first', 'second'],
  );
});

test('two hundred callers share one exchange, whether there is no token yet, it has ended, or it is about to', async () => {
  await using gateway = await StandIn.start();
  const session = await gateway.session();
  const crowd = () => Promise.all(Array.from({ length: 200 }, () => held(session)));
  for (const [passed, name, answered] of [
    [0, 'one', 'one'],
    [900, 'two', 'two'],
    [800, 'three', 'two'],
  ] as const) {
    gateway.clock.pass(passed);
    gateway.answers(granted(name));
    assert.deepEqual(new Set(await crowd()), new Set([text(answered)]), name);
    await until(async () => (await held(session)) === text(name));
    assert.equal(gateway.forms().length, 1, name);
  }
});

test('a token is kept at first and renewed before it ends', async () => {
  await using gateway = await StandIn.start();
  gateway.answers(granted('one'));
  const session = await gateway.session();
  await session.token();
  gateway.answers(granted('two'));
  gateway.clock.pass(600);
  assert.equal(await held(session), text('one'));
  assert.equal(gateway.forms().length, 0);
  gateway.clock.pass(180);
  await until(async () => (await held(session)) === text('two'));
  assert.equal(gateway.forms().length, 1);
});

test('a gateway that is down for a minute costs no valid token', async () => {
  await using gateway = await StandIn.start();
  gateway.answers(granted('one'));
  const session = await gateway.session();
  await session.token();
  gateway.answers({ status: 502, body: 'a proxy whose gateway is down' });
  gateway.clock.pass(800);
  for (let second = 0; second < 60; second += 1) {
    assert.equal(await held(session), text('one'));
    // Whatever is asked meanwhile arrives before this does.
    await fetch(gateway.url);
    gateway.clock.pass(1);
  }
  const asked = gateway.forms().length;
  assert.ok(asked >= 2 && asked <= 7, `asked ${asked} times: every ten seconds, not at every call`);
  gateway.answers(granted('two'));
  gateway.clock.pass(10);
  await until(async () => (await held(session)) === text('two'));
});

test('a renewal that fails is told only when the token has ended', async () => {
  await using gateway = await StandIn.start();
  gateway.answers(granted('one'));
  const session = await gateway.session();
  await session.token();
  gateway.answers(denied('agent-locked'));
  gateway.clock.pass(840);
  assert.equal(await held(session), text('one'));
  gateway.clock.pass(60);
  await assert.rejects(session.token(), (error) => error instanceof Refused && error.reason === 'agent-locked');
});

test('a token that was given up does not come back with a renewal that fails', async () => {
  await using gateway = await StandIn.start();
  const session = await gateway.session();
  const answers = { fail: () => {} };
  const failing = new Promise<void>((resolve) => (answers.fail = resolve));
  let exchanges = 0;
  gateway.serves(async (arrival) => {
    if (!isExchange(arrival)) return problem(401, 'token-revoked');
    exchanges += 1;
    if (exchanges !== 2) return granted(`token ${exchanges}`);
    await failing;
    return denied('agent-locked');
  });
  await session.token();
  gateway.clock.pass(800);
  await assert.rejects(session.fetch('/a'), Refused);
  answers.fail();
  await until(async () => (await held(session).catch(() => '')) === text('token 3'));
});

test('callers without a token share a failure too', async () => {
  await using gateway = await StandIn.start();
  gateway.answers(denied('agent-locked'));
  const session = await gateway.session();
  const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => session.token()));
  assert.ok(outcomes.every((outcome) => outcome.status === 'rejected'));
  assert.equal(gateway.forms().length, 1);
});

test('a proof that was used before is signed anew, once', async () => {
  await using gateway = await StandIn.start();
  const answers = [denied('assertion-replayed', 401), granted('one')];
  gateway.serves(() => answers.shift() ?? {});
  assert.equal(await held(await gateway.session()), text('one'));
  const [first, second] = gateway.forms();
  assert.notEqual(claims(first).jti, claims(second).jti);

  gateway.answers(denied('assertion-replayed', 401));
  await assert.rejects((await gateway.session()).token(), Refused);
  assert.equal(gateway.forms().length, 2);
});

test('a clock that is wrong is corrected by what the gateway takes for the time', async () => {
  for (const seconds of [3600, -3600]) {
    await using gateway = await StandIn.start();
    const now = gateway.clock.now();
    const date = { date: new Date(now).toUTCString() };
    gateway.clock.pass(seconds);
    gateway.serves(({ body }) => {
      const off = Math.abs(claims(new URLSearchParams(body)).iat - now / 1000);
      return { ...(off > 60 ? denied('assertion-not-accepted', 401) : granted('one')), headers: date };
    });
    const token = await (await gateway.session()).token();
    assert.equal(gateway.forms().length, 2);
    assert.equal(token.expires.getTime(), gateway.clock.now() + 900_000, 'by this clock, which is the one asked later');
  }
});

test('a key that was changed is taken up', async () => {
  await using gateway = await StandIn.start();
  const session = await gateway.session();
  const fresh = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
  const known: string[] = [];
  gateway.serves(async ({ body }) => {
    const { kid } = claims(new URLSearchParams(body));
    if (!known.includes(kid)) known.push(kid);
    if (known.length > 1) return granted('one');
    await writeFile(gateway.file('fresh.pem'), fresh);
    await rename(gateway.file('fresh.pem'), gateway.file('key.pem'));
    return denied('assertion-not-accepted', 401);
  });
  assert.equal(await held(session), text('one'));
  assert.equal(known.length, 2);
});

test('a proof file that was rotated meanwhile is read once more', async () => {
  await using gateway = await StandIn.start();
  await writeFile(gateway.file('assertion'), 'old');
  gateway.serves(async ({ body }) => {
    if (new URLSearchParams(body).get('subject_token') === 'new') return granted('one');
    await writeFile(gateway.file('assertion'), 'new');
    return denied('assertion-not-accepted', 401);
  });
  assert.equal(await held(await gateway.discover({ assertionFile: gateway.file('assertion') })), text('one'));
});

test('a proof that is refused and has not changed is not sent again', async () => {
  await using gateway = await StandIn.start();
  gateway.answers(denied('assertion-not-accepted', 401));
  await assert.rejects((await gateway.session()).token(), Refused);
  assert.equal(gateway.forms().length, 1);
  await writeFile(gateway.file('assertion'), 'the same');
  await assert.rejects((await gateway.discover({ assertionFile: gateway.file('assertion') })).token(), Refused);
  assert.equal(gateway.forms().length, 2);
});

test('a refusal says its reason and what to do', async () => {
  await using gateway = await StandIn.start();
  gateway.answers(denied('agent-locked'));
  const refused = await (await gateway.session()).token().catch((error: unknown) => error);
  assert.ok(refused instanceof Refused);
  assert.equal(String(refused), 'Refused: agent-locked: not now');
  assert.deepEqual([refused.reason, refused.requestId, refused.status], ['agent-locked', 'r-1', 403]);
  assert.equal(refused.hint, 'ask its owner', 'the table of reasons has a hint for each');
});

test('a proof follows no redirect', async () => {
  await using gateway = await StandIn.start();
  await using elsewhere = await StandIn.start();
  gateway.answers({ status: 307, headers: { location: `${elsewhere.url}/-/spanner/oauth/token` } });
  await assert.rejects((await gateway.session()).token(), new Unintelligible(307));
  assert.deepEqual(elsewhere.arrivals, []);
});

test('an answer without end is not read to the end', async () => {
  await using gateway = await StandIn.start();
  gateway.answers({ body: ' '.repeat(300 * 1024) });
  await assert.rejects((await gateway.session()).token(), new Unintelligible(200));
});

test('what is no token is not taken for one', async () => {
  await using gateway = await StandIn.start();
  for (const body of [{ access_token: 'ghp_x', expires_in: 900 }, { access_token: text('one') }, [], 'gsp_']) {
    gateway.answers({ body });
    await assert.rejects((await gateway.session()).token(), Unintelligible, JSON.stringify(body));
  }
});

test('a gateway that does not answer is told apart from one that says no', async () => {
  const gateway = await StandIn.start();
  const session = await gateway.session();
  await gateway[Symbol.asyncDispose]();
  await assert.rejects(session.token(), ProofError, 'its files are gone');
  const other = await StandIn.start();
  await using files = await StandIn.start();
  const silent = await other.session({ keyFile: files.file('key.pem') });
  await other[Symbol.asyncDispose]();
  await assert.rejects(silent.token(), Unreachable);
});

test('neither a session nor a token prints a secret', async () => {
  await using gateway = await StandIn.start();
  gateway.answers(granted('one'));
  const session = await gateway.session();
  const token = await session.token();
  const printed = `${inspect(session, { depth: 9, showHidden: true })} ${inspect(token, { depth: 9 })} ${token} ${JSON.stringify({ token })}`;
  assert.ok(!printed.includes(token.expose().slice(4)) && !printed.includes('MC4CAQ'), printed);
  assert.match(String(token), /^gsp_…[0-9a-f]{8}$/);
});
