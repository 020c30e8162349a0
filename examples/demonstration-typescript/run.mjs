// Runs an example in TypeScript with the SDK of this tree: `node ../demonstration-typescript/run.mjs [ARGUMENT …]` in its folder.
//
// The SDK is packed and installed as a user would have it, below `target`; nothing is written beside the sources.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { argv, cwd, env, execPath, exit } from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sdk = join(root, 'sdk/typescript');
const home = join(env.CARGO_TARGET_DIR ?? join(root, 'target'), 'examples/typescript');
const example = basename(cwd());

if (built() !== digest()) build();
compile();
const program = spawn(execPath, [join(home, 'examples', example, 'dist', example, 'src/main.js'), ...argv.slice(2)], {
  env: { ...env, GOGS_SPANNER_TREE: root },
  stdio: 'inherit',
});
program.on('exit', (code) => exit(code ?? 1));

/** What the SDK is made of. */
function digest() {
  const hash = createHash('sha256');
  const files = readdirSync(join(sdk, 'src'), { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .sort();
  for (const file of [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    ...files.map((file) => join('src', file)),
  ]) {
    hash.update(`${file}\n`).update(readFileSync(join(sdk, file)));
  }
  return hash.digest('hex');
}

function built() {
  try {
    return readFileSync(join(home, 'built'), 'utf8');
  } catch {
    return undefined;
  }
}

function build() {
  rmSync(home, { recursive: true, force: true });
  const package_ = join(home, 'sdk');
  copy(sdk, package_);
  npm(package_, 'ci');
  execFileSync(join(package_, 'node_modules/.bin/tsc'), { cwd: package_, stdio: 'inherit' });
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--silent'], {
    cwd: package_,
    encoding: 'utf8',
  }).trim();
  const { devDependencies } = JSON.parse(readFileSync(join(package_, 'package.json'), 'utf8'));
  const { typescript, '@types/node': node } = devDependencies;
  const dependencies = { '@gogs-spanner/sdk': `file:${join(package_, packed)}`, typescript, '@types/node': node };
  writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  npm(home, 'install');
  writeFileSync(join(home, 'built'), digest());
}

function compile() {
  const examples = join(home, 'examples');
  for (const folder of ['demonstration-typescript', example])
    copy(join(root, 'examples', folder), join(examples, folder));
  execFileSync(join(home, 'node_modules/.bin/tsc'), ['--project', join(examples, example)], {
    stdio: ['ignore', 2, 2],
  });
}

function copy(from, to) {
  mkdirSync(to, { recursive: true });
  cpSync(from, to, { recursive: true, filter: (file) => !['node_modules', 'dist'].includes(basename(file)) });
}

function npm(directory, command) {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // What it did is of no interest, what it could not do is.
  execFileSync('npm', [command, ...quiet], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
}
