/** What the names of agents, repositories, refs and paths look like; what is wrong with one is told before anything is sent. */

const AGENT_MAX = 35;
/** An owner, a slash, and a name, as Gogs bounds them. */
const OWNER_MAX = 35;
const REPOSITORY_MAX = 100;
/** Longer refs meet file name limits of the server's file system. */
const REF_MAX = 1024;
/** `PATH_MAX` of Linux. */
const PATH_MAX = 4096;
/** It is shown in listings and logs. */
const DELEGATE_MAX = 64;
const CONTROL = /\p{Cc}/u;

/** What is wrong with an agent's name, `[a-z0-9][a-z0-9-]*`; nothing, if it is one. */
export function parseAgent(text: string): string | undefined {
  return (
    bounded(text, AGENT_MAX) ??
    unless(/^[a-z0-9-]*$/.test(text), 'a name has lower-case letters, digits and `-`') ??
    unless(!text.startsWith('-'), 'a name begins with a letter or a digit')
  );
}

/** What is wrong with a repository's name, `owner/name`. */
export function parseRepository(text: string): string | undefined {
  const [owner = '', name = '', ...more] = text.split('/');
  const parts = more.length === 0 && [owner, name].every((part) => /^[A-Za-z0-9._-]+$/.test(part));
  return (
    bounded(text, OWNER_MAX + 1 + REPOSITORY_MAX) ??
    bounded(owner, OWNER_MAX) ??
    unless(parts, 'a repository is written owner/name') ??
    unless(![owner, name].some((part) => part === '.' || part === '..'), 'a name is not a dot segment') ??
    unless(owner !== '-', 'the owner "-" is reserved') ??
    unless(!/\.(git|wiki)$/i.test(text), "a repository's name does not end in .git or .wiki")
  );
}

/** What is wrong with a full ref, `refs/…`, by the rules of git-check-ref-format(1). */
export function parseRef(text: string): string | undefined {
  const component = (part: string) => part !== '' && !/^[.+-]/.test(part) && !part.endsWith('.lock');
  return (
    bounded(text, REF_MAX) ??
    unless(text.startsWith('refs/'), 'a ref is written in full, refs/…') ??
    unless(
      !CONTROL.test(text) && !/[ ~^:?*[\\]/.test(text),
      'a ref has no space, control character or any of ~^:?*[\\',
    ) ??
    unless(!/\.\.|@\{|\.$/.test(text), 'a ref has no "..", no "@{" and no dot at its end') ??
    unless(text.split('/').every(component), 'a part of a ref begins with none of . - + and does not end in .lock')
  );
}

/** What is wrong with a file's path inside a repository. */
export function parsePath(text: string): string | undefined {
  const segment = (part: string) => !['', '.', '..', '.git'].includes(part.toLowerCase());
  return (
    bounded(text, PATH_MAX) ??
    unless(!CONTROL.test(text), 'a path has no control character') ??
    unless(text.split('/').every(segment), 'a path is relative and has no empty, dot or .git segment')
  );
}

/** What is wrong with what a holder calls whom it hands a token. */
export function parseDelegate(text: string): string | undefined {
  return bounded(text, DELEGATE_MAX) ?? unless(!CONTROL.test(text), 'a name has no control character');
}

function bounded(text: string, max: number): string | undefined {
  if (text === '') return 'a name is empty';
  return unless(Buffer.byteLength(text) <= max, `a name is longer than ${max} bytes`);
}

function unless(holds: boolean, wrong: string): string | undefined {
  return holds ? undefined : wrong;
}
