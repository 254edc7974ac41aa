// The external upload: an address for the bytes, then the file shared in a channel.
import { objectsOf, textOf } from '../json.ts';
import { type Method, refusal } from '../parts.ts';
import { writableChannel } from './chat.ts';

export const getUploadUrlExternal: Method = (args, parts) => {
  const name = textOf(args['filename']);
  const length = Number(args['length']);
  if (!name || !(length > 0)) return refusal('invalid_arguments');
  const id = parts.clock.nextId('F');
  parts.workspace.files.set(id, {
    id,
    name,
    length,
    title: name,
    content: undefined,
    channel: undefined,
    threadTs: undefined,
  });
  return { ok: true, upload_url: `${parts.baseUrl}/upload/v1/${id}`, file_id: id };
};

export const completeUploadExternal: Method = (args, parts) => {
  const wanted = objectsOf(args['files']);
  const found = wanted.map((file) => parts.workspace.files.get(textOf(file['id']) ?? ''));
  const files = found.filter((file) => file?.content !== undefined).filter((file) => file !== undefined);
  if (files.length === 0 || files.length !== wanted.length) return refusal('file_not_found');
  for (const [index, file] of files.entries()) file.title = textOf(wanted[index]?.['title']) ?? file.name;
  if (args['channel_id'] !== undefined) {
    const channel = writableChannel(args['channel_id'], parts);
    if ('error' in channel) return channel;
    const threadTs = textOf(args['thread_ts']);
    for (const file of files) {
      file.channel = channel.id;
      file.threadTs = threadTs;
      parts.workspace.changed({ kind: 'file-shared', file });
    }
    const text = textOf(args['initial_comment']) ?? '';
    const ids = files.map((file) => file.id);
    parts.workspace.post({ channel: channel.id, text, blocks: [], threadTs, files: ids });
  }
  return { ok: true, files: files.map((file) => ({ id: file.id, title: file.title })) };
};
