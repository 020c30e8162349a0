/**
 * The text form of a token: `gsp_` + base64url of (bytes ‖ their CRC-32), so that secret scanners and people know one when
 * they see one, and a truncated paste is told from a forged token.
 */
import { TokenError } from '../errors.js';

const PREFIX = 'gsp_';
/** The most bytes a token has; as a Basic header it stays under the 8 KiB line of common proxies. */
export const TOKEN_MAX = 4096;
const CHECKSUM = 4;
/** The text of the largest token after its prefix: base64 writes three bytes as four characters. */
const ENCODED_MAX = Math.ceil((TOKEN_MAX + CHECKSUM) / 3) * 4;

/** The bytes a text stands for. */
export function decode(text: string): Buffer {
  if (!text.startsWith(PREFIX)) throw new TokenError('a token begins with gsp_');
  const encoded = text.slice(PREFIX.length);
  if (encoded.length > ENCODED_MAX) throw new TokenError(`a token has at most ${TOKEN_MAX} bytes`);
  const whole = Buffer.from(encoded, 'base64url');
  // Node takes what it can; a token has exactly one spelling.
  if (whole.toString('base64url') !== encoded) throw new TokenError('a token is base64url without padding');
  const bytes = whole.subarray(0, -CHECKSUM);
  if (bytes.length > TOKEN_MAX) throw new TokenError(`a token has at most ${TOKEN_MAX} bytes`);
  if (bytes.length === 0 || whole.readUInt32BE(bytes.length) !== crc32(bytes)) {
    throw new TokenError("the token's checksum does not fit");
  }
  return bytes;
}

/** The text of a token's bytes. */
export function encode(bytes: Uint8Array): string {
  const checksum = Buffer.alloc(CHECKSUM);
  checksum.writeUInt32BE(crc32(bytes));
  return PREFIX + Buffer.concat([bytes, checksum]).toString('base64url');
}

/** CRC-32 of IEEE 802.3. (`zlib.crc32` came with Node 22.2.) */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
