import type { JsonObject, Scope } from '../shared/index.ts';

/** Rows that name a person, by where they are. */
export interface PersonRows {
  /** As the API names it. */
  readonly place: string;
  /** What erasing the person does to them. */
  readonly whenErased: 'deleted' | 'anonymised' | 'kept';
  readonly count: number;
  /** At most 1,000, without secrets. */
  readonly rows: readonly JsonObject[];
}

/** All that is held of one person. */
export interface PersonRecord {
  /** Null: nobody with this address has an account, or not where it was looked. */
  readonly user: JsonObject | null;
  readonly found: readonly PersonRows[];
}

/** What was done to a person's rows. */
export interface PersonErasure {
  readonly isUserDeleted: boolean;
  readonly changed: readonly { readonly place: string; readonly count: number }[];
}

/**
 * The port to everything that names a person by their e-mail address. `within` null: in all organisations; otherwise in one, and
 * the account only where the person is a member of it. Implementation: `adapters/postgres/person-store.ts`.
 */
export interface PersonStore {
  /** @param email in any case */
  export(within: Scope | null, email: string): Promise<PersonRecord>;
  /**
   * Deletes what is the person's own and takes their address out of the rest. The account goes where no organisation is left in
   * which they are a member.
   *
   * @throws AppError('conflict') for the only owner of an organisation
   */
  erase(within: Scope | null, email: string): Promise<PersonErasure>;
}
