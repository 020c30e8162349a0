// A certified OpenID provider with a few people in it: `node provider.mjs HOME PORT REDIRECT_URI SECRET`.
// Whoever says a name on its page is that person; the password is not looked at.
import { pathToFileURL } from 'node:url';

const [, , home, port, redirect, secret] = process.argv;
const { Provider } = await import(pathToFileURL(`${home}/node_modules/oidc-provider/lib/index.js`));

const people = {
  alice: { email: 'Alice@example.com', email_verified: true, groups: ['developers', 'everybody'] },
  bob: { email: 'bob@example.com', email_verified: true, groups: ['everybody'] },
  // She may write any address there.
  mallory: { email: 'alice@example.com', email_verified: false, groups: ['everybody'] },
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'gateway',
      client_secret: secret,
      client_name: 'Gogs Spanner',
      redirect_uris: [redirect],
      response_types: ['code'],
      grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
    },
  ],
  scopes: ['openid', 'email', 'groups'],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
  features: { deviceFlow: { enabled: true }, devInteractions: { enabled: true } },
  pkce: { required: () => true },
  cookies: { keys: ['of a test'] },
  async findAccount(_, id) {
    return { accountId: id, claims: async () => ({ sub: id, ...people[id] }) };
  },
});

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
