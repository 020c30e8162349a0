/**
 * Narrowing here, without asking anybody: one block more on the token, by the Biscuit library where it loads.
 *
 * It does not everywhere: on Node 20 it needs `--experimental-wasm-modules`. Only the version below is taken, for the one
 * before it cannot read what a gateway mints.
 */
import { readFile } from 'node:fs/promises';

import { withImplied } from '../actions.js';
import { NarrowingError } from '../errors.js';
import type { Names, Narrower } from '../narrowing.js';
import { TOKEN_MAX } from '../token/text.js';

const LIBRARY = '@biscuit-auth/biscuit-wasm';
const VERSION = '0.6.0';

/** As much of the library as is used. */
export interface Biscuits {
  readonly Biscuit: {
    fromBytes(bytes: Uint8Array, key: unknown): Biscuit;
    block_builder(): Block;
  };
  readonly Check: { fromString(text: string): Statement };
  readonly Fact: { fromString(text: string): Statement };
  readonly PublicKey: { fromString(hexadecimal: string, algorithm: number): unknown };
  readonly SignatureAlgorithm: { readonly Ed25519: number };
  /** A value of JavaScript as a term of Datalog. */
  prepareTerm(value: unknown): unknown;
}

interface Block {
  addCheck(check: Statement): void;
  addFact(fact: Statement): void;
}

interface Biscuit {
  appendBlock(block: Block): Biscuit;
  toBytes(): Uint8Array;
}

interface Statement {
  set(parameter: string, value: unknown): void;
}

/** A check of the closed list, and the values in it. No value is ever written into the text. */
type Caveat = readonly [text: string, values: Readonly<Record<string, unknown>>];

let found: Promise<Biscuits | undefined> | undefined;

/** The library, if this program can load it; found out once. */
export function biscuit(): Promise<Biscuits | undefined> {
  found ??= load();
  return found;
}

async function load(): Promise<Biscuits | undefined> {
  try {
    const manifest = new URL('../package.json', import.meta.resolve(LIBRARY));
    const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version?: string };
    return version === VERSION ? await quietly(() => import(LIBRARY) as Promise<Biscuits>) : undefined;
  } catch {
    return undefined;
  }
}

/** The library greets on standard output when it loads, which belongs to the program. */
async function quietly<T>(load: () => Promise<T>): Promise<T> {
  const { log } = console;
  console.log = (...said: unknown[]) => (said[0] === 'biscuit-wasm loading' ? undefined : log(...said));
  return load().finally(() => (console.log = log));
}

/** The token's bytes with one block more. `ends` is in seconds since 1970, or never. */
export function attenuate(
  library: Biscuits,
  token: Uint8Array,
  key: string,
  narrower: Narrower,
  ends: number,
): Uint8Array {
  const bytes = append(library, token, key, blockOf(library, narrower, ends));
  if (bytes.length > TOKEN_MAX) throw new NarrowingError(`the narrower token would have more than ${TOKEN_MAX} bytes`);
  return bytes;
}

function blockOf(library: Biscuits, narrower: Narrower, ends: number): Block {
  const block = library.Biscuit.block_builder();
  for (const [text, values] of caveats(narrower, ends)) {
    const check = library.Check.fromString(text);
    for (const [name, value] of Object.entries(values)) check.set(name, library.prepareTerm(value));
    block.addCheck(check);
  }
  if (narrower.delegate !== undefined) {
    const fact = library.Fact.fromString('delegate({name})');
    fact.set('name', narrower.delegate);
    block.addFact(fact);
  }
  return block;
}

/** The library throws what is no error. */
function append(library: Biscuits, token: Uint8Array, key: string, block: Block): Uint8Array {
  try {
    const root = library.PublicKey.fromString(key, library.SignatureAlgorithm.Ed25519);
    return library.Biscuit.fromBytes(token, root).appendBlock(block).toBytes();
  } catch (cause) {
    throw new NarrowingError("the token does not hold by the gateway's key", { cause });
  }
}

function caveats(narrower: Narrower, ends: number): Caveat[] {
  const besides = new Set(narrower.besides);
  const spared = ' or operation($o), {besides}.contains($o)';
  return [
    ...(ends === Number.POSITIVE_INFINITY
      ? []
      : [['check if time($t), $t <= {ends}', { ends: new Date(ends * 1000) }] as const]),
    ...(narrower.actions ? [among('operation', '$o', { exact: [...withImplied(narrower.actions)] })] : []),
    ...(narrower.repositories ? [among('resource', '$r', narrower.repositories)] : []),
    ...(narrower.refs ? [also(among('ref', '$f', narrower.refs), spared, { besides })] : []),
    ...(narrower.paths ? [also(among('path', '$p', narrower.paths, 'check all'), spared, { besides })] : []),
  ];
}

function among(fact: string, variable: string, names: Names, kind = 'check if'): Caveat {
  const subject = `${kind} ${fact}(${variable})`;
  if ('under' in names) return [`${subject}, ${variable}.starts_with({under})`, { under: names.under }];
  return [`${subject}, {names}.contains(${variable})`, { names: new Set(names.exact) }];
}

function also([text, values]: Caveat, more: string, others: Caveat[1]): Caveat {
  return [text + more, { ...values, ...others }];
}
