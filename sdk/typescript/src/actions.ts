/** The closed list of what a request can do. */

/** Every action there is, in the order of the reference. */
export const ACTIONS = [
  'contents:read',
  'ref:create',
  'ref:update',
  'ref:force',
  'ref:delete',
  'wiki:read',
  'wiki:write',
  'issues:read',
  'issues:write',
  'repository:admin',
  'repository:create',
  'repository:delete',
  'directory:read',
  'credentials:mint',
  'repository:read',
  'lfs:write',
  'audit:read',
  'approval:decide',
  'agent:lock',
  'token:revoke',
  'policy:write',
  'keys:rotate',
] as const;

/** An action an agent may be granted, or one that follows from such. */
export type Action = (typeof ACTIONS)[number];

/** The actions that change nothing. */
export const READING: readonly Action[] = [
  'repository:read',
  'contents:read',
  'issues:read',
  'wiki:read',
  'directory:read',
];

/** What brings content onto a ref, which is what implies `lfs:write` there. */
const BRINGS_CONTENT: readonly string[] = ['ref:create', 'ref:update', 'ref:force'];
/** What cannot be decided without a ref. */
const TAKES_REF: readonly string[] = [...BRINGS_CONTENT, 'ref:delete', 'lfs:write'];

/** The same actions in the order of the reference, each once. */
export function ordered(actions: Iterable<string>): string[] {
  const all: readonly string[] = ACTIONS;
  return [...new Set(actions)].sort((one, other) => all.indexOf(one) - all.indexOf(other));
}

/** Whether it follows from other actions and is never granted by name. */
export function isImplied(action: string): boolean {
  return action === 'repository:read' || action === 'lfs:write';
}

/** Whether it cannot be decided without its ref. */
export function takesRef(action: string): boolean {
  return TAKES_REF.includes(action);
}

/** The actions with what they imply: `repository:read` always, `lfs:write` beside what brings content onto a ref. */
export function withImplied(actions: Iterable<string>): Set<string> {
  const all = new Set(actions).add('repository:read');
  return BRINGS_CONTENT.some((action) => all.has(action)) ? all.add('lfs:write') : all;
}
