/** `sdk/vectors`: what every SDK must come to. A member nobody here knows is an error, so that nothing new is passed over. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

export type Json = Record<string, unknown>;

/** One file, whose shape is checked case by case. */
export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as T;
}

/** Insists that a case has these members and no others. */
export function only(value: object, ...known: string[]): void {
  assert.deepEqual(
    Object.keys(value).filter((name) => !known.includes(name)),
    [],
    `members nobody here knows in ${JSON.stringify(value).slice(0, 200)}`,
  );
}
