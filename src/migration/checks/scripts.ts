// Will clients find their Lua scripts on the target? Those that call by EVALSHA alone get NOSCRIPT else.

import { capabilitiesOf } from '../capabilities.ts';
import { checkPair, ok, type Seen, warning } from './check.ts';
import { counted } from './figures.ts';

const HANDLE_IT =
  'Make sure that clients load a script again, or send it by EVAL, when they get NOSCRIPT; most libraries do.';

export const scripts = checkPair('scripts', 'Lua scripts', (source, target) => {
  const { cachedScripts, identity } = source.facts;
  if (!capabilitiesOf(identity).can('scripts')) return ok(`${source.name} has no scripts.`);
  if (cachedScripts === 0) return ok(`${source.name} has no Lua script in its cache.`);
  const has =
    cachedScripts === null
      ? `${source.name} does not tell how many Lua scripts it has in its cache.`
      : `${source.name} has ${counted(cachedScripts, 'Lua script')} in its cache.`;
  return warning(`${has} ${alongOf(source, target)}`, HANDLE_IT);
});

/** Measured: before 7.0 SCRIPT LOAD goes into snapshot and stream, and only a server before 7.0 reads it in a snapshot. */
function alongOf(source: Seen, target: Seen): string {
  const [from, to] = [source, target].map(({ facts }) =>
    capabilitiesOf(facts.identity).can('replicates-scripts'),
  );
  if (from !== true) {
    return `None of them goes along to ${target.name}, because from 7.0 on scripts are not replicated: clients that call by EVALSHA alone get NOSCRIPT there.`;
  }
  if (to !== true) {
    return `Only those that SCRIPT LOAD loads while ${target.name} follows go along: clients that call another one by EVALSHA get NOSCRIPT there.`;
  }
  return `Those of SCRIPT LOAD may go along to ${target.name}, those of EVAL may not: clients that call one by EVALSHA may get NOSCRIPT there.`;
}
