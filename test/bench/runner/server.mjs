// The system under test of the runner bench: two routes that answer at once. Prints its port.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    const id = Number(request.url.split('/')[2] ?? 0);
    const answer = request.method === 'POST' ? { ...JSON.parse(body), created: true } : { id, name: `item ${id}`, tags: ['a', 'b'] };
    response.writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit(0));
