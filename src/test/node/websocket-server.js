// A WebSocket server as people run it behind a proxy: websocket-server.js [KEYSTORE PASSWORD], the latter for TLS.
// Says "listening PORT", "closed CODE REASON" at the end of each connection, and "page ..." for what its page says.
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { WebSocketServer } from 'ws';

const PAGE = `<!doctype html><title>WebSocket</title><script>
const socket = new WebSocket(location.origin.replace('http', 'ws') + '/echo', 'chat');
socket.onopen = () => socket.send('from the page');
socket.onmessage = (event) => {
  const protocol = performance.getEntriesByType('navigation')[0].nextHopProtocol;
  fetch('/said?' + encodeURIComponent(event.data + ' by ' + socket.protocol + ' over ' + protocol));
};
</script>`;

const [keystore, passphrase] = process.argv.slice(2);
const server = keystore ? https.createServer({ pfx: fs.readFileSync(keystore), passphrase }) : http.createServer();
server.on('request', (request, response) => {
  if (request.url.startsWith('/said?')) console.log(`page ${decodeURIComponent(request.url.slice(6))}`);
  response.setHeader('Content-Type', 'text/html');
  response.end(PAGE);
});

const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: true,
  maxPayload: 64 << 20,
  handleProtocols: (asked) => (asked.has('chat') ? 'chat' : false),
});

server.on('upgrade', (request, socket, head) => {
  const path = request.url.split('?')[0];
  if (path === '/refused') {
    socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\nX-Why: no\r\n\r\nno\n');
    return;
  }
  sockets.handleUpgrade(request, socket, head, (ws) => serve(ws, path));
});

function serve(ws, path) {
  ws.on('message', (data, binary) => ws.send(data, { binary }));
  ws.on('close', (code, reason) => console.log(`closed ${code} ${reason}`));
  ws.on('error', (error) => console.log(`error ${error.message}`));
  if (path === '/greets') ws.send('welcome');
  if (path === '/pings') ws.ping('are you there', undefined, () => ws.once('pong', (data) => ws.send(`pong ${data}`)));
  if (path === '/leaves') ws.close(4002, 'enough of you');
}

server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
