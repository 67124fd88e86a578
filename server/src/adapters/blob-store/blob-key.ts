import { AppError } from '../../core/shared/index.ts';

/** @returns the key as it came. @throws AppError('internal') when it is none, see `BlobStore` */
export function requireBlobKey(key: string): string {
  if (key.split('/').some((segment) => !/^[\w.-]+$/.test(segment) || /^\.+$/.test(segment))) {
    throw new AppError('internal', `'${key}' is not a blob key`);
  }
  return key;
}
