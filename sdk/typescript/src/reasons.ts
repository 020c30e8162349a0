/** The table of reasons: the gateway's own, by `scripts/reasons.mjs`; a test compares them. */

/** What a reason means, and what to do next. */
export interface Reason {
  /** The HTTP status it is answered with. */
  readonly status: number;
  /** After how many seconds the same request may succeed; left out: not by waiting. */
  readonly retry?: number;
  /** What to do next, as a word for programs. */
  readonly next?: string;
  /** What happened, in one sentence for the caller. */
  readonly meaning: string;
  /** What to do next. */
  readonly hint: string;
}

/** Every reason this version knows, by its stable code. */
export const REASONS: ReadonlyMap<string, Reason> = new Map<string, Reason>(
  Object.entries({
    'request-malformed': {
      status: 400,
      meaning: 'the request is not well formed',
      hint: 'compare it with the reference of this endpoint',
    },
    'grant-type-unsupported': {
      status: 400,
      meaning: 'this grant type is not supported',
      hint: 'the metadata under /.well-known/oauth-authorization-server lists those that are',
    },
    'details-not-granted': {
      status: 400,
      meaning: 'what was asked for is not contained in one right of the agent',
      hint: 'ask for less, or for each right in an entry of its own',
    },
    'policy-invalid': {
      status: 400,
      meaning: 'the policy is not valid; the one before it stays in force',
      hint: 'run `spanner config check`',
    },
    'not-yet': { status: 400, meaning: 'this is not built yet', hint: 'leave it out' },
    'authorization-pending': {
      status: 400,
      retry: 5,
      meaning: 'the person has not confirmed the sign-in yet',
      hint: 'ask again after the interval',
    },
    'slow-down': {
      status: 400,
      retry: 10,
      meaning: 'the sign-in was asked for too often',
      hint: 'wait five seconds longer between two questions from now on',
    },
    'sign-in-denied': {
      status: 400,
      meaning: 'the person, or her identity provider, said no',
      hint: 'run `spanner login` again, and confirm it',
    },
    'sign-in-too-late': {
      status: 400,
      meaning: 'the sign-in was not completed in time',
      hint: 'run `spanner login` again',
    },
    'code-not-accepted': {
      status: 400,
      meaning: 'the code of the sign-in is not accepted',
      hint: 'run `spanner login` again',
    },
    'sign-in-not-accepted': {
      status: 401,
      meaning: 'the sign-in is not accepted',
      hint: 'a person runs `spanner login`',
    },
    'sign-in-over': { status: 401, meaning: 'the sign-in has ended', hint: 'a person runs `spanner login`' },
    'credential-missing': {
      status: 401,
      meaning: 'no credential was sent',
      hint: 'get a token with `spanner token get` and send it as password or as Bearer',
    },
    'token-malformed': {
      status: 401,
      meaning: 'the token is not a whole Spanner token',
      hint: 'it begins with gsp_; send it complete and unchanged',
    },
    'token-not-accepted': {
      status: 401,
      meaning: 'the token is not accepted',
      hint: 'get a new one with `spanner token get`',
    },
    'token-revoked': {
      status: 401,
      meaning: 'the token was revoked',
      hint: "get a new one, or ask the agent's owner why it was revoked",
    },
    'token-expired': { status: 401, meaning: 'the token has expired', hint: 'get a new one with `spanner token get`' },
    'assertion-not-accepted': {
      status: 401,
      meaning: 'the proof of identity is not accepted',
      hint: 'check its issuer, audience, expiry and key',
    },
    'assertion-replayed': {
      status: 401,
      meaning: 'the proof of identity was used before',
      hint: 'sign a new one with a new jti',
    },
    'not-granted': {
      status: 403,
      meaning: 'no right of this agent grants it',
      hint: "use what `spanner token inspect` shows, or ask the agent's owner for the right",
    },
    narrowed: {
      status: 403,
      meaning: 'the token was narrowed and no longer allows it',
      hint: 'use the token it was narrowed from, or stay within its caveats',
    },
    'caveat-unknown': {
      status: 403,
      meaning: 'the token carries a caveat this gateway does not know',
      hint: 'narrow tokens with `spanner token attenuate` or an SDK',
    },
    'no-trust-rule': {
      status: 403,
      meaning: 'no agent trusts this proof of identity',
      hint: 'check the trust rules of the agent against the claims of the proof',
    },
    'agent-ambiguous': { status: 403, meaning: 'the proof fits several agents', hint: 'name one with agent=NAME' },
    'agent-unknown': {
      status: 403,
      meaning: 'there is no such agent today',
      hint: 'register it with `spanner agent add`',
    },
    'agent-locked': { status: 403, meaning: 'the agent is locked', hint: 'ask its owner' },
    'person-locked': { status: 403, meaning: 'the person is locked', hint: 'ask an operator of the gateway' },
    'person-changed': {
      status: 403,
      meaning: 'somebody else signed in under this name before',
      hint: 'an operator lets go of the name with `spanner person forget`',
    },
    'not-lent': {
      status: 403,
      meaning: 'no group of this person may lend to this agent',
      hint: "ask the agent's owner to name one of her groups in `lend_to`",
    },
    'paths-not-inspected': {
      status: 403,
      meaning: 'a rule speaks of paths, and those of this request are not known',
      hint: 'push this ref alone and to a commit, or use a right without paths',
    },
    'repository-identity-changed': {
      status: 403,
      meaning: 'another repository stands under this name now',
      hint: 'an operator confirms it with `spanner repository confirm`',
    },
    'account-not-ours': {
      status: 403,
      meaning: 'the account this agent would use belongs to someone else',
      hint: 'if an earlier gateway left it, delete it in Gogs; else rename it, or choose another account_prefix',
    },
    'route-unknown': {
      status: 404,
      meaning: 'there is nothing here',
      hint: 'https://github.com/gogs-spanner/gogs-spanner/blob/main/docs/reference/routes.md lists what is served',
    },
    'route-refused': {
      status: 404,
      meaning: 'this is not served to automations',
      hint: 'people use Gogs itself for it',
    },
    'id-absent': {
      status: 404,
      meaning: 'this repository has nothing of that id',
      hint: 'list what it has, and use an id from there',
    },
    'repository-absent': {
      status: 404,
      meaning: 'Gogs has no such repository',
      hint: 'check the owner and the name; a repository that is not there yet is made by a person',
    },
    'method-refused': {
      status: 405,
      meaning: 'this method is not served here',
      hint: 'https://github.com/gogs-spanner/gogs-spanner/blob/main/docs/reference/routes.md lists the methods of each route',
    },
    'too-large': { status: 413, meaning: 'the request is larger than allowed', hint: 'send it in smaller parts' },
    'token-too-large': {
      status: 413,
      meaning: 'the token would be larger than allowed',
      hint: 'ask for fewer repositories',
    },
    'media-type-refused': {
      status: 415,
      meaning: 'the body is not of a type this route takes',
      hint: 'send the content type of the reference, encoded as is or as gzip',
    },
    'hash-algorithm-refused': {
      status: 409,
      meaning: 'objects are named by SHA-256 here',
      hint: 'leave `hash_algo` out, or say `sha256`',
    },
    'object-mismatch': {
      status: 422,
      meaning: 'the bytes are not those of the object',
      hint: 'check them with `git lfs fsck`, then push again',
    },
    'limit-reached': {
      status: 429,
      retry: 60,
      meaning: 'the agent has used up its budget',
      hint: 'wait, then try again more slowly',
    },
    'internal-error': { status: 500, meaning: 'the gateway failed', hint: 'report it with the request id' },
    'upstream-cannot': { status: 501, meaning: 'Gogs cannot do this', hint: 'people use its web pages for it' },
    'upstream-refused': {
      status: 502,
      meaning: 'Gogs refused what the gateway allowed',
      hint: "an operator sees why in the gateway's log",
    },
    'answer-refused': {
      status: 502,
      meaning: 'Gogs gave an answer the gateway does not pass on',
      hint: "ask for less at once; an operator sees why in the gateway's log",
    },
    'journal-unavailable': {
      status: 503,
      retry: 5,
      meaning: 'it could not be written to the journal, so it was not done',
      hint: 'try again',
    },
    'store-unavailable': { status: 503, retry: 5, meaning: "the gateway's store does not answer", hint: 'try again' },
    'upstream-unavailable': {
      status: 503,
      retry: 5,
      meaning: 'Gogs or an identity provider does not answer',
      hint: 'try again',
    },
    'policy-changed': {
      status: 503,
      retry: 1,
      meaning: 'the rules changed while the request was read',
      hint: 'send it again, to be decided under the new ones',
    },
    'spool-full': { status: 503, retry: 30, meaning: 'there is no room to inspect this now', hint: 'try again' },
    'run-limit': { status: 503, retry: 1, meaning: 'the decision took too long', hint: 'try again' },
    draining: { status: 503, retry: 5, meaning: 'the gateway is shutting down', hint: 'try again' },
  }),
);
