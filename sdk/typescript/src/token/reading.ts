/**
 * Reading a token without a key: what it claims of itself. Nobody has checked its signatures: plan by it, decide nothing by
 * it. (The field numbers are those of Biscuit's `schema.proto`, the symbols those of its specification, "Symbol table".)
 */
import { TokenError } from '../errors.js';
import { matches } from '../pattern.js';
import { all, messages, number, read, type Message } from './protobuf.js';

/** What a gateway granted: actions × repositories × refs × paths. `**` is any. */
export interface Right {
  readonly repositories: readonly string[];
  readonly actions: readonly string[];
  readonly refs: readonly string[];
  readonly paths: readonly string[];
}

/** What a token says of itself. */
export interface Reading {
  readonly agent: string;
  /** The gateway it is for. */
  readonly service: string;
  /** When it ends, in milliseconds: the earliest end any block sets. */
  readonly expires: number;
  /** What its authority grants, less the actions and repositories that its caveats forbid. */
  readonly rights: readonly Right[];
  /** How many more blocks it takes. */
  readonly depth: number;
  /** The key it claims to be signed with. */
  readonly keyId: number;
}

/** A value as Biscuit knows it: a text, a number, a date, or a set of texts. */
interface Term {
  readonly kind: 'text' | 'number' | 'date' | 'set' | 'other';
  readonly text: string;
  readonly number: number;
  readonly set: readonly string[];
}

/** A fact, or the condition of a check: what it is about, its values, and those it compares them with. */
interface Statement {
  readonly name: string;
  readonly terms: readonly Term[];
  readonly against: readonly Term[];
  /** Whether it is one of several ways to pass. */
  readonly either: boolean;
}

interface Block {
  readonly facts: readonly Statement[];
  readonly checks: readonly Statement[];
}

const SYMBOLS =
  'read write resource operation right time role owner tenant namespace user team service admin email group member ip_address client client_ip domain path version cluster node hostname nonce query'.split(
    ' ',
  );
/** Where a token's own symbols begin. */
const OWN_SYMBOLS = 1024;
const NOTHING: Term = { kind: 'other', text: '', number: 0, set: [] };

/** Reads a token's bytes. */
export function inspect(bytes: Uint8Array): Reading {
  try {
    return describe(read(bytes));
  } catch (cause) {
    throw cause instanceof TokenError ? cause : new TokenError('the token cannot be read', { cause });
  }
}

function describe(token: Message): Reading {
  const own: string[] = [];
  const signed = [...messages(token, 2), ...messages(token, 3)];
  const [authority, ...later] = signed.flatMap((block) => messages(block, 1)).map((block) => blockOf(block, own));
  const isSealed = messages(token, 4).some((proof) => all(proof, 2).length > 0);
  const term = (name: string) => authority?.facts.find((fact) => fact.name === name)?.terms[0];
  const service = authority?.checks.find((check) => check.name === 'service')?.terms[0];
  const ends = [authority, ...later].flatMap((block) => block?.checks ?? []).flatMap(end);
  if (authority === undefined || service === undefined || ends.length === 0) {
    throw new TokenError('the token cannot be read: the first block is not one of ours');
  }
  const rights = authority.facts.filter((fact) => fact.name === 'right').map(right);
  return {
    agent: term('agent')?.text ?? '',
    service: service.text,
    expires: Math.min(...ends),
    rights: later.flatMap((block) => block.checks).reduce(under, rights),
    depth: isSealed ? 0 : (term('max_depth')?.number ?? 0) - later.length,
    keyId: Number(number(token, 1) ?? 0n),
  };
}

/** Symbols are cumulative: a block may use those of the blocks before it. */
function blockOf(block: Message, own: string[]): Block {
  own.push(...all(block, 1).map((text) => Buffer.from(text).toString('utf8')));
  const symbol = (at: bigint | undefined) =>
    (at === undefined ? undefined : at < OWN_SYMBOLS ? SYMBOLS[Number(at)] : own[Number(at) - OWN_SYMBOLS]) ?? '';
  const facts = messages(block, 4).flatMap((fact) => messages(fact, 1));
  const checks = messages(block, 6).map((check) => messages(check, 1));
  return {
    facts: facts.map((fact) => ({ ...predicate(fact, symbol), against: [], either: false })),
    checks: checks.flatMap((queries) => queries.map((query) => condition(query, symbol, queries.length > 1))),
  };
}

type Symbols = (at: bigint | undefined) => string;

function predicate(message: Message, symbol: Symbols) {
  return { name: symbol(number(message, 1)), terms: messages(message, 2).map((term) => termOf(term, symbol)) };
}

function condition(query: Message, symbol: Symbols, either: boolean): Statement {
  const [body] = messages(query, 2);
  const ops = messages(query, 3).flatMap((expression) => messages(expression, 1));
  const against = ops.flatMap((op) => messages(op, 1)).map((term) => termOf(term, symbol));
  return { ...(body ? predicate(body, symbol) : { name: '', terms: [] }), against, either };
}

function termOf(term: Message, symbol: Symbols): Term {
  const integer = number(term, 2);
  const text = number(term, 3);
  const date = number(term, 4);
  const [set] = messages(term, 7);
  if (integer !== undefined) return { ...NOTHING, kind: 'number', number: Number(integer) };
  if (text !== undefined) return { ...NOTHING, kind: 'text', text: symbol(text) };
  if (date !== undefined) return { ...NOTHING, kind: 'date', number: Number(date) };
  if (set) return { ...NOTHING, kind: 'set', set: messages(set, 1).map((one) => termOf(one, symbol).text) };
  return NOTHING;
}

/** The end a check sets, in milliseconds. */
function end(check: Statement): number[] {
  const dates = check.name === 'time' ? check.against.filter((term) => term.kind === 'date') : [];
  return dates.map((date) => date.number * 1000);
}

/** One fact per right: four sets. */
function right(fact: Statement): Right {
  const [repositories, actions, refs, paths] = fact.terms.map((term) => [...term.set].sort());
  return { repositories: repositories ?? [], actions: actions ?? [], refs: refs ?? [], paths: paths ?? [] };
}

/** What a caveat leaves of rights. Limits on refs and paths spare some actions, which a right cannot say. */
function under(rights: readonly Right[], check: Statement): Right[] {
  const set = check.either ? undefined : check.against.find((term) => term.kind === 'set')?.set;
  if (set === undefined) return [...rights];
  const held = (patterns: readonly string[]) => set.filter((name) => patterns.some((one) => matches(one, name)));
  const narrow = (one: Right): Right => {
    if (check.name === 'operation') return { ...one, actions: one.actions.filter((action) => set.includes(action)) };
    return check.name === 'resource' ? { ...one, repositories: held(one.repositories) } : one;
  };
  return rights.map(narrow).filter((one) => one.actions.length > 0 && one.repositories.length > 0);
}
