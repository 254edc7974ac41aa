// chat.*: posting, editing, deleting, ephemerals and permalinks, with Slack's refusals.
import { textOf } from '../json.ts';
import { type Method, type Parts, type Refusal, refusal } from '../parts.ts';
import type { Channel, Message } from '../records.ts';
import { messageOnWire } from '../wire.ts';
import { isRefusal, readContent } from './content.ts';

const MAX_POST_CHARS = 40_000;
const MAX_UPDATE_CHARS = 4000;

export const postMessage: Method = (args, parts) => {
  const channel = writableChannel(args['channel'], parts);
  if ('error' in channel) return channel;
  const threadTs = textOf(args['thread_ts']);
  const thread = threadOf(threadTs, channel, parts);
  if (thread) return thread;
  const content = readContent(args, parts, MAX_POST_CHARS);
  if (isRefusal(content)) return content;
  const message = parts.workspace.post({
    channel: channel.id,
    ...content,
    threadTs,
    metadata: args['metadata'],
  });
  return { ok: true, channel: channel.id, ts: message.ts, message: messageOnWire(message, parts.workspace) };
};

/** Text without blocks removes the blocks, as Slack does. */
export const update: Method = (args, parts) => {
  const found = ownMessage(args['channel'], args['ts'], parts, 'cant_update_message');
  if ('error' in found) return found;
  const content = readContent(args, parts, MAX_UPDATE_CHARS);
  if (isRefusal(content)) return content;
  parts.workspace.edit(found, content.text, content.blocks);
  return {
    ok: true,
    channel: found.channel,
    ts: found.ts,
    text: found.text,
    message: messageOnWire(found, parts.workspace),
  };
};

export const deleteMessage: Method = (args, parts) => {
  const found = ownMessage(args['channel'], args['ts'], parts, 'cant_delete_message');
  if ('error' in found) return found;
  parts.workspace.delete(found);
  return { ok: true, channel: found.channel, ts: found.ts };
};

export const postEphemeral: Method = (args, parts) => {
  const channel = writableChannel(args['channel'], parts);
  if ('error' in channel) return channel;
  const user = textOf(args['user']) ?? '';
  if (!channel.members.has(user)) return refusal('user_not_in_channel');
  const content = readContent(args, parts, MAX_POST_CHARS);
  if (isRefusal(content)) return content;
  const threadTs = textOf(args['thread_ts']);
  const shown = parts.workspace.show({ channel: channel.id, user, ...content, threadTs });
  return { ok: true, message_ts: shown.ts };
};

export const getPermalink: Method = (args, parts) => {
  const channel = parts.workspace.channels.get(textOf(args['channel']) ?? '');
  if (!channel) return refusal('channel_not_found');
  const message = parts.workspace.messages.get(textOf(args['message_ts']) ?? '');
  if (message?.channel !== channel.id || message.isDeleted) return refusal('message_not_found');
  const path = `/archives/${channel.id}/p${message.ts.replace('.', '')}`;
  const thread = message.threadTs ? `?thread_ts=${message.threadTs}&cid=${channel.id}` : '';
  const permalink = `https://${parts.workspace.teamDomain}.slack.com${path}${thread}`;
  return { ok: true, channel: channel.id, permalink };
};

/** A channel that the app may write to now. A user's id stands for the direct conversation with them. */
export function writableChannel(id: unknown, parts: Parts): Channel | Refusal {
  const { workspace, scopes } = parts;
  const name = textOf(id) ?? '';
  const channel = workspace.users.has(name) ? workspace.directChannel(name) : workspace.channels.get(name);
  if (!channel || (channel.isPrivate && !channel.hasBot)) return refusal('channel_not_found');
  if (channel.isArchived) return refusal('is_archived');
  if (!channel.hasBot && !scopes.has('chat:write.public')) return refusal('not_in_channel');
  return channel;
}

/** A reply needs a message to reply to, in the same channel, and no reply's reply. */
function threadOf(threadTs: string | undefined, channel: Channel, parts: Parts): Refusal | undefined {
  if (threadTs === undefined) return undefined;
  const parent = parts.workspace.messages.get(threadTs);
  if (parent?.channel !== channel.id) return refusal('thread_not_found');
  return parent.threadTs === undefined ? undefined : refusal('cannot_reply_to_message');
}

function ownMessage(channelId: unknown, ts: unknown, parts: Parts, notOwn: string): Message | Refusal {
  const channel = parts.workspace.channels.get(textOf(channelId) ?? '');
  if (!channel) return refusal('channel_not_found');
  if (channel.isArchived) return refusal('is_archived');
  const message = parts.workspace.messages.get(textOf(ts) ?? '');
  if (message?.channel !== channel.id || message.isDeleted) return refusal('message_not_found');
  return message.user === parts.workspace.botUserId ? message : refusal(notOwn);
}
