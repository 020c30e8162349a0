// isomorphic-git, as a program of Node.
import fs from 'node:fs'
import git from 'isomorphic-git'
import http from 'isomorphic-git/http/node'

const { REMOTE: url, TOKEN: password } = process.env
const author = { name: 'bot', email: 'bot@x.invalid' }
const onMessage = (text) => process.stderr.write(text)
const common = { fs, http, dir: 'copy', onMessage, onAuth: () => ({ username: 'bot', password }) }
const clone = (dir, ref, more) => git.clone({ ...common, dir, url, ref, ...more })
const push = (more) => git.push({ ...common, remote: 'origin', ...more })

const operations = {
  version: () => console.log(git.version()),
  clone: (dir, branch) => clone(dir, branch),
  shallow: (dir, branch) => clone(dir, branch, { depth: 1 }),
  fetch: () => git.fetch({ ...common, remote: 'origin' }),
  push: async (filepath, remoteRef) => {
    await git.add({ ...common, filepath })
    await git.commit({ ...common, message: filepath, author })
    await push({ remoteRef })
  },
  tag: async (ref) => {
    await git.tag({ ...common, ref })
    await push({ ref: `refs/tags/${ref}` })
  },
  delete: (remoteRef) => push({ ref: 'master', remoteRef, delete: true }),
}

const [operation, ...words] = process.argv.slice(2)
try {
  await operations[operation](...words)
} catch (error) {
  console.error(error.message, error.data ?? '')
  process.exit(1)
}
