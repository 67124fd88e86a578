import type { Server } from 'node:http';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressOf, closeServer, startServer } from '../src/entrypoints/http/testing/notes-source.ts';
import { createSourceFixture, type SourceFixture } from '../src/entrypoints/http/testing/source-fixture.ts';
import { findChromium } from './find-chromium.ts';

const executablePath = findChromium();

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
  readonly body: any;
}

/** A page of somebody else's site, with nothing but the token that its own backend got for it. */
describe.skipIf(executablePath === undefined)('a page of another site in a real browser', () => {
  let site: Server;
  let browser: Browser;
  let page: Page;
  let fixture: SourceFixture;

  beforeAll(async () => {
    site = await startServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>Shop</title>');
    });
    fixture = await createSourceFixture({ streams: { closeAfterMs: 50 } });
    await fixture.createCollection('papers');
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      // `localhost` and 127.0.0.1 may always call, so the page gets a name that may not.
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--host-resolver-rules=MAP shop.example 127.0.0.1'],
    });
    page = await browser.newPage();
    await page.goto(`http://shop.example:${new URL(addressOf(site)).port}/`);
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    await fixture?.close();
    if (site !== undefined) await closeServer(site);
  });

  async function begin(): Promise<{ readonly session_id: string; readonly session_token: string }> {
    const limits = { readable_collection_id: 'papers', allowed_integrations: ['stub'], end_user_id: 'ann' };
    return (await fixture.call('POST', '/connect/sessions', limits)).body;
  }

  /** Runs in the page. @returns status 0 where the browser keeps the answer from the page */
  const ask = (token: string, method: string, path: string, body?: object): Promise<Answer> =>
    page.evaluate(
      async ([url, asked]) => {
        try {
          const response = await fetch(url, {
            method: asked.method,
            credentials: 'include',
            headers: { Authorization: `Bearer ${asked.token}`, 'Content-Type': 'application/json' },
            ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
          });
          return { status: response.status, body: await response.json() };
        } catch (error) {
          return { status: 0, body: String(error) };
        }
      },
      [`${fixture.url}${path}`, { token, method, body }] as const,
    );

  it('connects a source, follows its run, and takes it away again', { timeout: 60_000 }, async () => {
    const { session_id, session_token: token } = await begin();
    expect(await page.evaluate((text) => JSON.parse(atob(text.split('.')[0] ?? '')).sid, token)).toBe(session_id);
    expect(await ask(token, 'GET', `/connect/sessions/${session_id}`)).toMatchObject({
      status: 200,
      body: { collection_id: 'papers', end_user_id: 'ann' },
    });
    const { body: sources } = await ask(token, 'GET', '/connect/sources');
    expect(sources.map((source: { short_name: string }) => source.short_name)).toEqual(['stub']);
    const made = await ask(token, 'POST', '/connect/source-connections', {
      ...{ short_name: 'stub', readable_collection_id: 'papers', config: { entity_count: 5 } },
    });
    expect(made.status).toBe(200);

    const worker = fixture.startWorker();
    const text = await page.evaluate(
      async ([url, bearer]) => {
        const response = await fetch(url, {
          headers: { Authorization: `Bearer ${bearer}`, Accept: 'text/event-stream' },
        });
        return response.text();
      },
      [`${fixture.url}/connect/source-connections/${made.body.id}/subscribe`, token] as const,
    );
    await worker.stop();
    expect(text).toMatch(/^data: \{"type":"connected"/);
    const last = text.trimEnd().split('\n\n').at(-1) ?? '';
    expect(JSON.parse(last.slice('data: '.length))).toMatchObject({
      status: 'completed',
      inserted: expect.any(Number),
    });

    const { body: listed } = await ask(token, 'GET', '/connect/source-connections/');
    expect(listed.map(({ id }: { id: string }) => id)).toEqual([made.body.id]);
    expect((await ask(token, 'DELETE', `/connect/source-connections/${made.body.id}`)).status).toBe(200);
  });

  it('reads why it is refused', { timeout: 60_000 }, async () => {
    const { session_token: token } = await begin();
    expect(await ask('no.token', 'GET', '/connect/sources')).toMatchObject({ status: 401 });
    expect(await ask(token, 'GET', '/connect/sources/timed')).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('not allowed') },
    });
  });

  it('reaches nothing but Connect, and begins no sessions, even with a key', { timeout: 60_000 }, async () => {
    for (const [method, path] of [
      ['POST', '/connect/sessions'],
      ['GET', '/collections'],
    ] as const) {
      expect([path, (await ask(fixture.key, method, path)).status]).toEqual([path, 0]);
    }
  });
});
