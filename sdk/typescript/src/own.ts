/** What a gateway's own API is asked and answers (`docs/reference/own-api.md`). */
import type { Action } from './actions.js';
import { Unintelligible } from './errors.js';

export const WHOAMI = '/-/spanner/api/v1/whoami';
export const CAN = '/-/spanner/api/v1/can';

/** Something that would be done: an action on a repository, on a ref, in paths, as far as the action has them. */
export interface Effect {
  readonly action: Action;
  /** `owner/name`. */
  readonly repository?: string;
  /** In full, `refs/heads/main`: for `ref:*` and `lfs:write`. */
  readonly ref?: string;
  /** The paths that would be touched: for what brings content. */
  readonly paths?: readonly string[];
}

/** What a gateway would say to an effect at the moment. No promise: rules and budgets may change. */
export interface Decision {
  /** `unknown`: it depends on paths that were not named, or something that must be asked does not answer. */
  readonly outcome: 'permit' | 'refuse' | 'unknown';
  /** Whether the outcome is `permit`. */
  readonly permitted: boolean;
  /** The stable code the request would be refused with. */
  readonly reason: string | undefined;
  /** The same in words. */
  readonly why: string | undefined;
  /** What to do next. */
  readonly hint: string | undefined;
  /** What to do next, as a word for programs. */
  readonly next: string | undefined;
  /** Seconds after which the answer may be another. */
  readonly retry: number | undefined;
  /** The paths that stand in the way. */
  readonly findings: readonly string[];
}

/** What the token grants, less its caveats, less what policy does not grant the agent today. */
export interface EffectiveRight {
  readonly actions: readonly Action[];
  readonly repositories: readonly string[];
  readonly refs: readonly string[];
  readonly paths: readonly string[];
  /** Refs that may be merged whatever their paths. */
  readonly mergeFrom: readonly string[];
  /** Further limits, each of which must hold as well. */
  readonly within: readonly unknown[];
}

/** What is left of a budget. */
export interface Budget {
  readonly most: number;
  /** Of so many seconds. */
  readonly per: number;
  readonly remaining: number;
}

/** Who a token is to the gateway, until when, and what it may do now. */
export interface Whoami {
  readonly agent: string;
  /** Who answers for it. */
  readonly owner: string;
  /** The person it acts for. */
  readonly onBehalfOf: string | undefined;
  /** The token's revocation id. */
  readonly token: string;
  /** By the gateway's clock. */
  readonly expires: Date;
  /** How many times it was narrowed, and can still be. */
  readonly narrowed: number;
  readonly depthLeft: number;
  /** Whom its holders say it was handed to. */
  readonly delegates: readonly string[];
  readonly rights: readonly EffectiveRight[];
  /** Actions on no repository. */
  readonly elsewhere: readonly Action[];
  /** By their names in the configuration; what is not listed is not limited. */
  readonly limits: Readonly<Record<string, Budget>>;
}

type Json = Readonly<Record<string, unknown>>;

/** Reads the answer about so many effects. */
export function readDecisions(document: unknown, count: number): Decision[] {
  const { decisions } = object(document);
  if (!Array.isArray(decisions) || decisions.length !== count) throw new Unintelligible(200);
  return decisions.map(decision);
}

/** Reads the answer about a token. */
export function readWhoami(document: unknown): Whoami {
  const said = object(document);
  const expires = new Date(String(said['expires']));
  if (typeof said['agent'] !== 'string' || Number.isNaN(expires.getTime())) throw new Unintelligible(200);
  return {
    agent: said['agent'],
    owner: text(said['owner']) ?? '',
    onBehalfOf: text(said['on_behalf_of']),
    token: text(said['token']) ?? '',
    expires,
    narrowed: Number(said['narrowed'] ?? 0),
    depthLeft: Number(said['depth_left'] ?? 0),
    delegates: texts(said['delegates']),
    rights: list(said['rights']).map(object).map(right),
    elsewhere: texts(said['elsewhere']) as readonly Action[],
    limits: object(said['limits'] ?? {}) as Readonly<Record<string, Budget>>,
  };
}

function decision(document: unknown): Decision {
  const said = object(document);
  const outcome = (['permit', 'refuse', 'unknown'] as const).find((one) => one === said['outcome']);
  if (outcome === undefined) throw new Unintelligible(200);
  return {
    outcome,
    permitted: outcome === 'permit',
    reason: text(said['reason']),
    why: text(said['detail']),
    hint: text(said['hint']),
    next: text(said['next']),
    retry: typeof said['retry'] === 'number' ? said['retry'] : undefined,
    findings: texts(said['findings']),
  };
}

function right(said: Json): EffectiveRight {
  return {
    actions: texts(said['actions']) as readonly Action[],
    repositories: texts(said['repositories']),
    refs: texts(said['refs']),
    paths: texts(said['paths']),
    mergeFrom: texts(said['merge_from']),
    within: list(said['within']),
  };
}

function object(value: unknown): Json {
  if (typeof value !== 'object' || value === null) throw new Unintelligible(200);
  return value as Json;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: unknown): readonly string[] {
  return list(value).filter((one) => typeof one === 'string');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
