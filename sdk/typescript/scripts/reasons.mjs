// Writes src/reasons.ts out of the table every SDK has in sdk/vectors: `node scripts/reasons.mjs`.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../src/reasons.ts', import.meta.url);
const table = new URL('../../vectors/reasons.json', import.meta.url);
const { reasons } = JSON.parse(readFileSync(table, 'utf8'));
const [head] = readFileSync(file, 'utf8').split('Object.entries({');
const entries = reasons.map(({ reason, status, retry, next, meaning, hint }) => {
  const known = { status, ...(retry !== null && { retry }), ...(next && { next }), meaning, hint };
  return `${JSON.stringify(reason)}: ${JSON.stringify(known)},`;
});
writeFileSync(file, `${head}Object.entries({\n${entries.join('\n')}\n}));\n`);
