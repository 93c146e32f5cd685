// An OpenID provider for tests: the package `oidc-provider` with one client, on a free port, whose
// address it prints. Whoever types a name is that person; the password is not looked at.
import http from 'node:http';
import { generateKeyPairSync } from 'node:crypto';

const { Provider } = await import(`${process.env.PACKAGES}/oidc-provider/lib/index.js`);

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' };
const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'depot',
      client_secret: process.env.CLIENT_SECRET,
      redirect_uris: ['http://127.0.0.1/back'],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    }],
    jwks: { keys: [key] },
    pkce: { required: () => true },
    cookies: { keys: ['of-tests'] },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
// It ends with whoever started it.
process.stdin.on('end', () => process.exit()).resume();
