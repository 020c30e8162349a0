/** W3C trace context goes along with every request: that of OpenTelemetry where it is at hand, else what the caller gives. */
import { SpannerError } from './errors.js';

/** A `traceparent`, or what tells the one of now. */
export type Traceparent = string | (() => string | undefined);

/** Trace Context, level 1 §3.2, the version every reader knows. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** As much of `@opentelemetry/api` as is used. */
interface OpenTelemetry {
  readonly context: { active(): unknown };
  readonly propagation: {
    inject(
      context: unknown,
      headers: Headers,
      setter: { set(headers: Headers, name: string, value: string): void },
    ): void;
  };
}

/** What puts a request into the caller's trace. */
export class Trace {
  readonly #api: OpenTelemetry | undefined;
  readonly #given: Traceparent | undefined;

  private constructor(api: OpenTelemetry | undefined, given: Traceparent | undefined) {
    this.#api = api;
    this.#given = given;
  }

  /** Looks for OpenTelemetry. */
  static async find(given?: Traceparent): Promise<Trace> {
    if (typeof given === 'string' && !TRACEPARENT.test(given)) throw new SpannerError('this is no traceparent');
    return new Trace(await load(), given);
  }

  /** Adds what says where the request belongs, unless the caller has written it. */
  carriedBy(headers: Headers): Headers {
    if (headers.has('traceparent')) return headers;
    const { context, propagation } = this.#api ?? {};
    propagation?.inject(context?.active(), headers, { set: (to, name, value) => to.set(name, value) });
    if (headers.has('traceparent')) return headers;
    const given = typeof this.#given === 'function' ? this.#given() : this.#given;
    if (given !== undefined && TRACEPARENT.test(given)) headers.set('traceparent', given);
    return headers;
  }
}

/** Not there, or not whole: then there is no trace to carry on. */
async function load(): Promise<OpenTelemetry | undefined> {
  const name = '@opentelemetry/api';
  try {
    const api = (await import(name)) as Partial<OpenTelemetry>;
    return api.context && api.propagation ? (api as OpenTelemetry) : undefined;
  } catch {
    return undefined;
  }
}
