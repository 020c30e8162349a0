/** What can go wrong, and whose word it is. */
import { REASONS } from './reasons.js';

/** Everything this library throws on purpose. */
export class SpannerError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No gateway, no proof, or two that disagree. */
export class DiscoveryError extends SpannerError {}

/** The text is not where a gateway can be. */
export class OriginError extends DiscoveryError {}

/** The file does not hold a key to sign with. */
export class KeyError extends SpannerError {}

/** The proof cannot be made now. */
export class ProofError extends SpannerError {}

/** The gateway did not answer. */
export class Unreachable extends SpannerError {
  constructor(cause: unknown) {
    super('the gateway did not answer', { cause });
  }
}

/** What answers does not speak as a gateway does. */
export class Unintelligible extends SpannerError {
  /** The status it answered with. */
  readonly status: number;

  constructor(status: number) {
    super(`what answered with status ${status} is not what was expected`);
    this.status = status;
  }
}

/** The token cannot be narrowed this way. */
export class NarrowingError extends SpannerError {}

/** What was handed over is not a token, or is one for another gateway. */
export class TokenError extends SpannerError {}

/** The path of a call is not one, or leads to another place than the gateway. */
export class PathError extends SpannerError {}

/** What a {@link Refused} is made of. */
export interface Refusal {
  reason: string;
  why: string;
  hint?: string | undefined;
  retry?: number | undefined;
  requestId?: string | undefined;
  next?: string | undefined;
  findings?: readonly string[] | undefined;
  status: number;
}

/** A gateway's no: a stable reason, what to do next, and when the same may succeed. */
export class Refused extends SpannerError {
  /** The stable code, `not-granted`. A newer gateway may know more than this library. */
  readonly reason: string;
  /** Why, in the caller's terms. */
  readonly why: string;
  /** What to do next. */
  readonly hint: string | undefined;
  /** Seconds after which the same request may succeed; `undefined`: not by waiting. */
  readonly retry: number | undefined;
  /** Names the refusal in the gateway's journal. */
  readonly requestId: string | undefined;
  /** What to do next, as a word for programs: `mend`, `choose`, `authenticate`, … */
  readonly next: string | undefined;
  /** The paths that stand in the way, where it names any. */
  readonly findings: readonly string[];
  /** The HTTP status it was said with. */
  readonly status: number;

  constructor(refusal: Refusal) {
    super(`${refusal.reason}: ${refusal.why}`);
    this.reason = refusal.reason;
    this.why = refusal.why;
    this.hint = refusal.hint;
    this.retry = refusal.retry;
    this.requestId = refusal.requestId;
    this.next = refusal.next;
    this.findings = refusal.findings ?? [];
    this.status = refusal.status;
  }

  /**
   * Reads the body of a refusal: of the token endpoint (RFC 6749 §5.2) or of any other (RFC 9457), with the members of
   * ours. What it leaves out is taken from the table of reasons; a body that gives no reason is not a gateway's.
   */
  static read(status: number, document: unknown, retryAfter?: string | null): Refused | undefined {
    if (typeof document !== 'object' || document === null) return undefined;
    const said = document as Record<string, unknown>;
    const reason = text(said['reason']) ?? text(said['error']);
    if (reason === undefined) return undefined;
    const known = REASONS.get(reason);
    return new Refused({
      reason,
      why: text(said['detail']) ?? text(said['error_description']) ?? known?.meaning ?? 'refused',
      hint: text(said['hint']) ?? known?.hint,
      retry: seconds(said['retry']) ?? seconds(Number(retryAfter ?? Number.NaN)) ?? known?.retry,
      requestId: text(said['request_id']),
      next: text(said['next']) ?? known?.next,
      findings: Array.isArray(said['findings']) ? said['findings'].filter((one) => typeof one === 'string') : [],
      status,
    });
  }
}

/** A forge's no, as it came through the gateway. */
export class Answered extends SpannerError {
  /** The status. */
  readonly status: number;
  /** What it said, where it said anything. */
  readonly said: string;

  constructor(status: number, said: string) {
    super(`the forge answered ${status}${said === '' ? '' : `: ${said}`}`);
    this.status = status;
    this.said = said;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function seconds(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
