/** Protobuf, as far as a token is written in it: varints and length-delimited fields, read into what each number says. */

/** The fields of one message: what stands under each number, in order. */
export type Message = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

const VARINT = 0;
const DELIMITED = 2;

/** Reads a message; throws a `RangeError` where the bytes are none. */
export function read(bytes: Uint8Array): Message {
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  const cursor = { at: 0 };
  while (cursor.at < bytes.length) {
    const tag = Number(varint(bytes, cursor));
    const values = fields.get(tag >>> 3) ?? [];
    values.push(value(bytes, cursor, tag & 7));
    fields.set(tag >>> 3, values);
  }
  return fields;
}

/** The number under a field, where there is one; the last one counts. */
export function number(message: Message, field: number): bigint | undefined {
  const value = message.get(field)?.at(-1);
  return typeof value === 'bigint' ? value : undefined;
}

/** The bytes under a field, each time it stands there. */
export function all(message: Message, field: number): Uint8Array[] {
  return (message.get(field) ?? []).filter((value) => typeof value !== 'bigint');
}

/** The messages under a field. */
export function messages(message: Message, field: number): Message[] {
  return all(message, field).map(read);
}

function value(bytes: Uint8Array, cursor: { at: number }, type: number): bigint | Uint8Array {
  if (type === VARINT) return varint(bytes, cursor);
  if (type !== DELIMITED) throw new RangeError('a wire type that no token has');
  const length = Number(varint(bytes, cursor));
  if (length > bytes.length - cursor.at) throw new RangeError('a field is longer than its message');
  cursor.at += length;
  return bytes.subarray(cursor.at - length, cursor.at);
}

function varint(bytes: Uint8Array, cursor: { at: number }): bigint {
  let read = 0n;
  for (let shift = 0n; shift < 64n; shift += 7n) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) break;
    read |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return read;
  }
  throw new RangeError('a number without an end');
}
