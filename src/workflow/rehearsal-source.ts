// The source of a rehearsal, as the acts of a cutover would find it: whatever holds its writes or changes its role
// is refused before a byte is sent. The last line behind the lifecycle, which never gets there (I4).

import type { ActResult, ControlConnection } from './ports.ts';

export function harmlessSource(control: ControlConnection): ControlConnection {
  const never = async (): Promise<ActResult<never>> => ({
    kind: 'refused',
    why: 'this is a rehearsal: its source keeps its writes and its role',
  });
  return {
    ...control,
    get armed() {
      return control.armed;
    },
    planHold: never,
    fence: never,
    follow: never,
    followAnew: never,
    setAside: never,
    promote: never,
    empty: never,
    endOrdinaryClients: never,
  };
}
