import { styleText } from 'node:util';

/** Colours and weights by meaning; each gives the text back untouched when colour is off. */
export interface Paint {
  readonly isOn: boolean;
  strong(text: string): string;
  muted(text: string): string;
  match(text: string): string;
  good(text: string): string;
  warning(text: string): string;
  bad(text: string): string;
}

/** @param isOn false: plain text, as for pipes, `--no-color` and NO_COLOR */
export function createPaint(isOn: boolean): Paint {
  type Format = Parameters<typeof styleText>[0];
  const paint = (format: Format) => (text: string) =>
    isOn && text !== '' ? styleText(format, text, { validateStream: false }) : text;
  return {
    isOn,
    strong: paint('bold'),
    muted: paint('dim'),
    match: paint(['bold', 'yellow']),
    good: paint('green'),
    warning: paint('yellow'),
    bad: paint('red'),
  };
}
