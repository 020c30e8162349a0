/**
 * What a person leaves on a machine when she signs in there (`spanner login`): a file for each gateway, which only she can
 * read. `docs/reference/sign-ins.md` has the format.
 */
import { open } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { platform } from 'node:process';

import { ProofError } from './errors.js';

/** Where state that may be lost lies (XDG Base Directory Specification), the same on Windows, and her directory. */
const [STATE, LOCAL, HOME] = ['XDG_STATE_HOME', 'LOCALAPPDATA', 'HOME'] as const;
const OURS = 'gogs-spanner/sign-ins';
/** Larger than any sign-in, in bytes; what is larger is something else. */
const FILE_MAX = 64 * 1024;
/** What group and others may do to a file. */
const GROUP_AND_OTHERS = 0o077;
const MEMBERS = ['expires', 'gateway', 'person', 'sign_in'] as const;
/** RFC 3339. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

type SignIn = Record<(typeof MEMBERS)[number], string>;

/** Where sign-ins lie. */
export class SignIns {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Those of whoever runs this program; none where no variable says where her files are. */
  static found(variable: (name: string) => string | undefined): SignIns | undefined {
    const home = variable(HOME);
    const state = variable(STATE);
    // A relative one is to be ignored, the specification says.
    const absolute = state && isAbsolute(state) ? state : undefined;
    const place = absolute ?? (variable(LOCAL) || (home && join(home, '.local/state')));
    return place ? new SignIns(join(place, OURS)) : undefined;
  }

  /** The file of the sign-in at a gateway, whether it is there or not. */
  file(gateway: string): string {
    return join(this.#directory, `${gateway.replaceAll(/[^A-Za-z0-9.-]/g, '_')}.json`);
  }

  /** The secret of the sign-in at a gateway, if that still stands at an instant in milliseconds. */
  async standing(gateway: string, now: number): Promise<string> {
    const file = this.file(gateway);
    const signIn = parse(await read(file, gateway));
    if (signIn?.gateway !== gateway) throw unusable(`${file} does not hold a sign-in at this gateway`);
    if (now >= Date.parse(signIn.expires)) throw unusable(`the sign-in of ${signIn.person} at ${gateway} has ended`);
    return signIn.sign_in;
  }
}

async function read(file: string, gateway: string): Promise<string> {
  try {
    return await readPrivate(file);
  } catch (cause) {
    if (cause instanceof ProofError) throw cause;
    if ((cause as { code?: unknown }).code === 'ENOENT') {
      throw unusable(`nobody is signed in at ${gateway} on this machine`);
    }
    throw unusable(`could not read the sign-in in ${file}`, cause);
  }
}

async function readPrivate(file: string): Promise<string> {
  const opened = await open(file);
  try {
    const { mode } = await opened.stat();
    if (platform !== 'win32' && mode & GROUP_AND_OTHERS)
      throw unusable(`the sign-in in ${file} is open to other users`);
    const { buffer, bytesRead } = await opened.read(Buffer.alloc(FILE_MAX), 0, FILE_MAX, 0);
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead));
  } finally {
    await opened.close();
  }
}

/** These members and no others, all of them texts, and an end that is one. */
function parse(text: string): SignIn | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null || Object.keys(read).sort().join() !== MEMBERS.join()) return undefined;
  const signIn = read as SignIn;
  const isWhole = MEMBERS.every((member) => typeof signIn[member] === 'string');
  return isWhole && TIME.test(signIn.expires) && !Number.isNaN(Date.parse(signIn.expires)) ? signIn : undefined;
}

function unusable(why: string, cause?: unknown): ProofError {
  return new ProofError(`${why}; a person must run \`spanner login\``, { cause });
}
