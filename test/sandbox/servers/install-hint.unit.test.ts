// Where no server can be fetched, a person is told what to type on exactly this platform.

import { expect, test } from 'vitest';
import { installHint } from '../../../src/sandbox/servers/install-hint.ts';

test.each<[platform: NodeJS.Platform, osRelease: string, expected: string]>([
  ['darwin', '', 'brew install redis valkey'],
  ['win32', '', 'use WSL with Debian or Ubuntu'],
  ['linux', 'NAME="Alpine Linux"\nID=alpine\n', 'apk add redis valkey'],
  ['linux', 'ID=fedora\nVERSION_ID=42\n', 'dnf install valkey'],
  ['linux', 'ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'dnf install valkey'],
  ['linux', 'ID="amzn"\nID_LIKE="fedora"\n', 'dnf install valkey'],
  ['linux', 'ID=arch\n', 'pacman -S valkey'],
  ['linux', 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', 'zypper install valkey'],
  ['linux', 'ID=nixos\n', 'nix-shell -p redis valkey'],
  ['linux', 'ID=unheard-of\n', 'so that it is on PATH'],
  ['freebsd', '', 'so that it is on PATH'],
])('%s, %j: %s', (platform, osRelease, expected) => {
  expect(installHint(platform, osRelease)).toContain(expected);
});
