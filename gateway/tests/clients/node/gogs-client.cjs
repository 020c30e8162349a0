// gogs-client of npm.
const Api = require('gogs-client')
const { version } = require('gogs-client/package.json')

const { GATEWAY, TOKEN: token } = process.env
const api = () => new Api(`${GATEWAY}/api/v1`)
const operations = {
  version: () => console.log(version),
  repository: async () => console.log((await api().getRepo({ full_name: 'acme/handbook' }, { token })).full_name),
  list: async () => (await api().listRepos({ token })).forEach((repository) => console.log(repository.full_name)),
  refused: () => api().getRepo({ full_name: 'acme/secret' }, { token }),
}

const [operation, ...words] = process.argv.slice(2)
Promise.resolve(operations[operation](...words)).catch((failure) => {
  console.error(failure.status, failure.data)
  process.exit(1)
})
