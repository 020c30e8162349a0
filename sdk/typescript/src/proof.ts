/** What an agent proves itself with, and how that is said to the token endpoint. */
import { readFile } from 'node:fs/promises';

import { ProofError } from './errors.js';
import { AgentKey } from './key.js';
import type { Job } from './proof/actions.js';
import type { SignIns } from './sign-in.js';

const CLIENT_ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';
/** A sign-in of the gateway (RFC 8693 §3). */
const SIGN_IN = 'urn:gogs-spanner:token-type:sign-in';
/** RFC 8693 §2.1. */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** A form's parameters. */
export interface Stated {
  /** They hold the proof: for the gateway alone. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What it was made of. Two that say the same here are refused for the same cause. */
  readonly basis: string;
}

/** What an agent proves itself with. */
export interface Proof {
  /** Makes a proof for one gateway, at an instant in milliseconds. */
  state(audience: string, now: number): Promise<Stated>;
}

/** A key registered for an agent. Its file is read anew each time: somebody may have changed the key. */
export class HeldKey implements Proof {
  readonly agent: string;
  readonly file: string;

  constructor(agent: string, file: string) {
    this.agent = agent;
    this.file = file;
  }

  async state(audience: string, now: number): Promise<Stated> {
    const key = AgentKey.parse(await read(this.file, 'key'));
    const parameters = {
      grant_type: 'client_credentials',
      client_assertion_type: CLIENT_ASSERTION,
      client_assertion: key.assertion(this.agent, audience, now),
    };
    return { parameters, basis: key.thumbprint };
  }
}

/** A file its platform keeps fresh (a Kubernetes projected token, a JWT-SVID), read anew each time. */
export class Assertion implements Proof {
  readonly file: string;
  readonly agent: string | undefined;

  constructor(file: string, agent?: string) {
    this.file = file;
    this.agent = agent;
  }

  async state(): Promise<Stated> {
    return vouched((await read(this.file, 'assertion')).trim(), this.agent);
  }
}

/** A job of GitHub or Forgejo Actions, which asks for its ID token each time. */
export class Vouched implements Proof {
  readonly job: Job;
  readonly agent: string | undefined;

  constructor(job: Job, agent?: string) {
    this.job = job;
    this.agent = agent;
  }

  async state(audience: string): Promise<Stated> {
    return vouched(await this.job.idToken(audience), this.agent);
  }
}

/** A person who signed in on this machine, and lends to the agent; her sign-in is read anew each time. */
export class Lent implements Proof {
  readonly kept: SignIns;
  readonly agent: string;

  constructor(kept: SignIns, agent: string) {
    this.kept = kept;
    this.agent = agent;
  }

  async state(audience: string, now: number): Promise<Stated> {
    return exchanged(SIGN_IN, await this.kept.standing(audience, now), this.agent);
  }
}

/** What somebody else signed (RFC 8693). */
function vouched(assertion: string, agent: string | undefined): Stated {
  return exchanged(JWT, assertion, agent);
}

function exchanged(kind: string, secret: string, agent: string | undefined): Stated {
  const named: Record<string, string> = agent === undefined ? {} : { agent };
  const parameters = { grant_type: TOKEN_EXCHANGE, subject_token_type: kind, subject_token: secret, ...named };
  return { parameters, basis: secret };
}

async function read(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ProofError(`could not read the ${what} in ${file}`, { cause });
  }
}
