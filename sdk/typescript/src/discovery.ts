/**
 * Finds the gateway and the proof at hand: what is said (arguments, `GOGS_SPANNER_*`), else what the platform offers (a job
 * of GitHub or Forgejo Actions, a file that Kubernetes or SPIFFE keeps fresh), else the sign-in of a person on this machine.
 *
 * Two that fit and disagree are refused, both named: a proof sent to the wrong gateway, or an agent that is not the one
 * meant, is worse than no token.
 */
import { existsSync, readFileSync } from 'node:fs';
import { env } from 'node:process';

import { DiscoveryError, KeyError } from './errors.js';
import { AgentKey } from './key.js';
import { parseAgent } from './names.js';
import { parseOrigin } from './origin.js';
import { Assertion, HeldKey, Lent, Vouched, type Proof } from './proof.js';
import { Job, TOKEN_VARIABLE, URL_VARIABLE } from './proof/actions.js';
import { SignIns } from './sign-in.js';

/** Where the gateway is: its `public_url`. */
const URL = 'GOGS_SPANNER_URL';
/** The agent's name. */
const AGENT = 'GOGS_SPANNER_AGENT';
/** The agent's private key, PKCS#8 PEM. */
const KEY_FILE = 'GOGS_SPANNER_KEY_FILE';
/** A JWT some platform keeps fresh. */
const ASSERTION_FILE = 'GOGS_SPANNER_ASSERTION_FILE';
/**
 * Where a platform puts a JWT if it is told to put it where nobody has to say so: a projected service account token of
 * Kubernetes, a JWT-SVID that `spiffe-helper` writes.
 */
const PLATFORM_FILE = '/var/run/secrets/gogs-spanner/token';

/** What the caller says itself. */
export interface Arguments {
  /** Where the gateway is: its `public_url`. */
  readonly url?: string | undefined;
  /** The agent's name: needed with a key, and with an assertion that fits several. */
  readonly agent?: string | undefined;
  /** The agent's private key: PKCS#8 PEM, Ed25519. */
  readonly keyFile?: string | undefined;
  /** A file with a JWT that a platform keeps fresh. */
  readonly assertionFile?: string | undefined;
}

/** What was found. */
export interface Found {
  readonly origin: string;
  readonly proof: Proof;
}

/** What a program finds around it. */
export interface Surroundings {
  /** A variable of the environment. */
  variable(name: string): string | undefined;
  /** Whether there is such a file. */
  has(file: string): boolean;
}

/** This machine and this process. */
export const here: Surroundings = { variable: (name) => env[name], has: existsSync };

/** A setting and the place that says it. */
interface Said {
  readonly value: string;
  readonly by: string;
}

/** Looks at the arguments and around. */
export function discover(given: Arguments, around: Surroundings): Found {
  const said = (argument: string, value: string | undefined, variable: string) =>
    settle(place(`the argument ${argument}`, value), place(variable, around.variable(variable) || undefined));
  const url = said('url', given.url, URL);
  const agent = said('agent', given.agent, AGENT);
  const key = said('key file', given.keyFile, KEY_FILE);
  const assertion = said('assertion file', given.assertionFile, ASSERTION_FILE);

  if (url === undefined) throw new DiscoveryError(`nothing says where the gateway is; set ${URL}`);
  const origin = parseOrigin(url.value);
  const name = agent && named(agent.value);
  if (key && assertion) throw disagree(key.by, assertion.by);
  if (key) return { origin, proof: holder(name, key.value) };
  if (assertion) return { origin, proof: new Assertion(assertion.value, name) };
  return { origin, proof: offered(name, around) ?? lent(origin, name, around) };
}

/**
 * What the platform offers unasked. It stands back behind anything that is said: a job may have an ID token for other
 * reasons.
 */
function offered(agent: string | undefined, around: Surroundings): Proof | undefined {
  const url = around.variable(URL_VARIABLE);
  const token = around.variable(TOKEN_VARIABLE);
  const file = around.has(PLATFORM_FILE);
  if (!url || !token) return file ? new Assertion(PLATFORM_FILE, agent) : undefined;
  if (file) throw disagree(URL_VARIABLE, PLATFORM_FILE);
  const job = Job.of(url, token);
  if (job === undefined) throw new DiscoveryError(`${URL_VARIABLE} is not an https URL`);
  return new Vouched(job, agent);
}

/** Last of all, a person who signed in at the gateway on this machine: she lends to the agent that is named. */
function lent(origin: string, agent: string | undefined, around: Surroundings): Proof {
  const kept = SignIns.found((name) => around.variable(name));
  if (!kept || !around.has(kept.file(origin))) {
    throw new DiscoveryError(`no proof at hand; set ${KEY_FILE} with ${AGENT}, or ${ASSERTION_FILE}`);
  }
  if (agent !== undefined) return new Lent(kept, agent);
  throw new DiscoveryError(`a person is signed in, and nothing says to which agent she lends; set ${AGENT}`);
}

/** A place that says something. */
function place(by: string, value: string | undefined): Said | undefined {
  return value === undefined ? undefined : { value, by };
}

/** One setting out of two places. */
function settle(given: Said | undefined, set: Said | undefined): Said | undefined {
  if (given && set && given.value !== set.value) throw disagree(given.by, set.by);
  return given ?? set;
}

function disagree(one: string, other: string): DiscoveryError {
  return new DiscoveryError(`${one} and ${other} disagree; leave one of them out`);
}

function named(name: string): string {
  const wrong = parseAgent(name);
  if (wrong !== undefined) throw new DiscoveryError(`the agent's name is not one: ${wrong}`);
  return name;
}

/** A key that cannot be used is told of now, not at the first exchange. */
function holder(agent: string | undefined, file: string): Proof {
  if (agent === undefined) throw new DiscoveryError(`a key does not say whose it is; set ${AGENT}`);
  try {
    AgentKey.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof KeyError) throw new DiscoveryError(`${file} does not hold a key: ${cause.message}`, { cause });
    throw new DiscoveryError(`could not read the key in ${file}`, { cause });
  }
  return new HeldKey(agent, file);
}
