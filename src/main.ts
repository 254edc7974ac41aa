// bot | worker | both | doctor | password | fill | clear | sandbox. Reads the configuration, starts, waits for a signal, exits:
// 0 in good order, 1 for a failure, 2 for a configuration that cannot be used.

import { type Role, startFerry } from './compose.ts';
import { loadConfiguration, type Needs } from './config/configuration.ts';
import { processVariables } from './config/environment.ts';
import { ConfigError } from './config/mistakes.ts';
import { runDoctor } from './doctor.ts';
import { parseTask, runTaskCommand } from './fill.ts';
import { FerryError, sentence } from './migration/errors.ts';
import type { Task } from './migration/task.ts';
import { showPassword } from './password.ts';
import { createLogger } from './telemetry/logger.ts';

const USAGE = `redis-ferry: moves a live Redis to another server, with people watching in a Slack thread

  npm start                 bot and worker in one process
  npm start -- bot          only the bot: listens to Slack, announces
  npm start -- worker       only a worker: drives migrations
  npm start -- doctor       checks configuration, Slack, Ferry's Redis and every instance
  npm start -- password m42 prints the password that Ferry left on the old server of m42 (2.4 alone keeps it)
  npm run fill -- NAME 2gb  fills a server for rehearsals with junk, up to that used_memory
  npm run clear -- NAME     removes what fill wrote, and nothing else
  npm run sandbox           everything on this machine, with real servers, to try it out
  npm run sandbox -- --demo one whole migration by itself, every write accounted for

Configuration: the environment and ferry.yaml (FERRY_CONFIG); see README.md.`;

const NEEDS: Readonly<Record<Role, Needs>> = {
  bot: { slack: true, secrets: false },
  worker: { slack: false, secrets: true },
  both: { slack: true, secrets: true },
};

/** How long a shutdown may take before the process ends anyway. */
const STOP_WITHIN_MS = 9_500;

async function main(argv: readonly string[]): Promise<number> {
  const [command = 'both', ...rest] = argv;
  switch (command) {
    case 'sandbox': {
      const { runSandbox } = await import('./sandbox/sandbox.ts');
      return runSandbox(rest);
    }
    case 'help':
    case '--help':
    case '-h':
      console.log(USAGE);
      return 0;
    case 'password':
      return password(rest);
    case 'fill':
    case 'clear':
      return task(command, rest);
    case 'doctor':
    case 'bot':
    case 'worker':
    case 'both':
      if (rest.length > 0) return unknownArgument(rest[0] ?? '');
      return command === 'doctor' ? doctor() : run(command);
    default:
      return unknownArgument(command);
  }
}

function unknownArgument(argument: string): number {
  console.error(`Unknown argument: ${argument}\n\n${USAGE}`);
  return 2;
}

async function password([id, ...rest]: readonly string[]): Promise<number> {
  if (id === undefined || rest.length > 0) {
    console.error(`Whose password? npm start -- password m42\n\n${USAGE}`);
    return 2;
  }
  const output = { print: (line: string) => console.log(line), tell: (line: string) => console.error(line) };
  return showPassword(id, processVariables(), output);
}

async function doctor(): Promise<number> {
  return runDoctor(loadConfiguration(processVariables(), NEEDS.both), (line) => console.log(line));
}

async function task(kind: Task, args: readonly string[]): Promise<number> {
  const request = parseTask(kind, args);
  if ('problem' in request) {
    console.error(request.problem);
    return 2;
  }
  const stopping = new AbortController();
  const stop = () => {
    const hint = 'What is done stays done; the same command goes on from there.';
    stopping.abort(new FerryError('stopped', `The ${kind} of ${request.instance} was stopped.`, { hint }));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const configuration = loadConfiguration(processVariables(), NEEDS.worker);
  const line = overwrittenLine();
  try {
    return await runTaskCommand(configuration, request, stopping.signal, line);
  } finally {
    line.end();
  }
}

/** On a terminal progress stays on one line; elsewhere each word of it is a line. */
function overwrittenLine() {
  const isTerminal = process.stdout.isTTY === true;
  let open = false;
  const end = () => {
    if (open) process.stdout.write('\n');
    open = false;
  };
  const print = (line: string) => {
    end();
    console.log(line);
  };
  const progress = (line: string) => {
    if (!isTerminal) return print(line);
    process.stdout.write(`\r${line}\u001b[K`);
    open = true;
  };
  return { print, progress, end };
}

async function run(role: Role): Promise<number> {
  const configuration = loadConfiguration(processVariables(), NEEDS[role]);
  const logger = createLogger({ level: configuration.environment.logLevel, fields: { role } });
  for (const warning of configuration.warnings) logger.warn({}, warning);
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  process.once('SIGTERM', () => end(0));
  process.once('SIGINT', () => end(0));
  const onLost = (why: string) => {
    logger.error({ why }, 'ending, so that it can be restarted');
    end(1);
  };
  const ferry = await startFerry({ configuration, role, logger, onLost });
  const { healthPort, metricsPort } = ferry;
  logger.info({ healthPort, metricsPort, pid: process.pid }, 'started');
  const code = await ended;
  logger.info({}, 'stopping');
  const late = setTimeout(() => process.exit(code), STOP_WITHIN_MS);
  await ferry.stop();
  clearTimeout(late);
  logger.info({}, 'stopped');
  return code;
}

function explain(error: unknown): number {
  if (error instanceof ConfigError) {
    console.error(error.message);
    return 2;
  }
  if (error instanceof FerryError) {
    console.error(sentence(error));
    return 1;
  }
  console.error(error);
  return 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(explain(error)),
);
