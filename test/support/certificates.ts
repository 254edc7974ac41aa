// A CA of the test's own, and a certificate for 127.0.0.1 that it signed, made by the openssl of the machine.
// Without openssl the test fails and says so: TLS is not something to skip in silence.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  remove(): void;
}

const DAYS = '2';

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-tls-'));
  const at = (name: string): string => join(folder, name);
  const subject = (name: string): string[] => ['-subj', `/CN=${name}`, '-days', DAYS];
  const fresh = ['-newkey', 'rsa:2048', '-nodes'];
  openssl('req', '-x509', ...fresh, '-keyout', at('ca.key'), '-out', at('ca.pem'), ...subject('tests'));
  openssl('req', ...fresh, '-keyout', at('key.pem'), '-out', at('request'), '-subj', '/CN=127.0.0.1');
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1,DNS:carts.internal\n');
  openssl(
    ...['x509', '-req', '-in', at('request'), '-CA', at('ca.pem'), '-CAkey', at('ca.key')],
    ...['-CAcreateserial', '-out', at('certificate.pem'), '-days', DAYS, '-extfile', at('names')],
  );
  return {
    ca: at('ca.pem'),
    certificate: at('certificate.pem'),
    key: at('key.pem'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function openssl(...args: string[]): void {
  try {
    execFileSync('openssl', args, { stdio: 'pipe' });
  } catch (cause) {
    throw new Error('The TLS tests need openssl on the PATH, and it failed or is not there.', { cause });
  }
}
