import { Zip, ZipDeflate } from 'fflate';

export interface ZipEntry {
  readonly name: string;
  readonly text: string;
}

/** Of a text, compressed at once; between them others get their turn. */
const pieceBytes = 256 * 1024;

/** A ZIP archive that is made as it is read: the next entry is asked for when the reader wants more. */
export function streamZip(entries: AsyncIterable<ZipEntry>, signal: AbortSignal): ReadableStream<Uint8Array> {
  const pieces = writeZip(entries, signal);
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}

async function* writeZip(entries: AsyncIterable<ZipEntry>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const zip = new Zip((error, piece) => {
    if (error) throw error;
    ready.push(piece);
  });
  const take = () => {
    const taken = ready.filter((piece) => piece.byteLength > 0);
    ready = [];
    return taken;
  };
  for await (const { name, text } of entries) {
    const file = new ZipDeflate(name, { level: 6 });
    zip.add(file);
    const bytes = new TextEncoder().encode(text);
    for (let start = 0; start === 0 || start < bytes.byteLength; start += pieceBytes) {
      signal.throwIfAborted();
      file.push(bytes.subarray(start, start + pieceBytes), start + pieceBytes >= bytes.byteLength);
      yield* take();
    }
  }
  zip.end();
  yield* take();
}
