import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { root } from './paths.mjs';

/**
 * Lets one bootstrap at a time install into this folder. The lock is a listening socket on loopback, so the operating
 * system lets it go when its holder dies, however that happens; a file would outlive a SIGKILL. The port follows from the folder's name;
 * the greeting tells our holder from a stranger's server on the same port, in which case the next port is tried.
 */

// Below the ranges that systems hand out for outgoing connections.
const firstPort = 20_000;
const ports = 10_000;
const candidates = 8;
const greeting = `weft-install ${createHash('sha256').update(root).digest('hex')}\n`;
const greetingTimeoutMs = 2000;

/**
 * @param {() => void} onWait called once, when somebody else holds the lock
 * @returns {Promise<() => void>} lets the lock go
 */
export async function takeInstallLock(onWait) {
  let hasWaited = false;
  for (;;) {
    const { holder, release } = await tryCandidates();
    if (release !== undefined) return release;
    if (!hasWaited) onWait();
    hasWaited = true;
    await new Promise((resolve) => {
      holder.once('close', resolve);
      holder.resume();
    });
  }
}

/** Either `release` (the lock is ours) or `holder`: a connection to whoever has it, which closes when that ends. */
async function tryCandidates() {
  const start = createHash('sha256').update(root).digest().readUInt32BE(0);
  for (let i = 0; i < candidates; i++) {
    const port = firstPort + ((start + i) % ports);
    const server = await listen(port);
    if (server !== undefined) return { release: server };
    const holder = await greet(port);
    if (holder !== undefined) return { holder };
  }
  // Every port is a stranger's, or loopback cannot be used here: installing without a lock beats not starting.
  return { release: () => undefined };
}

/** @returns {Promise<(() => void) | undefined>} undefined when the port is taken */
function listen(port) {
  return new Promise((resolve) => {
    const guests = new Set();
    const server = createServer((socket) => {
      guests.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => guests.delete(socket));
      socket.write(greeting);
    });
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      resolve(() => {
        server.close();
        for (const socket of guests) socket.destroy();
      }),
    );
  });
}

/** @returns {Promise<import('node:net').Socket | undefined>} undefined when whoever listens there is not one of us */
function greet(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let text = '';
    const refuse = () => {
      socket.destroy();
      resolve(undefined);
    };
    socket.setTimeout(greetingTimeoutMs, refuse);
    // Also after the greeting: a holder that is killed resets the connection, and 'close' follows.
    socket.on('error', refuse);
    socket.once('end', refuse);
    socket.on('data', (data) => {
      text += data;
      if (!greeting.startsWith(text)) return refuse();
      if (text !== greeting) return undefined;
      socket.setTimeout(0);
      return resolve(socket);
    });
  });
}
