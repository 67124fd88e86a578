/**
 * Progress of one phase on standard error: on a terminal one line that is redrawn, elsewhere a line at the start, one
 * now and then, and one at the end.
 *
 * @param {string} title such as 'Installing packages'
 * @returns {{ update(detail: string): void, done(): void, stop(): void }} `stop` after `done` does nothing
 */
export function showProgress(title, stream = process.stderr) {
  const began = Date.now();
  const isTerminal = stream.isTTY === true;
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;
  let detail = '';
  let frame = 0;
  const line = () => `${title}${detail === '' ? '' : `: ${detail}`}`;

  const draw = () => {
    const text = `${frames[frame++ % frames.length]} ${line()} (${seconds()})`;
    stream.write(`\r\x1b[K${text.slice(0, (stream.columns ?? 80) - 1)}`);
  };
  if (!isTerminal) stream.write(`${title} …\n`);
  const timer = setInterval(
    () => (isTerminal ? draw() : stream.write(`  ${line()} (${seconds()})\n`)),
    isTerminal ? 120 : 15_000,
  );
  let hasEnded = false;
  const end = (text) => {
    if (hasEnded) return;
    hasEnded = true;
    clearInterval(timer);
    if (isTerminal) stream.write('\r\x1b[K');
    stream.write(text);
  };
  return {
    update(text) {
      detail = text;
    },
    done: () => end(`${title}: done (${seconds()})\n`),
    stop: () => end(''),
  };
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
