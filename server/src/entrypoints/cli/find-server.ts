import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { CommandError, exitCodes } from './command-error.ts';
import type { CliEnvironment } from './environment.ts';

/** Where requests go, and what proves that we are the operator of that server's machine. */
export interface ServerAddress {
  /** Without a slash at the end. */
  readonly url: string;
  /** Sent as a bearer token; only ever given for the server of this machine's own data directory. */
  readonly operatorToken: string | undefined;
}

const ServerFile = z.object({ url: z.url({ protocol: /^https?$/ }), pid: z.number().int().positive() });

export interface FindServerOptions {
  /** From `--url`. */
  readonly url: string | undefined;
  readonly environment: CliEnvironment;
  /** A relative data directory is relative to this folder, as it is for `npm start`. */
  readonly repositoryRoot: string;
}

/**
 * `--url`, then WEFT_URL, then PUBLIC_URL, then the address which the running server wrote into its data directory.
 *
 * @throws CommandError exit code 2 for a malformed address, 3 when there is no server
 */
export async function findServer({ url, environment, repositoryRoot }: FindServerOptions): Promise<ServerAddress> {
  const dataDirectory = resolve(repositoryRoot, environment.WEFT_DATA_DIR ?? 'data');
  const local = await readServerFile(dataDirectory);
  const isLocalAlive = local !== undefined && isAlive(local.pid);
  const localToken = isLocalAlive ? await readToken(dataDirectory) : undefined;

  const chosen = url ?? environment.WEFT_URL ?? environment.PUBLIC_URL;
  if (chosen !== undefined) {
    const address = toAddress(chosen);
    return { url: address, operatorToken: isOurOwn(address, local?.url, environment) ? localToken : undefined };
  }
  if (local === undefined) {
    throw new CommandError(
      exitCodes.noServer,
      'no_server',
      `No Weft server has started with the data directory ${dataDirectory}.\nStart one with: npm start\nOr name one that runs elsewhere: --url https://weft.example.com (or WEFT_URL).`,
    );
  }
  return { url: toAddress(local.url), operatorToken: localToken };
}

function toAddress(text: string): string {
  const parsed = z.url({ protocol: /^https?$/ }).safeParse(text);
  if (!parsed.success) {
    throw new CommandError(
      exitCodes.usage,
      'invalid_url',
      `"${text}" is not a web address. Write it with http:// or https://, like http://127.0.0.1:8001.`,
    );
  }
  return parsed.data.replace(/\/+$/, '');
}

/**
 * PUBLIC_URL is the address of this machine's own server by its definition, but a proxy or a mistyped host may answer
 * there: the token travels to it only over https. Any other address must be the very one in the data directory.
 */
function isOurOwn(address: string, localUrl: string | undefined, environment: CliEnvironment): boolean {
  if (localUrl === undefined) return false;
  if (new URL(address).origin === new URL(localUrl).origin) return true;
  const isPublic = environment.PUBLIC_URL !== undefined && toAddress(environment.PUBLIC_URL) === address;
  return isPublic && new URL(address).protocol === 'https:';
}

async function readServerFile(dataDirectory: string): Promise<z.infer<typeof ServerFile> | undefined> {
  const text = await readIfThere(join(dataDirectory, 'server.json'));
  if (text === undefined) return undefined;
  try {
    return ServerFile.parse(JSON.parse(text));
  } catch {
    // Half written while the server starts, or of another version: the same as no server yet.
    return undefined;
  }
}

async function readToken(dataDirectory: string): Promise<string | undefined> {
  return (await readIfThere(join(dataDirectory, 'operator-token')))?.trim() || undefined;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // Not ours to read: then this user is not the operator, and goes on with --url and a key.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined;
    throw error;
  }
}

/**
 * A file that outlived its server says nothing about who holds the port now, so the token stays here. In another process
 * namespace (a container's data directory) the same is assumed; an API key works there.
 */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
