import { z } from 'zod';
import { AppError } from '../../../core/shared/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { toPageResponse } from './page-response.ts';
import type { StaticFile } from './static-files.ts';

const page = { method: 'GET', tags: ['pages'], access: 'public', isPage: true, response: z.never() } as const;

/** The dashboard's files, under `/app/`. */
export function dashboardEndpoints(files: ReadonlyMap<string, StaticFile>): readonly Endpoint[] {
  const serve = (name: string): Response => {
    const file = files.get(name);
    if (file === undefined) throw new AppError('not_found', 'Not Found');
    return toPageResponse(file.body, { contentType: file.contentType });
  };
  return [
    defineEndpoint({
      ...page,
      path: '/app',
      summary: 'Open the dashboard',
      // Its page names its assets relative to itself, which needs the slash.
      handler: ({ request }) =>
        new URL(request.url).pathname === '/app'
          ? new Response(null, { status: 302, headers: { Location: '/app/' } })
          : serve('index.html'),
    }),
    defineEndpoint({
      ...page,
      // Where a sign-in at a source ends unless told otherwise.
      path: '/app/collections/{collection}',
      summary: 'Open a collection in the dashboard',
      params: z.object({ collection: z.string() }),
      handler: ({ params }) => {
        const Location = `/app/?${new URLSearchParams({ c: params.collection })}`;
        return new Response(null, { status: 302, headers: { Location } });
      },
    }),
    defineEndpoint({
      ...page,
      path: '/app/*',
      summary: 'Get a file of the dashboard',
      handler: ({ request }) => serve(new URL(request.url).pathname.slice('/app/'.length)),
    }),
  ];
}
