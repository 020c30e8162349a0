/** Calls: the token goes to one gateway, and every no has a type. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Answered, PathError, Refused, Unintelligible, type CallInit, type Session } from '@gogs-spanner/sdk';

import { denied, granted, isExchange, problem, StandIn, text, type Answer } from './stand-in.js';

const ISSUES = '/api/v1/repos/acme/web/issues';
const FOUND: Answer = { body: [{ number: 1 }] };

/** Exchanges give these tokens in turn, and calls are answered by the token they carry. */
function tokens(gateway: StandIn, names: string[], answers: Record<string, Answer>): void {
  gateway.serves((arrival) => {
    if (isExchange(arrival)) return granted(names.shift() ?? 'none');
    const name = Object.keys(answers).find((one) => arrival.headers.authorization === `Bearer ${text(one)}`);
    return answers[name ?? ''] ?? { status: 599 };
  });
}

async function refusal(call: Promise<unknown>): Promise<Refused> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Refused, String(error));
  return error;
}

function issues(session: Session, init?: CallInit): Promise<Response> {
  return session.fetch(ISSUES, init);
}

test('a call carries the token, and its answer is read', async () => {
  await using gateway = await StandIn.start();
  tokens(gateway, ['one'], { one: { status: 201, body: { number: 2 } } });
  const session = await gateway.session();
  const made = await session.json<{ number: number }>(`${ISSUES}?draft=a%26b`, {
    method: 'POST',
    json: { title: 't' },
  });
  assert.equal(made.number, 2);
  const [call] = gateway.calls(`${ISSUES}?draft=a%26b`);
  assert.equal(call?.method, 'POST');
  assert.equal(call?.headers['content-type'], 'application/json');
  assert.equal(call?.body, '{"title":"t"}');
});

test('a URL of the gateway is as good as a path', async () => {
  await using gateway = await StandIn.start();
  tokens(gateway, ['one'], { one: FOUND });
  const session = await gateway.session();
  for (const input of [gateway.url + ISSUES, new URL(ISSUES, gateway.url)]) {
    assert.equal((await session.fetch(input)).status, 200);
  }
});

test('a no of the gateway is told from one of the forge', async () => {
  await using gateway = await StandIn.start();
  const session = await gateway.session();
  tokens(gateway, ['one'], { one: problem(403, 'not-granted') });
  const { reason, why, hint, retry, requestId } = await refusal(issues(session));
  const expected = { reason: 'not-granted', why: 'not with this', hint: 'do something else', retry: undefined };
  assert.deepEqual({ reason, why, hint, retry, requestId }, { ...expected, requestId: 'r-7' });

  tokens(gateway, [], { one: { status: 422, body: { message: 'Name is too long', url: '' } } });
  assert.equal((await issues(session)).status, 422, 'the answer of a call is the answer of the forge');
  const error = await session.json(ISSUES).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof Answered);
  assert.deepEqual([error.status, error.said], [422, 'Name is too long']);
  assert.equal(error.message, 'the forge answered 422: Name is too long');
});

test('a token that has just ended is renewed once, and the call made again', async () => {
  for (const reason of ['token-expired', 'token-not-accepted']) {
    await using gateway = await StandIn.start();
    tokens(gateway, ['one', 'two'], { one: problem(401, reason), two: FOUND });
    const session = await gateway.session();
    assert.equal((await issues(session)).status, 200);
    assert.equal((await session.token()).expose(), text('two'));
  }
});

test('a token that is never accepted is not renewed without end', async () => {
  await using gateway = await StandIn.start();
  tokens(gateway, ['one', 'one'], { one: problem(401, 'token-not-accepted') });
  assert.equal((await refusal(issues(await gateway.session()))).reason, 'token-not-accepted');
  assert.equal(gateway.calls(ISSUES).length, 2);
});

test('callers whose token ended at the same time share one renewal', async () => {
  await using gateway = await StandIn.start();
  tokens(gateway, ['one', 'two'], { one: problem(401, 'token-expired'), two: FOUND });
  const session = await gateway.session();
  await session.token();
  const answers = await Promise.all(Array.from({ length: 200 }, () => issues(session)));
  assert.ok(answers.every((answer) => answer.status === 200));
  assert.equal(gateway.forms().length, 2);
});

test('a token somebody revoked is told of and given up', async () => {
  await using gateway = await StandIn.start();
  tokens(gateway, ['one', 'two'], { one: problem(401, 'token-revoked'), two: FOUND });
  const session = await gateway.session();
  assert.equal((await refusal(issues(session))).reason, 'token-revoked');
  assert.equal((await issues(session)).status, 200);
});

test('a renewal that is refused says so', async () => {
  await using gateway = await StandIn.start();
  let exchanges = 0;
  gateway.serves((arrival) => {
    if (!isExchange(arrival)) return problem(401, 'token-not-accepted');
    exchanges += 1;
    return exchanges === 1 ? granted('one') : denied('agent-locked');
  });
  assert.equal((await refusal(issues(await gateway.session()))).reason, 'agent-locked');
});

