import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { buildOpenApi } from './build-openapi.ts';

/** @param endpoints those to describe; a function, since this endpoint is one of them */
export const getOpenApiEndpoint = (endpoints: () => readonly Endpoint[], version: string) => {
  let document: object | undefined;
  return defineEndpoint({
    method: 'GET',
    path: '/openapi.json',
    summary: 'Get OpenAPI document',
    tags: ['documentation'],
    access: 'public',
    response: z.record(z.string(), z.unknown()),
    handler: () => {
      document ??= buildOpenApi(endpoints(), version);
      return document as Record<string, unknown>;
    },
  });
};
