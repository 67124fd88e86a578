import type { Pace, SourceHttp } from '../../connector-kit/index.ts';
import type { Scope, SourceConnectionId } from '../shared/index.ts';

/** One request to a source, for its run's log and counters. Holds no secret: the path is a template. */
export interface SourceCall {
  readonly method: string;
  readonly route: string;
  /** Null: there was no answer. */
  readonly status: number | null;
  readonly ms: number;
  /** How often it was sent before. */
  readonly tries: number;
}

/** Opens the way to one source for one connection. */
export interface SourceHttpFactory {
  open(options: {
    readonly source: string;
    /** Both absent before the connection is saved. */
    readonly scope?: Scope;
    readonly connection?: SourceConnectionId;
    readonly pace?: Pace;
    /** Called after each request. */
    readonly onCall?: (call: SourceCall) => void;
  }): SourceHttp;
}
