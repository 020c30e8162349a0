import type { Clock } from '@gogs-spanner/sdk';

/** A clock that a test moves. Whoever sleeps moves it too. */
export class ManualClock implements Clock {
  readonly slept: number[] = [];
  #now: number;

  constructor(now: number = Date.now()) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  pass(seconds: number): void {
    this.#now += seconds * 1000;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(milliseconds / 1000);
    this.pass(milliseconds / 1000);
  }
}
