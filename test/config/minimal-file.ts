// The smallest ferry.yaml that is right, with lines added where a test needs them.

export interface Additions {
  readonly url?: string;
  /** Lines of the instance `carts`, indented by four. */
  readonly instance?: string;
  /** Lines of the environment `default`. */
  readonly environment?: string;
  /** Lines at the top level. */
  readonly rest?: string;
}

export function minimalFile({
  url = 'redis://10.0.0.5:6379',
  instance,
  environment,
  rest,
}: Additions = {}): string {
  const lines = [
    'instances:',
    '  carts:',
    `    url: ${url}`,
    instance && `    ${instance}`,
    'environments:',
    '  default:',
    '    approvers: [U0ANA, U0BEN]',
    environment && `    ${environment}`,
    rest,
  ];
  return `${lines.filter((line) => line !== undefined).join('\n')}\n`;
}
