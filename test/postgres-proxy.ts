// Stands between a program and PostgreSQL: hears what is asked, and breaks the connection where a test wants it.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What happens to the next commit: its answer is lost, once there is one, it never arrives, or nothing is answered from then on. */
export type Fault = 'answer lost' | 'never sent' | 'silence';

export class PostgresProxy {
  /** Statements in the order in which they were sent, and the names of those that were prepared under one. */
  readonly statements: string[] = [];
  readonly names: string[] = [];
  /** Befalls the next statement that fits, once. */
  #fault: { at: RegExp; kind: Fault } | undefined;
  readonly #sockets = new Set<Socket>();
  #silent = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** @param address of this machine on which it listens */
  static async before(url: string, address = '127.0.0.1'): Promise<PostgresProxy> {
    const target = new URL(url);
    let proxy: PostgresProxy;
    const server = createServer((client) => proxy.#serve(client, connect(Number(target.port), target.hostname)));
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    const { port } = server.address() as { port: number };
    proxy = new PostgresProxy(server, url.replace(`@${target.host}/`, `@${address}:${port}/`));
    onTestFinished(() => proxy.#close());
    return proxy;
  }

  fail(kind: Fault, at = /^commit$/): void {
    this.#fault = { at, kind };
  }

  /** Nothing gets through any more, and nobody is told. */
  goSilent(): void {
    this.#silent = true;
  }

  /** New connections are served again. */
  comeBack(): void {
    this.#silent = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(client: Socket, server: Socket): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    }
    let greeted = false;
    let rest = Buffer.alloc(0);
    let silent = false;
    client.on('data', (data) => {
      rest = Buffer.concat([rest, data]);
      if (!greeted) {
        if (rest.length < 4 || rest.length < rest.readUInt32BE(0)) return;
        const length = rest.readUInt32BE(0);
        server.write(rest.subarray(0, length));
        rest = rest.subarray(length);
        greeted = true;
      }
      while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
        const message = rest.subarray(0, rest.readUInt32BE(1) + 1);
        rest = rest.subarray(message.length);
        const fault = this.#hear(message);
        if (fault === 'never sent') return cut(client, server);
        if (!silent && !this.#silent) server.write(message);
        if (fault === 'silence') silent = true;
        if (fault === 'answer lost') {
          server.removeAllListeners('data');
          let answers = ''; // those of statements before it come first
          server.on('data', (data) => {
            answers += data.toString('latin1');
            if (answers.includes('COMMIT\0')) cut(client, server); // it has been done
          });
        }
      }
    });
    server.on('data', (data) => silent || this.#silent || client.write(data));
    client.on('end', () => server.end());
    server.on('end', () => client.end());
  }

  #hear(message: Buffer): Fault | undefined {
    const kind = String.fromCharCode(message[0]!);
    if (kind !== 'Q' && kind !== 'P') return undefined;
    const texts = message.subarray(5).toString('utf8').split('\0');
    if (kind === 'P' && texts[0] !== '') this.names.push(texts[0]!);
    const statement = texts[kind === 'P' ? 1 : 0]!;
    this.statements.push(statement);
    if (!this.#fault?.at.test(statement)) return undefined;
    const fault = this.#fault.kind;
    this.#fault = undefined;
    return fault;
  }

  #close(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function cut(...sockets: Socket[]): void {
  for (const socket of sockets) socket.destroy();
}
