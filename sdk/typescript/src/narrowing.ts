/** What a narrower token may still do. It means the same whether it is made here or asked of the gateway. */
import { isImplied, ordered, READING, takesRef, type Action } from './actions.js';
import { NarrowingError } from './errors.js';
import { parseDelegate, parsePath, parseRef, parseRepository } from './names.js';
import { matches } from './pattern.js';
import type { Reading, Right } from './token/reading.js';

/** Less than the token at hand. What is not said stays as it is. */
export interface Narrowing {
  /** To these repositories, `acme/web`, or to all of an owner, `acme/**`. */
  readonly repositories?: readonly string[];
  /** To these actions; those of them that the token does not have are not granted by naming them. */
  readonly actions?: readonly Action[];
  /** To these refs, written in full, or to all below one, `refs/heads/agents/**`. */
  readonly refs?: readonly string[];
  /** To what lies below one folder, `docs/**`. */
  readonly paths?: readonly string[];
  /** To the actions that change nothing. */
  readonly readOnly?: boolean;
  /** To so many seconds from now. */
  readonly lifetime?: number;
  /** Says whom it is for: a claim of the holder's, shown as such. */
  readonly delegate?: string;
}

/** Names, or the beginning of all of them up to a slash, and the pattern that was written for it. */
export type Names = { readonly exact: readonly string[] } | { readonly under: string; readonly pattern: string };

/** A narrowing that was understood and fits the token. */
export interface Narrower {
  readonly repositories?: Names;
  readonly actions?: readonly string[];
  readonly refs?: Names;
  readonly paths?: Names;
  /** The actions on which refs and paths say nothing. */
  readonly besides: readonly string[];
  /** In whole seconds, which is what tokens know. */
  readonly lifetime?: number;
  readonly delegate?: string;
}

/** Understands a narrowing of a token, or throws a {@link NarrowingError} that says what is wrong. */
export function resolve(narrowing: Narrowing, token: Reading): Narrower {
  if (token.depth <= 0) throw new NarrowingError('the token can be narrowed no further');
  const reached = new Reached(token.rights);
  const actions = reached.actions(narrowing.readOnly ? [...READING, ...(narrowing.actions ?? [])] : narrowing.actions);
  const repositories = reached.names('repositories', narrowing.repositories?.map(lower), ['**', '*'], parseRepository);
  const refs = reached.names('refs', narrowing.refs, ['**'], parseRef);
  const paths = reached.names('paths', narrowing.paths, ['**'], parsePath);
  const lifetime = seconds(narrowing.lifetime);
  if (paths && 'exact' in paths) throw new NarrowingError('paths: one folder, written `docs/**`');
  const said = { ...actions, ...(repositories && { repositories }), ...(refs && { refs }), ...(paths && { paths }) };
  if (Object.keys(said).length === 0 && lifetime === undefined) throw new NarrowingError('a narrowing says nothing');
  const { delegate } = narrowing;
  if (delegate !== undefined) insist('delegate', parseDelegate(delegate));
  const more = { ...(lifetime !== undefined && { lifetime }), ...(delegate !== undefined && { delegate }) };
  return { ...said, besides: reached.withoutRef(), ...more };
}

/** The rights a narrowing still reaches, member by member. A gateway refuses by name what reaches none. */
class Reached {
  #rights: readonly Right[];

  constructor(rights: readonly Right[]) {
    this.#rights = rights;
  }

  /** Those of the actions that some right has. */
  actions(wanted: readonly string[] | undefined): { actions?: readonly string[] } {
    if (wanted === undefined) return {};
    const actions = ordered(wanted).filter((action) => this.#rights.some((right) => lists(right, action)));
    if (actions.length === 0) throw new NarrowingError(`actions: the token has none of ${wanted.join(', ') || 'none'}`);
    const reached = this.#rights.filter((right) => actions.some((action) => lists(right, action)));
    this.#rights = reached.map((right) => ({ ...right, actions: actions.filter((action) => lists(right, action)) }));
    return { actions };
  }

  /** Names, or one pattern that is everything below a prefix; nothing, where any will do. */
  names(
    member: 'repositories' | 'refs' | 'paths',
    texts: readonly string[] | undefined,
    tails: readonly string[],
    wrong: (name: string) => string | undefined,
  ): Names | undefined {
    if (texts === undefined || texts.includes('**')) return undefined;
    if (texts.length === 0) throw new NarrowingError(`${member}: none are named`);
    const names = namesOf(texts, tails);
    const examples = 'under' in names ? [`${names.under}x`] : names.exact;
    for (const name of examples) insist(member, wrong(name));
    const holds = (right: Right, name: string) => right[member].some((pattern) => matches(pattern, name));
    if (!examples.every((name) => this.#rights.some((right) => holds(right, name)))) {
      throw new NarrowingError(`${member}: no right of the token holds ${texts.join(', ')}`);
    }
    this.#rights = this.#rights.filter((right) => examples.some((name) => holds(right, name)));
    return names;
  }

  /** Reading contents is not among them: a clone reads every ref, as in a right that names refs. */
  withoutRef(): readonly string[] {
    const listed = this.#rights.flatMap((right) => right.actions);
    const unlimited = listed.filter((action) => !takesRef(action) && action !== 'contents:read');
    return ordered([...unlimited, 'repository:read']);
  }
}

function namesOf(texts: readonly string[], tails: readonly string[]): Names {
  const [only = '', ...more] = texts;
  const tail = tails.find((end) => only.endsWith(`/${end}`));
  if (more.length === 0 && tail !== undefined) return { under: only.slice(0, -tail.length), pattern: only };
  return { exact: [...new Set(texts)].sort() };
}

/** Whether a right has an action; those that follow from others are nobody's to lose. */
function lists(right: Right, action: string): boolean {
  return right.actions.includes(action) || isImplied(action);
}

function insist(member: string, fault: string | undefined): void {
  if (fault !== undefined) throw new NarrowingError(`${member}: ${fault}`);
}

function seconds(lifetime: number | undefined): number | undefined {
  if (lifetime === undefined) return undefined;
  const whole = Math.floor(lifetime);
  if (!(whole > 0)) throw new NarrowingError('lifetime: a number of seconds above zero');
  return whole;
}

function lower(name: string): string {
  return name.toLowerCase();
}
