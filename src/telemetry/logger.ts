// The Logger port on pino: JSON lines, UTC times, levels by name, nothing secret (I9).
// Never reads the environment; the level is handed in.

import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import type { Logger } from '../workflow/ports.ts';
import { redactFields, redactText } from './redact.ts';

export interface LoggerOptions {
  /** One of pino's levels, or `silent`. */
  readonly level: string;
  /** Fields of every line, such as which part of Ferry writes it. */
  readonly fields?: object;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: redactFields(options.fields ?? {}),
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return wrap(options.destination === undefined ? pino(settings) : pino(settings, options.destination));
}

function wrap(target: PinoLogger): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void => {
    // Redacting costs; a line that nobody will see is not redacted.
    if (target.isLevelEnabled(level)) target[level](redactFields(fields), redactText(message));
  };
  return {
    debug: (fields, message) => write('debug', fields, message),
    info: (fields, message) => write('info', fields, message),
    warn: (fields, message) => write('warn', fields, message),
    error: (fields, message) => write('error', fields, message),
    child: (fields) => wrap(target.child(redactFields(fields))),
  };
}
