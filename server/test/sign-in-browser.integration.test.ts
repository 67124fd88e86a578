import type { Server } from 'node:http';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addressOf,
  closeServer,
  type NotesSource,
  startNotesSource,
  startServer,
} from '../src/entrypoints/http/testing/notes-source.ts';
import { createSourceFixture, type SourceFixture } from '../src/entrypoints/http/testing/source-fixture.ts';
import { findChromium } from './find-chromium.ts';

const executablePath = findChromium();

/** As a person sees it: a browser, a source that asks whether it may, and the application that wanted the connection. */
describe.skipIf(executablePath === undefined)('signing in to a source in a real browser', () => {
  let source: NotesSource;
  let consent: Server;
  let application: Server;
  let browser: Browser;
  let page: Page;
  let fixture: SourceFixture;

  beforeAll(async () => {
    source = await startNotesSource();
    consent = await startServer((request, response) => {
      const { searchParams: asked } = new URL(request.url ?? '', 'http://localhost');
      const back = `${asked.get('redirect_uri')}?error=access_denied&state=${asked.get('state')}`;
      const link = (text: string, href: string) => `<a href="${href.replaceAll('&', '&amp;')}">${text}</a>`;
      const allow = `${source.connector.oauth?.authorizeUrl}?${asked}`;
      response.setHeader('content-type', 'text/html');
      response.end(
        `<!doctype html><title>Notes</title><h1>May Weft read?</h1>${link('Allow', allow)} ${link('Deny', back)}`,
      );
    });
    application = await startServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>App</title><h1>Connected</h1>');
    });
    const { oauth } = source.connector;
    if (oauth?.kind !== 'oauth2') throw new Error('the notes are signed in to with OAuth 2');
    fixture = await createSourceFixture({
      connectors: [{ ...source.connector, oauth: { ...oauth, authorizeUrl: `${addressOf(consent)}/ask` } }],
      signIn: { oauthClients: new Map([['notes', source.oauthClient]]) },
    });
    await fixture.createCollection('shore');
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    page = await browser.newPage();
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    await fixture?.close();
    await source?.close();
    await Promise.all([consent, application].map((server) => server && closeServer(server)));
  });

  async function connect() {
    const { body } = await fixture.call('POST', '/source-connections', {
      ...{ short_name: 'notes', readable_collection_id: 'shore' },
      redirect_url: `${addressOf(application)}/after?tab=sources`,
    });
    return body;
  }
  const seen = async () => ({ title: await page.title(), text: await page.locator('main').textContent() });

  it('leads from the link to the first search', { timeout: 60_000 }, async () => {
    const connection = await connect();
    await page.goto(connection.auth.auth_url);
    await page.getByText('Allow').click();
    await page.getByRole('heading', { name: 'Connected' }).waitFor();
    expect(page.url()).toBe(
      `${addressOf(application)}/after?tab=sources&status=success&source_connection_id=${connection.id}`,
    );
    const worker = fixture.startWorker();
    const claim = { claim_token: connection.auth.claim_token };
    await fixture.call('POST', `/source-connections/${connection.id}/verify-oauth`, claim);
    await fixture.waitForJob(connection.id, 'completed');
    await worker.stop();
    const found = await fixture.call('POST', '/collections/shore/search/instant', { query: 'lamp' });
    expect(found.body.results[0].textual_representation).toContain('The lamp turns at dusk.');
  });

  it('ends, where access is denied, on a page that says so and leads back', { timeout: 60_000 }, async () => {
    const { auth } = await connect();
    await page.goto(auth.auth_url);
    await page.getByText('Deny').click();
    const ended = await seen();
    expect(ended.title).toContain('Nothing was connected');
    expect(ended.text).toContain('Access was not allowed at the source.');
    await page.getByRole('link', { name: 'Go back' }).click();
    await page.getByRole('heading', { name: 'Connected' }).waitFor();
    expect(page.url()).toBe(`${addressOf(application)}/after?tab=sources`);
  });

  it('ends, where it took too long, on a page that says so', { timeout: 60_000 }, async () => {
    const { id, auth } = await connect();
    await page.goto(auth.auth_url);
    await fixture.database
      .system()
      .updateTable('source_sign_ins')
      .set({ expires_at: new Date(0) })
      .where('source_connection_id', '=', id)
      .execute();
    await page.getByText('Allow').click();
    expect(await seen()).toEqual({
      title: expect.stringContaining('That took too long'),
      text: expect.stringContaining('sign in again'),
    });
  });

  it('ends, where it is repeated, on a page that says so', { timeout: 60_000 }, async () => {
    const { auth } = await connect();
    let callback = '';
    page.on('request', (request) => {
      if (request.url().includes('/source-connections/callback')) callback = request.url();
    });
    await page.goto(auth.auth_url);
    await page.getByText('Allow').click();
    await page.getByRole('heading', { name: 'Connected' }).waitFor();
    const response = await page.goto(callback);
    expect(response?.status()).toBe(400);
    expect((await seen()).text).toContain('was used already');
    const again = await page.goto(auth.auth_url);
    expect(again?.status()).toBe(404);
    expect((await seen()).title).toContain('This sign-in is not known');
  });
});
