/** Where a gateway is. A proof is made for an origin and sent to that origin only. */
import { OriginError } from './errors.js';

/**
 * Parses `https://agents.example.com`, scheme, host and port of a gateway as its `public_url` says them; a final slash is
 * forgiven. What comes out reads as the audience of a proof.
 */
export function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new OriginError("the gateway's address is not a URL");
  // Whatever else was written, a bare `?` too, shows in the whole.
  if (url.href !== `${url.origin}/`) {
    throw new OriginError("the gateway's address is scheme, host and port, nothing more");
  }
  if (!isPrivate(url)) {
    throw new OriginError("the gateway's address must be https; plain http is for this machine only");
  }
  return url.origin;
}

/** Whether what is sent there is readable on this machine only, or nowhere. */
export function isPrivate(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

/**
 * The URL standard has brought every spelling of an address to one. Of names only `localhost` itself: what is below it some
 * resolvers ask the network for (RFC 6761 §6.3).
 */
function isLoopback(host: string): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(host) || host === '[::1]' || host === 'localhost';
}
