// A server that offers HTTP/2 and HTTP/1.1 by ALPN: http2-server.js KEYSTORE PASSWORD. Says "listening PORT".
// Answers by which of them it was asked, and for whom.
import fs from 'node:fs';
import http2 from 'node:http2';

const [keystore, passphrase] = process.argv.slice(2);
const server = http2.createSecureServer({ pfx: fs.readFileSync(keystore), passphrase, allowHTTP1: true });
server.on('request', (request, response) => {
  const authority = request.headers[':authority'] ?? request.headers.host;
  response.end(`HTTP/${request.httpVersion} for ${authority}`);
});
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
