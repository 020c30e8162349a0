/** Holds what a planner wrote against a tool's schema: a model may write anything. */
import type { ObjectSchema, PropertySchema } from './planner.js';

/** What is wrong with the arguments of a call, in words for a planner; nothing, if they are as described. */
export function check(input: unknown, schema: ObjectSchema): string | undefined {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return 'the arguments are one JSON object';
  const given = input as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(schema.properties, name));
  if (unknown !== undefined) return `there is no argument ${JSON.stringify(unknown)}`;
  const missing = schema.required?.find((name) => given[name] === undefined);
  if (missing !== undefined) return `the argument ${JSON.stringify(missing)} is missing`;
  const wrong = Object.entries(given).find(([name, value]) => !fits(value, schema.properties[name]));
  return wrong && `the argument ${JSON.stringify(wrong[0])} is not ${JSON.stringify(schema.properties[wrong[0]])}`;
}

function fits(value: unknown, schema: PropertySchema | undefined): boolean {
  if (schema?.type === 'string') return typeof value === 'string';
  return Number.isInteger(value) && (value as number) >= (schema?.minimum ?? Number.NEGATIVE_INFINITY);
}
