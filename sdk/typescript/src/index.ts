/**
 * Tokens for agents behind a Gogs Spanner gateway: find the proof at hand, exchange it, renew quietly, narrow, and call.
 *
 * A proof is made for one gateway, the one being talked to, and goes nowhere else: its origin is the audience, and no redirect
 * is followed. A token goes to the gateway it is for. A gateway that says no is a {@link Refused} with a stable reason, never
 * a text to parse.
 *
 * @packageDocumentation
 */
export { ACTIONS, READING, type Action } from './actions.js';
export { Client, type CallInit, type ClientOptions } from './client.js';
export type { Clock } from './clock.js';
export type { Arguments } from './discovery.js';
export {
  Answered,
  DiscoveryError,
  KeyError,
  NarrowingError,
  OriginError,
  PathError,
  ProofError,
  Refused,
  SpannerError,
  TokenError,
  Unintelligible,
  Unreachable,
  type Refusal,
} from './errors.js';
export type { Less } from './exchange.js';
export type { Variables } from './git.js';
export type { Narrowing } from './narrowing.js';
export type { Budget, Decision, Effect, EffectiveRight, Whoami } from './own.js';
export { REASONS, type Reason } from './reasons.js';
export { Session, type Options } from './session.js';
export { Token } from './token.js';
export type { Right } from './token/reading.js';
export type { Traceparent } from './trace.js';
