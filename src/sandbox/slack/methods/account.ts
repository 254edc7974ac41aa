// Methods about the app and the workspace: identity, connections, user groups, and the check of blocks.
import { checkBlocks } from '../blocks/check-blocks.ts';
import { checkView } from '../blocks/check-view.ts';
import type { Problem } from '../blocks/schema.ts';
import { isObject, textOf } from '../json.ts';
import { type Method, type Parts, refusal } from '../parts.ts';

export const authTest: Method = (_args, { workspace }) => ({
  ok: true,
  url: `https://${workspace.teamDomain}.slack.com/`,
  team: workspace.teamDomain,
  user: 'ferry',
  team_id: workspace.teamId,
  user_id: workspace.botUserId,
  bot_id: workspace.botId,
  is_enterprise_install: false,
});

export const openConnection: Method = (_args, parts) => {
  const url = parts.socketUrl();
  return url ? { ok: true, url } : refusal('socket_mode_not_enabled');
};

export const listGroupUsers: Method = (args, { workspace }) => {
  const group = workspace.userGroups.get(textOf(args['usergroup']) ?? '');
  return group ? { ok: true, users: [...group.users] } : refusal('no_such_subteam');
};

/** Takes `blocks`, `message.blocks` or `view`, and needs no token. */
export const validateBlocks: Method = (args, parts) => {
  const problems = problemsOf(args['view'], args['blocks'], args['message'], parts);
  if (!problems) return refusal('invalid_arguments');
  if (problems.length === 0) return { ok: true };
  return refusal('invalid_blocks', {
    errors: problems.map(({ pointer, message }) => ({ code: 'invalid', message, pointer })),
    response_metadata: { messages: problems.map((problem) => `[ERROR] ${problem.message}`) },
  });
};

function problemsOf(view: unknown, blocks: unknown, message: unknown, parts: Parts): Problem[] | undefined {
  if (isObject(view)) return checkView(view, view['type'] === 'home' ? 'home' : 'modal', parts);
  if (isObject(message)) return checkBlocks(message['blocks'], 'message', parts);
  return blocks === undefined ? undefined : checkBlocks(blocks, 'message', parts);
}
