/** The caller's trace goes along. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SpannerError } from '@gogs-spanner/sdk';

import { granted, isExchange, StandIn } from './stand-in.js';

const GIVEN = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const OTHER = '00-11111111111111111111111111111111-2222222222222222-00';

/** As much of OpenTelemetry as a program sets up, where it is installed. */
interface Api {
  context: { setGlobalContextManager(manager: object): void };
  propagation: { setGlobalPropagator(propagator: object): void };
}

async function api(): Promise<Api | undefined> {
  const name = '@opentelemetry/api';
  return import(name).catch(() => undefined) as Promise<Api | undefined>;
}

async function traced(gateway: StandIn): Promise<(string | undefined)[]> {
  return gateway.arrivals.map((arrival) => arrival.headers['traceparent'] as string | undefined);
}

function serve(gateway: StandIn): void {
  gateway.serves((arrival) => (isExchange(arrival) ? granted('one') : { body: {} }));
}

test('a traceparent that is given goes with the exchange and with every call', async () => {
  await using gateway = await StandIn.start();
  for (const traceparent of [GIVEN, () => GIVEN]) {
    serve(gateway);
    const session = await gateway.session({ traceparent });
    await session.fetch('/a');
    assert.deepEqual(await traced(gateway), [GIVEN, GIVEN]);
    await session.fetch('/a', { headers: { traceparent: OTHER } });
    assert.equal((await traced(gateway)).at(-1), OTHER, 'what the call says itself');
  }
});

test('what is no traceparent is not sent', async () => {
  await using gateway = await StandIn.start();
  await assert.rejects(gateway.session({ traceparent: 'x' }), SpannerError);
  serve(gateway);
  await (await gateway.session({ traceparent: () => `00-${'0'.repeat(32)}-b7ad6b7169203331-01` })).fetch('/a');
  await (await gateway.session()).fetch('/a');
  assert.deepEqual(new Set(await traced(gateway)), new Set([undefined]));
});

test('the context of OpenTelemetry goes along where it is installed, and nothing is missing where it is not', async () => {
  await using gateway = await StandIn.start();
  serve(gateway);
  const telemetry = await api();
  telemetry?.propagation.setGlobalPropagator({
    inject: (_: unknown, headers: unknown, setter: { set(to: unknown, name: string, value: string): void }) => {
      setter.set(headers, 'traceparent', OTHER);
      setter.set(headers, 'tracestate', 'vendor=1');
    },
    extract: (context: unknown) => context,
    fields: () => ['traceparent'],
  });
  await (await gateway.session({ traceparent: GIVEN })).fetch('/a');
  const expected = telemetry ? OTHER : GIVEN;
  assert.deepEqual(await traced(gateway), [expected, expected]);
  assert.equal(gateway.arrivals[1]?.headers['tracestate'], telemetry ? 'vendor=1' : undefined);
});
