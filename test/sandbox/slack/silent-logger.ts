// For Slack's clients in tests that provoke errors on purpose: the assertions say what happened.
import { type Logger, LogLevel } from '@slack/web-api';

const nothing = (): void => {};

export const SILENT: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  setName: nothing,
  getLevel: () => LogLevel.ERROR,
};
