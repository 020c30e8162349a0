/** What a gateway says when it says no, and what a caller is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Answered, REASONS, Refused, Unintelligible } from '@gogs-spanner/sdk';

import { granted, isExchange, StandIn, type Answer } from './stand-in.js';
import { only, vectors } from './vectors.js';

interface Told {
  reason: string;
  why: string;
  hint: string | null;
  retry: number | null;
  request_id: string | null;
}

interface Case {
  name: string;
  door: 'token' | 'api';
  status: number;
  headers: Record<string, string>;
  body: string;
  refused?: Told | null;
  forge?: { status: number; message: string };
}

interface Known {
  reason: string;
  status: number;
  oauth_error: string;
  retry: number | null;
  next?: string;
  meaning: string;
  hint: string;
}

test('every answer that is no success is told for what it is', async () => {
  await using gateway = await StandIn.start();
  const { answers, ...more } = vectors<{ answers: Case[] }>('refusals');
  only(more);
  for (const { name, door, status, headers, body, refused, forge, ...others } of answers) {
    only(others);
    const answer: Answer = { status, headers, body };
    gateway.serves((arrival) => (isExchange(arrival) && door === 'api' ? granted('one') : answer));
    const session = await gateway.session();
    const call = door === 'token' ? session.token() : session.json('/api/v1/x');
    const error = await call.catch((thrown: unknown) => thrown);
    if (forge) {
      assert.ok(error instanceof Answered, `${name}: ${error}`);
      assert.deepEqual([error.status, error.said], [forge.status, forge.message], name);
    } else if (refused) {
      assert.ok(error instanceof Refused, `${name}: ${error}`);
      assert.deepEqual(told(error), refused, name);
    } else {
      assert.ok(error instanceof Unintelligible, `${name}: ${error}`);
      assert.equal(error.status, status);
    }
  }
});

function told({ reason, why, hint, retry, requestId }: Refused): Told {
  return { reason, why, hint: hint ?? null, retry: retry ?? null, request_id: requestId ?? null };
}

test('the table of reasons is that of the gateway', () => {
  const { reasons } = vectors<{ reasons: Known[] }>('reasons');
  const table = reasons.map(({ reason, status, retry, next, meaning, hint }) => [
    reason,
    { status, ...(retry !== null && { retry }), ...(next && { next }), meaning, hint },
  ]);
  assert.deepEqual([...REASONS], table);
});
