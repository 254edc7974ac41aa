// Words as Slack's mrkdwn, as rich text elements, and as plain text. The one place that escapes.

import type { Piece, Words } from './words.ts';

/** At most `limit` characters; what does not fit is cut at a character of ours, never inside an entity. */
export function toMrkdwn(words: Words, limit = 3000): string {
  return render(words, limit, mrkdwn);
}

/** For button labels, titles and tasks, which take bare text: people appear by id, times in UTC. */
export function toPlain(words: Words, limit = 3000): string {
  return render(words, limit, plain);
}

export type RichElement =
  | {
      readonly type: 'text';
      readonly text: string;
      readonly style?: { readonly bold?: true; readonly code?: true };
    }
  | { readonly type: 'user'; readonly user_id: string }
  | { readonly type: 'usergroup'; readonly usergroup_id: string }
  | { readonly type: 'channel'; readonly channel_id: string }
  | { readonly type: 'date'; readonly timestamp: number; readonly format: string; readonly fallback: string }
  | { readonly type: 'link'; readonly url: string; readonly text: string };

export function toRichElements(words: Words): readonly RichElement[] {
  return words.map(rich);
}

/** The three characters that Slack gives a meaning in mrkdwn. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function render(words: Words, limit: number, one: (piece: Piece) => string): string {
  const whole = words.map(one).join('');
  if (whole.length <= limit) return whole;
  let shown = '';
  for (const piece of words) {
    const next = one(piece);
    if (shown.length + next.length > limit - 1)
      return `${shown}${cut(piece, limit - 1 - shown.length, one)}…`;
    shown += next;
  }
  return shown;
}

/** As much of a piece as fits; people, times and links are whole or left out. */
function cut(piece: Piece, room: number, one: (piece: Piece) => string): string {
  if (!('text' in piece) || piece.kind === 'link') return '';
  let kept = piece.text.slice(0, Math.max(0, room));
  while (kept !== '' && one({ ...piece, text: kept }).length > room) kept = kept.slice(0, -1);
  return kept === '' ? '' : one({ ...piece, text: kept });
}

function mrkdwn(piece: Piece): string {
  switch (piece.kind) {
    case 'text':
      return escapeMrkdwn(piece.text);
    case 'bold':
      return `*${escapeMrkdwn(piece.text)}*`;
    case 'code':
      return `\`${escapeMrkdwn(oneLine(piece.text).replaceAll('`', "'"))}\``;
    case 'user':
      return `<@${piece.id}>`;
    case 'group':
      return `<!subteam^${piece.id}>`;
    case 'channel':
      return `<#${piece.id}>`;
    case 'date':
      return `<!date^${Math.floor(piece.at / 1000)}^${piece.format}|${piece.utc}>`;
    case 'link':
      return `<${escapeMrkdwn(piece.url)}|${escapeMrkdwn(piece.text).replaceAll('|', '/')}>`;
  }
}

function plain(piece: Piece): string {
  switch (piece.kind) {
    case 'text':
    case 'bold':
    case 'link':
      return piece.text;
    case 'code':
      return oneLine(piece.text);
    case 'user':
    case 'group':
    case 'channel':
      return `@${piece.id}`;
    case 'date':
      return piece.utc;
  }
}

function rich(piece: Piece): RichElement {
  switch (piece.kind) {
    case 'text':
      return { type: 'text', text: piece.text };
    case 'bold':
      return { type: 'text', text: piece.text, style: { bold: true } };
    case 'code':
      return { type: 'text', text: oneLine(piece.text), style: { code: true } };
    case 'user':
      return { type: 'user', user_id: piece.id };
    case 'group':
      return { type: 'usergroup', usergroup_id: piece.id };
    case 'channel':
      return { type: 'channel', channel_id: piece.id };
    case 'date': {
      const timestamp = Math.floor(piece.at / 1000);
      return { type: 'date', timestamp, format: piece.format, fallback: piece.utc };
    }
    case 'link':
      return { type: 'link', url: piece.url, text: piece.text };
  }
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line === '' ? '(empty)' : line;
}
