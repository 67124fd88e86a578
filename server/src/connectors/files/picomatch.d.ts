/** The part of picomatch 4 that is used here; the package brings no types of its own. */
declare module 'picomatch' {
  interface PicomatchOptions {
    readonly dot?: boolean;
    readonly basename?: boolean;
    readonly noextglob?: boolean;
    readonly nonegate?: boolean;
  }
  export default function picomatch(globs: readonly string[], options?: PicomatchOptions): (path: string) => boolean;
}
