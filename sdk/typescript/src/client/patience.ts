/** Waiting where a refusal says when the same may succeed, within a bound the caller gives. */
import type { CallInit } from '../client.js';
import type { Clock } from '../clock.js';
import type { Refused } from '../errors.js';

/** A refusal that may have come after the forge was asked: what changes something is not sent twice. */
const PERHAPS_DONE = 'upstream-unavailable';

/** Whether a call that was refused so can be sent again as it is. */
export function isRepeatable(init: CallInit, no: Refused): boolean {
  if (init.body instanceof ReadableStream) return false;
  const isReading = /^(get|head)$/i.test(init.method ?? 'get');
  return isReading || no.reason !== PERHAPS_DONE;
}

/** How long a call may still wait. */
export class Patience {
  readonly #clock: Clock;
  readonly #ends: number;

  /** So many seconds, from now. */
  constructor(seconds: number, clock: Clock) {
    this.#clock = clock;
    this.#ends = clock.now() + seconds * 1000;
  }

  /** Waits as long as the refusal says, or throws it where that is too long, or of no use. */
  async wait(no: Refused, signal?: AbortSignal | null): Promise<void> {
    // A refusal that says "at once" is not asked at once, time and again.
    const pause = no.retry === undefined ? undefined : Math.max(no.retry, 1) * 1000;
    if (pause === undefined || this.#clock.now() + pause > this.#ends) throw no;
    await this.#clock.sleep(pause, signal ?? undefined);
  }
}
