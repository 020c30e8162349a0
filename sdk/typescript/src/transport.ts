/** The way out: no redirect is followed, and no answer is read without end. */
import { Unreachable } from './errors.js';

/**
 * Sends one request to one place, and takes it nowhere else. Rejects with {@link Unreachable}, or with the reason of the
 * caller's own signal.
 */
export async function send(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'manual' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Unreachable(error);
  }
}

/** The same, for what is answered within so many milliseconds or not at all. */
export async function sendBriefly(url: URL, init: RequestInit, timeout: number): Promise<Response> {
  const signal = AbortSignal.timeout(timeout);
  try {
    return await send(url, { ...init, signal });
  } catch (error) {
    throw signal.aborted ? new Unreachable(error) : error;
  }
}

/** Reads a body of bounded size, in bytes; `undefined` if it is larger than anything expected here. */
export async function readBounded(response: Response, max: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    // Leaving the loop lets go of the connection.
    for await (const chunk of response.body ?? []) {
      length += chunk.byteLength;
      if (length > max) return undefined;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new Unreachable(error);
  }
  return Buffer.concat(chunks).toString('utf8');
}
