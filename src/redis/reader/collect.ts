// Runs a pipeline and keeps its replies. The first command that a server refuses ends it, named (I10).

import type { FerryError } from '../../migration/errors.ts';
import { serverError } from '../server-error.ts';
import { type Command, nameOf } from '../wire/command.ts';
import type { WireConnection } from '../wire/connection.ts';
import { ErrorReply, type Reply } from '../wire/reply.ts';

export async function collect(
  connection: WireConnection,
  commands: readonly Command[],
): Promise<readonly Reply[]> {
  const replies: Reply[] = [];
  await connection.send(commands, (reply, i) => {
    const command = commands[i];
    if (reply instanceof ErrorReply && command !== undefined) throw refusal(connection.who, command, reply);
    replies.push(reply);
  });
  return replies;
}

export function refusal(who: string, command: Command, reply: ErrorReply): FerryError {
  return serverError(who, nameOf(command), new Error(reply.text));
}
