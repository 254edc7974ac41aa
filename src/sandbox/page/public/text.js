// Slack's text as DOM nodes: the mrkdwn that Ferry writes, entities, people, times. Never as HTML.

/** Tokens in order of precedence; whatever none of them takes is text. */
const TOKENS =
  /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*(?=\S)([^*\n]+?)\*(?![\w*])|(?<![\w_])_(?=\S)([^_\n]+?)_(?![\w_])|(?<![\w~])~(?=\S)([^~\n]+?)~(?![\w~])/;

/** @param {string} text @param {(id: string) => string} nameOf */
export function mrkdwn(text, nameOf) {
  const out = document.createDocumentFragment();
  let rest = text;
  for (;;) {
    const found = TOKENS.exec(rest);
    if (found === null) break;
    out.append(unescapeEntities(rest.slice(0, found.index)), token(found, nameOf));
    rest = rest.slice(found.index + found[0].length);
  }
  out.append(unescapeEntities(rest));
  return out;
}

function token([, block, code, entity, bold, italic, struck], nameOf) {
  if (block !== undefined) return element('pre', unescapeEntities(block.replace(/^\n/, '')));
  if (code !== undefined) return element('code', unescapeEntities(code));
  if (entity !== undefined) return entityNode(entity, nameOf);
  if (bold !== undefined) return element('b', mrkdwn(bold, nameOf));
  if (italic !== undefined) return element('i', mrkdwn(italic, nameOf));
  return element('s', mrkdwn(struck ?? '', nameOf));
}

function entityNode(entity, nameOf) {
  const [target = '', label] = entity.split('|', 2);
  if (/^@/.test(target)) return mention(`@${nameOf(target.slice(1))}`);
  if (/^#/.test(target)) return mention(`#${nameOf(target.slice(1))}`);
  if (/^!subteam\^/.test(target)) return mention(`@${nameOf(target.slice('!subteam^'.length))}`);
  if (/^!date\^/.test(target)) {
    const [, seconds = '0', format = ''] = target.split('^');
    return date(Number(seconds), format, label ?? '');
  }
  if (/^!/.test(target)) return mention(`@${target.slice(1)}`);
  return link(unescapeEntities(target), unescapeEntities(label ?? target));
}

export function mention(text) {
  const node = element('span', text);
  node.className = 'mention';
  return node;
}

/** Only addresses that lead to a page become links. */
export function link(url, label) {
  if (!/^https?:\/\//.test(url)) return document.createTextNode(label);
  const node = element('a', label);
  node.href = url;
  node.target = '_blank';
  node.rel = 'noopener noreferrer';
  return node;
}

export function date(seconds, format, fallback) {
  const at = new Date(seconds * 1000);
  if (Number.isNaN(at.getTime())) return document.createTextNode(fallback);
  const day = (style) => at.toLocaleDateString('en', style);
  const short = { month: 'short', day: 'numeric', year: 'numeric' };
  const parts = {
    '{time}': clock(at).slice(0, 'hh:mm'.length),
    '{time_secs}': clock(at),
    '{date_num}': at.toLocaleDateString('sv'),
    '{date_long}': day({ weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' }),
    '{date}': day({ month: 'long', day: 'numeric', year: 'numeric' }),
  };
  const text = format.replace(/\{\w+\}/g, (name) => parts[name.replace('_pretty', '')] ?? day(short));
  const node = element('time', text);
  node.dateTime = at.toISOString();
  node.title = fallback;
  return node;
}

/** The time of day where the reader is, 00:00:00 to 23:59:59. @param {Date} at */
export function clock(at) {
  // Not `hour12: false`: with it some browsers call the hour after midnight 24.
  return at.toLocaleTimeString('en', { hourCycle: 'h23' });
}

/** Slack escapes exactly three characters. */
export function unescapeEntities(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** @param {string} tag @param {...(string | Node)} children */
export function element(tag, ...children) {
  const node = document.createElement(tag);
  node.append(...children);
  return node;
}

export function classed(name, tag, ...children) {
  const node = element(tag, ...children);
  node.className = name;
  return node;
}
