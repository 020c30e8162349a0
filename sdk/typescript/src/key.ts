/** The key an agent holds, and the assertions it signs (`private_key_jwt`, RFC 7523 §2.2). */
import { createHash, createPrivateKey, createPublicKey, randomUUID, sign, type KeyObject } from 'node:crypto';

import { KeyError } from './errors.js';

/** How long an assertion lives, in seconds: it is made for one request. The gateway takes at most five minutes. */
const LIFETIME = 60;
/** One block of RFC 7468 §10, whatever stands around it. */
const PKCS8 = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/;

/** An Ed25519 key. */
export class AgentKey {
  /** RFC 7638 §3. */
  readonly thumbprint: string;
  readonly #key: KeyObject;

  private constructor(key: KeyObject) {
    this.#key = key;
    this.thumbprint = thumbprint(key);
  }

  /** Reads PKCS#8 PEM. */
  static parse(pem: string): AgentKey {
    const body = PKCS8.exec(pem)?.[1];
    if (body === undefined) {
      throw new KeyError('not a PKCS#8 PEM file; `openssl genpkey -algorithm ed25519` writes one');
    }
    const key = privateKey(Buffer.from(body, 'base64'));
    if (key?.asymmetricKeyType !== 'ed25519') throw new KeyError('not an Ed25519 key');
    return new AgentKey(key);
  }

  /** Signs an assertion that its holder is `agent`, for one gateway and one use; `now` is in milliseconds. */
  assertion(agent: string, audience: string, now: number): string {
    const issued = Math.floor(now / 1000);
    const header = { alg: 'EdDSA', typ: 'client-authentication+jwt', kid: this.thumbprint };
    const window = { iat: issued, exp: issued + LIFETIME };
    const claims = { iss: agent, sub: agent, aud: audience, ...window, jti: randomUUID() };
    const signed = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(claims))}`;
    return `${signed}.${sign(null, Buffer.from(signed), this.#key).toString('base64url')}`;
  }
}

function privateKey(der: Buffer): KeyObject | undefined {
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  }
}

/** Over the members RFC 8037 §2 requires, in this order. */
function thumbprint(key: KeyObject): string {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url');
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}
