import http from 'node:http';
import { readBody } from './http-body.ts';
import type { Remember } from './request-log.ts';
import type { RunCommand } from './run-command.ts';
import { SsmRefusal } from './ssm-document.ts';

/** Where the emulator listens. */
export interface Upstream {
  readonly address: string;
  readonly port: number;
}

const JSON_TYPE = 'application/x-amz-json-1.1';

/** Passes a request on as it is, body streamed, Host kept: signed URLs hold for the address that the caller used. */
function passOn(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  upstream: Upstream,
  agent: http.Agent,
  remember: Remember,
  body?: Buffer,
): void {
  // This server has answered `Expect: 100-continue` already.
  const { expect: _expect, ...headers } = request.headers;
  const { method, url: path } = request;
  const onward = http.request(
    { host: upstream.address, port: upstream.port, method: method ?? 'GET', path: path ?? '/', headers, agent },
    (answer) => {
      remember(request, answer.statusCode ?? 502, Number(answer.headers['content-length'] ?? 0));
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on('error', (error) => {
    if (response.headersSent) response.destroy(error);
    else response.writeHead(502, { 'content-type': 'text/plain' }).end(`the local AWS does not answer: ${error.message}`);
  });
  response.on('close', () => {
    if (!response.writableFinished) onward.destroy();
  });
  if (body) onward.end(body);
  else request.pipe(onward);
}

/** Answers an SSM request by Run Command; false when it is none of Run Command's actions. */
async function answerRunCommand(action: string, body: Buffer, runCommand: RunCommand, response: http.ServerResponse): Promise<boolean> {
  try {
    const answer = await runCommand.answer(action, JSON.parse(body.toString() || '{}') as never);
    if (answer === undefined) return false;
    response.writeHead(200, { 'content-type': JSON_TYPE }).end(JSON.stringify(answer));
  } catch (error) {
    const [status, code] = error instanceof SsmRefusal ? [400, error.code] : [500, 'InternalServerError'];
    const message = error instanceof Error ? error.message : String(error);
    response
      .writeHead(status, { 'content-type': JSON_TYPE, 'x-amzn-errortype': code })
      .end(JSON.stringify({ __type: code, message, Message: message }));
  }
  return true;
}

/** One endpoint for all of the stand's AWS: Run Command is answered here, everything else by the emulator behind. */
export function createFrontDoor(
  upstream: Upstream,
  runCommand: RunCommand,
  control: (request: http.IncomingMessage, body: Buffer) => unknown,
  remember: Remember = () => undefined,
): http.Server {
  // Idle connections are dropped before the emulator drops them, so that no request meets a closing one.
  const agent = new http.Agent({ keepAlive: true, maxSockets: 256, timeout: 3000 });
  const server = http.createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target'] ?? '');
    if (target.startsWith('AmazonSSM.')) {
      const body = await readBody(request);
      if (!(await answerRunCommand(target.slice('AmazonSSM.'.length), body, runCommand, response)))
        passOn(request, response, upstream, agent, remember, body);
    } else if (request.url?.startsWith('/_ringward/')) {
      try {
        const answer = control(request, await readBody(request));
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      } catch (error) {
        response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ message: String(error) }));
      }
    } else passOn(request, response, upstream, agent, remember);
  });
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;
  return server;
}
