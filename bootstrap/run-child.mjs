import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Signals that ask a program to end. Windows knows only the first two, and there they end it. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const watchEveryMs = 500;

/**
 * Npm runs a script in a shell and, when it is told to end, tells the shell alone, which ends without a word to us. Calls
 * `onGone` then. Started otherwise, as in the background of a shell that is closed later, nobody's end is ours.
 *
 * @returns {() => void} ends the watch
 */
function watchShellOfNpm(onGone) {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return () => undefined;
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    onGone();
  }, watchEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Runs a program with our own standard streams and without a shell, and waits for it. Signals sent to us are passed on,
 * each time they come, and we stay until the child has ended. A terminal's Ctrl-C reaches the child by itself too, so
 * it may see one twice: a program that stops cleanly must not take the second for impatience. The end of the shell that
 * npm started us in counts as SIGTERM.
 *
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
export function runChild(command, args, options) {
  return new Promise((resolve, reject) => {
    // Handlers come before the child: a signal in between must not end us and leave it behind.
    const waiting = [];
    let child;
    const forward = (signal) => {
      if (child === undefined) waiting.push(signal);
      else child.kill(signal);
    };
    for (const signal of endingSignals) process.on(signal, forward);
    const endWatch = watchShellOfNpm(() => forward('SIGTERM'));
    const finish = () => {
      endWatch();
      for (const signal of endingSignals) process.off(signal, forward);
    };
    const started = spawn(command, args, { stdio: 'inherit', ...options });
    started.once('spawn', () => {
      child = started;
      for (const signal of waiting) started.kill(signal);
    });
    started.once('error', (error) => {
      finish();
      reject(error);
    });
    started.once('close', (code, signal) => {
      finish();
      resolve({ code, signal });
    });
  });
}

/** Ends this process as the child ended: with its exit status, or by the signal that killed it. */
export function endLike({ code, signal }) {
  if (signal === null) {
    process.exitCode = code ?? 1;
    return;
  }
  process.kill(process.pid, signal);
  // Where the signal does not end us (PID 1 of a container, Windows), the usual status for it does.
  setTimeout(() => process.exit(128 + constants.signals[signal]), 1000);
}
