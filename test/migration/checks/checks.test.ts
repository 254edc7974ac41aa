// Every check, on facts alone: content with the sound pair, and not with what was spoiled.

import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHECKS } from '../../../src/migration/checks/all.ts';
import type { Finding } from '../../../src/migration/finding.ts';
import { SIDES } from '../../../src/migration/instance.ts';
import { CLIENT_CASES } from './cases-clients.ts';
import { SERVER_CASES } from './cases-servers.ts';
import { SETTING_CASES } from './cases-settings.ts';
import { TRANSFER_CASES } from './cases-transfer.ts';
import { VERSION_CASES } from './cases-versions.ts';
import { type Changes, context } from './sound-facts.ts';

const CASES = [...SERVER_CASES, ...CLIENT_CASES, ...VERSION_CASES, ...TRANSFER_CASES, ...SETTING_CASES];

function findingsOf(changes: Changes = {}): readonly Finding[] {
  return CHECKS.map((check) => check(context(changes)));
}

const NAMES = findingsOf().map(({ check }) => check);

describe('checks', () => {
  test.each(CASES)('$check: $severity, $says', ({ check, severity, says, hint, given }) => {
    const finding = findingsOf(given).find((each) => each.check === check);
    expect(finding).toMatchObject({ severity, message: expect.stringMatching(says) });
    expect(finding?.hint).toMatch(severity === 'ok' ? /^$/ : (hint ?? /\S/));
  });

  test('each has a name of its own, and a case for and a case against it', () => {
    expect(new Set(NAMES).size).toBe(NAMES.length);
    for (const name of NAMES) {
      const own = CASES.filter(({ check }) => check === name);
      expect(
        own.some(({ severity }) => severity === 'ok'),
        `${name}: a case for it`,
      ).toBe(true);
      expect(
        own.some(({ severity }) => severity !== 'ok'),
        `${name}: a case against it`,
      ).toBe(true);
    }
  });

  test('each lives in a file of its name', () => {
    const files = readdirSync('src/migration/checks');
    expect(NAMES.filter((name) => !files.includes(`${name}.ts`))).toEqual([]);
  });

  test('all are content with the sound pair', () => {
    expect(findingsOf().filter(({ severity }) => severity !== 'ok')).toEqual([]);
  });

  test.each(SIDES)('I10 none is content about a %s that could not be read', (side) => {
    const gone = { kind: 'unreachable', why: 'timeout', detail: 'it did not answer.' } as const;
    const content = findingsOf({ [side]: gone }).filter(({ severity }) => severity === 'ok');
    const name = context().pair[side].name;
    for (const { message } of content) expect(message).not.toContain(name);
  });

  test('every sentence is one: a capital or a name first, a full stop last', () => {
    const broken = CASES.flatMap(({ given }) => findingsOf(given)).filter(
      ({ message, hint }) =>
        !/^[A-Zc0-9].*\.$/s.test(message) ||
        !/^$|^[A-Z].*\.$/s.test(hint) ||
        /undefined|NaN|null|Infinity|\.\./.test(message),
    );
    expect(broken).toEqual([]);
  });
});
