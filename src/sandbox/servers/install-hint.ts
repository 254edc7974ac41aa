// What a person types to get a server where Ferry's sandbox cannot fetch one: a sentence a platform.

const OR = 'Or set REDIS_BIN_DIR to a folder of <version>/redis-server.';

/** By the distribution's own names for itself and its kin, the most particular first. */
const BY_DISTRIBUTION: readonly (readonly [ids: RegExp, sentence: string])[] = [
  [/\balpine\b/, 'Install one: apk add redis valkey.'],
  [/\b(fedora|rhel|centos|amzn)\b/, 'Install one: dnf install valkey, or redis.'],
  [/\barch\b/, 'Install one: pacman -S valkey.'],
  [/\b(suse|opensuse\S*|sles)\b/, 'Install one: zypper install valkey, or redis.'],
  [/\bnixos\b/, 'Get one: nix-shell -p redis valkey.'],
];

/** `osRelease`: the text of /etc/os-release; empty where there is none. */
export function installHint(platform: NodeJS.Platform, osRelease: string): string {
  if (platform === 'darwin') return `Install one: brew install redis valkey. ${OR}`;
  if (platform === 'win32') return 'Redis does not run on Windows itself: use WSL with Debian or Ubuntu.';
  const names = [...osRelease.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].map((match) => match[1]).join(' ');
  const found = BY_DISTRIBUTION.find(([ids]) => ids.test(names));
  return `${found?.[1] ?? 'Install redis-server or valkey-server, so that it is on PATH.'} ${OR}`;
}
