import { glyphHeight, glyphOf, glyphWidth } from './glyphs.ts';

/** A grey picture, one byte per pixel, row by row; 0 is black. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Distance between two dots of a glyph, in pixels. */
const dot = 6;
const strokeRadius = 2.8;
const advance = (glyphWidth + 1) * dot;
const lineHeight = (glyphHeight + 6) * dot;
const margin = 8 * dot;

/**
 * Draws lines of text, in capitals, black on white. Neighbouring dots of a glyph are joined by strokes with soft edges,
 * since text recognition reads strokes and not dots.
 */
export function drawText(lines: readonly string[]): Picture {
  const longest = Math.max(1, ...lines.map((line) => line.length));
  const width = 2 * margin + longest * advance;
  const height = 2 * margin + lines.length * lineHeight;
  const pixels = new Uint8Array(width * height).fill(255);
  const picture = { width, height, pixels };
  for (const [row, line] of lines.entries()) {
    for (const [column, character] of [...line.toUpperCase()].entries()) {
      drawGlyph(picture, glyphOf(character), margin + column * advance, margin + row * lineHeight);
    }
  }
  return picture;
}

function drawGlyph(picture: Picture, rows: readonly number[], left: number, top: number): void {
  const isSet = (x: number, y: number) =>
    (((rows[y] ?? 0) >> (glyphWidth - 1 - x)) & 1) === 1 && x >= 0 && x < glyphWidth;
  for (let y = 0; y < glyphHeight; y++) {
    for (let x = 0; x < glyphWidth; x++) {
      if (!isSet(x, y)) continue;
      const draw = (toX: number, toY: number) =>
        drawStroke(picture, left + x * dot, top + y * dot, left + toX * dot, top + toY * dot);
      draw(x, y);
      if (isSet(x + 1, y)) draw(x + 1, y);
      if (isSet(x, y + 1)) draw(x, y + 1);
      // A diagonal only where the corner is not already made of two straight strokes.
      if (isSet(x + 1, y + 1) && !isSet(x + 1, y) && !isSet(x, y + 1)) draw(x + 1, y + 1);
      if (isSet(x - 1, y + 1) && !isSet(x - 1, y) && !isSet(x, y + 1)) draw(x - 1, y + 1);
    }
  }
}

function drawStroke({ width, height, pixels }: Picture, x1: number, y1: number, x2: number, y2: number): void {
  const reach = Math.ceil(strokeRadius) + 1;
  const lengthSquared = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  for (let y = Math.max(0, Math.min(y1, y2) - reach); y <= Math.min(height - 1, Math.max(y1, y2) + reach); y++) {
    for (let x = Math.max(0, Math.min(x1, x2) - reach); x <= Math.min(width - 1, Math.max(x1, x2) + reach); x++) {
      const along = lengthSquared === 0 ? 0 : ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / lengthSquared;
      const nearest = Math.min(1, Math.max(0, along));
      const distance = Math.hypot(x - x1 - nearest * (x2 - x1), y - y1 - nearest * (y2 - y1));
      const grey = Math.round(255 * Math.min(1, Math.max(0, distance - strokeRadius + 0.5)));
      const index = y * width + x;
      pixels[index] = Math.min(pixels[index] ?? 255, grey);
    }
  }
}