test('a call waits as long as a refusal says, within the bound its caller gives', async () => {
  await using gateway = await StandIn.start();
  const refused = [problem(429, 'limit-reached', { retry: 20 }), problem(503, 'journal-unavailable', { retry: 5 })];
  const serve = () => {
    const answers = [...refused];
    gateway.serves((arrival) => (isExchange(arrival) ? granted('one') : (answers.shift() ?? FOUND)));
  };
  serve();
  const patient = await gateway.session({ patience: 30 });
  const answer = await issues(patient, { method: 'POST', json: { title: 't' } });
  assert.equal(answer.status, 200);
  assert.deepEqual(gateway.clock.slept, [20, 5]);

  serve();
  assert.equal((await refusal(issues(patient, { patience: 24 }))).reason, 'journal-unavailable');
  assert.deepEqual(gateway.clock.slept, [20, 5, 20], 'the bound is for all of it');
  serve();
  assert.equal((await refusal(issues(await gateway.session()))).retry, 20, 'nobody waits unasked');
});

test('the exchange before a call is waited for in the same way', async () => {
  await using gateway = await StandIn.start();
  let exchanges = 0;
  gateway.serves((arrival) => {
    if (!isExchange(arrival)) return FOUND;
    exchanges += 1;
    return exchanges === 1 ? { ...denied('limit-reached', 429), headers: { 'retry-after': '7' } } : granted('one');
  });
  const session = await gateway.session({ patience: 60 });
  assert.equal((await issues(session)).status, 200);
  assert.deepEqual(gateway.clock.slept, [7]);
});

test('what waiting does not mend is not waited for', async () => {
  await using gateway = await StandIn.start();
  tokens(gateway, ['one'], { one: problem(403, 'not-granted') });
  assert.equal((await refusal(issues(await gateway.session({ patience: 600 })))).reason, 'not-granted');
  assert.deepEqual(gateway.clock.slept, []);
});

test('what may have been done is not done twice', async () => {
  await using gateway = await StandIn.start();
  const session = await gateway.session({ patience: 600 });
  const gone = problem(503, 'upstream-unavailable', { retry: 5 });
  tokens(gateway, ['one'], { one: gone });
  assert.equal((await refusal(issues(session, { method: 'POST', json: {} }))).reason, 'upstream-unavailable');
  assert.equal(gateway.calls(ISSUES).length, 1);
  const answers = [gone, FOUND];
  gateway.serves(() => answers.shift() ?? {});
  assert.equal((await issues(session)).status, 200, 'reading it again harms nobody');

  tokens(gateway, [], { one: problem(429, 'limit-reached', { retry: 5 }) });
  const body = new Blob(['{}']).stream();
  const streamed = issues(session, { method: 'POST', body, duplex: 'half' } as CallInit);
  assert.equal((await refusal(streamed)).reason, 'limit-reached', 'a stream is gone once it is sent');
});

test('a caller that gives up is not kept waiting', async () => {
  await using gateway = await StandIn.start();
  tokens(gateway, ['one'], { one: problem(429, 'limit-reached', { retry: 5 }) });
  const session = await gateway.session({ patience: 600 });
  await session.token();
  await assert.rejects(issues(session, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  const late = new AbortController();
  gateway.serves(() => {
    late.abort(new Error('enough'));
    return new Promise(() => {});
  });
  await assert.rejects(issues(session, { signal: late.signal }), { message: 'enough' });
});

test('no call takes the token anywhere else', async () => {
  await using gateway = await StandIn.start();
  await using elsewhere = await StandIn.start();
  tokens(gateway, ['one'], { one: { status: 302, headers: { location: elsewhere.url } } });
  const session = await gateway.session();
  assert.equal((await issues(session)).status, 302);
  const lookalike = gateway.url.replace('http://', 'http://user@').replace(/$/, '@elsewhere.example/');
  for (const url of [
    elsewhere.url,
    new URL(elsewhere.url),
    elsewhere.url.replace('http:', ''),
    `${gateway.url}.example/`,
  ]) {
    await assert.rejects(session.fetch(url), PathError, String(url));
  }
  for (const path of ['', 'api', '@elsewhere.example/', lookalike, 'HTTP://elsewhere.example/']) {
    await assert.rejects(session.fetch(path), PathError, path);
  }
  assert.deepEqual(elsewhere.arrivals, []);
});

test('no name in a path leads to another repository', async () => {
  await using gateway = await StandIn.start();
  const session = await gateway.session();
  tokens(gateway, ['one'], { one: FOUND });
  for (const path of ['/repos/acme/web/contents/../../other', '/a/./b', '/a/%2E%2e/b', '/..', '/a/.%2E']) {
    await assert.rejects(session.fetch(path), PathError, path);
  }
  for (const path of ['/\\elsewhere.example', '/a\r\nHost: b', '/\t/elsewhere.example', '/a#b']) {
    await assert.rejects(session.fetch(path), PathError, path);
  }
  assert.deepEqual(gateway.arrivals, []);
  for (const [path, sent] of [
    ['/contents/a b.md', '/contents/a%20b.md'],
    ['/contents/über..md', '/contents/%C3%BCber..md'],
    ['/a?next=//b@c/../d', '/a?next=//b@c/../d'],
  ] as const) {
    await session.fetch(path);
    assert.equal(gateway.calls(sent).length, 1, sent);
  }
});

test('an answer larger than one value is not read to its end', async () => {
  await using gateway = await StandIn.start();
  const session = await gateway.session();
  tokens(gateway, ['one'], { one: { body: ' '.repeat(16 * 1024 * 1024 + 1) } });
  await assert.rejects(session.json(ISSUES), new Unintelligible(200));
  const headers = { 'content-type': 'application/problem+json' };
  tokens(gateway, [], { one: { status: 403, headers, body: ' '.repeat(65 * 1024) } });
  await assert.rejects(session.json(ISSUES), new Unintelligible(403));
});
