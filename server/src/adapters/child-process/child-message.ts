/** Parent to child. A child works on one request at a time. */
export interface RequestMessage {
  readonly id: number;
  readonly request: unknown;
}

/** Child to parent. */
export type ChildMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly id: number; readonly response: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string; readonly stack: string | undefined }
  | { readonly kind: 'memory'; readonly rssBytes: number };
