import { getPriority } from 'node:os';
import { serveRequests } from '../serve-requests.ts';

export type TestRequest =
  | { readonly do: 'echo'; readonly value: unknown }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'describe' }
  | { readonly do: 'throw' | 'exit' | 'spin' | 'grow' | 'grow-heap' };

const grown: unknown[] = [];

serveRequests(async (request: TestRequest): Promise<unknown> => {
  switch (request.do) {
    case 'echo':
      return request.value;
    case 'wait':
      return new Promise((resolve) => setTimeout(() => resolve('waited'), request.ms));
    case 'describe':
      return { pid: process.pid, priority: getPriority(), variables: Object.keys(process.env), argv: process.argv.slice(2) };
    case 'throw':
      throw new Error('no such luck');
    case 'exit':
      return process.exit(3);
    case 'spin':
      for (;;);
    case 'grow':
      for (;;) {
        grown.push(Buffer.alloc(10_000_000, 1));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    case 'grow-heap':
      for (;;) grown.push(Array.from({ length: 1000 }, (_, index) => ({ index })));
  }
});
