/** A token for `git`, in the environment of a child process: no command line, no URL and no file shows it. */
import { env } from 'node:process';

import type { Token } from './token.js';

/** Environment variables, for the `env` of a child process beside its own. */
export type Variables = Record<string, string>;

/** Holds the token for the helper. */
const TOKEN = 'GOGS_SPANNER_TOKEN';
/** How many settings of `git` the environment holds already (git-config(1), ENVIRONMENT). */
const COUNT = 'GIT_CONFIG_COUNT';
/**
 * Answers git from the environment. (With a header of its own, `http.extraHeader`, git 2.39 does not show what a 401 says.)
 */
const HELPER = `!f() { test "$1" = get && printf 'username=spanner\\npassword=%s\\n' "$GOGS_SPANNER_TOKEN"; }; f`;

/** Lets `git` act with a token at its gateway: the machine's own helpers are not asked there, and nobody at a terminal. */
export function variables(token: Token): Variables {
  const already = /^\d+$/.test(env[COUNT] ?? '') ? Number(env[COUNT]) : 0;
  const variables: Variables = {
    [TOKEN]: token.expose(),
    GIT_TERMINAL_PROMPT: '0',
    [COUNT]: String(already + 2),
  };
  for (const [at, value] of ['', HELPER].entries()) {
    variables[`GIT_CONFIG_KEY_${already + at}`] = `credential.${token.origin}.helper`;
    variables[`GIT_CONFIG_VALUE_${already + at}`] = value;
  }
  return variables;
}
