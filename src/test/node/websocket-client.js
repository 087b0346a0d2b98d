// One conversation over a WebSocket: websocket-client.js URL WHAT [SIZE]
// Says what it sees, a line each; the exit status is 0 when the conversation went as it should.
import crypto from 'node:crypto';
import http2 from 'node:http2';
import { WebSocket } from 'ws';

const [url, what, size] = process.argv.slice(2);
const say = (line) => console.log(line);

const conversations = {
  echo(ws) {
    ws.once('message', (data) => {
      say(`received ${data}`);
      ws.close(4001, 'done');
    });
    ws.send('hello');
  },
  large(ws) {
    const sent = crypto.randomBytes(Number(size));
    ws.once('message', (data) => {
      say(`same ${sent.equals(data)} ${data.length}`);
      ws.close(1000);
    });
    ws.send(sent);
  },
  many(ws) {
    let next = 0;
    ws.on('message', (data) => {
      if (String(data) !== `message ${next}`) say(`received ${data} (expected: message ${next})`);
      if (++next === Number(size)) {
        say(`in order ${next}`);
        ws.close(1000);
      }
    });
    for (let i = 0; i < Number(size); i++) ws.send(`message ${i}`);
  },
  listen(ws) {
    ws.on('message', (data) => {
      say(`received ${data}`);
      ws.close(1000);
    });
  },
  ping(ws) {
    ws.once('pong', (data) => {
      say(`pong ${data}`);
      ws.close(1000);
    });
    ws.ping('still there');
  },
  wait() {},
};

function converse(ws) {
  ws.on('open', () => {
    say(`open ${ws.protocol || 'none'} ${ws.extensions || 'none'}`);
    if (what !== 'listen') conversations[what](ws);
  });
  if (what === 'listen') conversations.listen(ws);
  ws.on('unexpected-response', (request, response) => {
    let body = '';
    response.on('data', (data) => (body += data));
    response.on('end', () => {
      say(`refused ${response.statusCode} ${body.trim()}`);
      process.exit(0);
    });
  });
  ws.on('error', (error) => say(`error ${error.message}`));
  ws.on('close', (code, reason) => {
    say(`closed ${code} ${reason}`);
    process.exit(0);
  });
}

// RFC 8441: one stream of HTTP/2.
function overHttp2() {
  const at = new URL(url.replace('h2:', 'https:'));
  const session = http2.connect(`https://${at.host}`, { rejectUnauthorized: false });
  session.once('remoteSettings', (settings) => {
    say(`allows ${settings.enableConnectProtocol}`);
    const stream = session.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'https',
      ':path': at.pathname,
      ':authority': at.host,
      'sec-websocket-version': '13',
      'sec-websocket-protocol': 'chat',
      ...(what === 'length' ? { 'content-length': '5' } : {}),
    });
    stream.once('response', (headers) => {
      say(`status ${headers[':status']}`);
      if (headers[':status'] !== 200) process.exit(0);
      const ws = new WebSocket(null, undefined, {});
      ws._isServer = false;
      converse(ws);
      stream.setNoDelay = () => {};
      stream.setKeepAlive = () => {};
      ws._protocol = headers['sec-websocket-protocol'];
      ws.setSocket(stream, Buffer.alloc(0), { maxPayload: 64 << 20, skipUTF8Validation: false, allowSynchronousEvents: true });
    });
  });
}

if (url.startsWith('h2:')) overHttp2();
else converse(new WebSocket(url, ['chat', 'other'], { rejectUnauthorized: false }));
