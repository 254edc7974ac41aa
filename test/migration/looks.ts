// Looks at a pair that syncs, as they come one after the other, for tests of what is concluded from them.

import type { PairObservation, ServerObservation, SyncStage } from '../../src/migration/progress.ts';

const SERVER: ServerObservation = {
  at: 0,
  runId: 'a'.repeat(40),
  version: '7.0.15',
  role: { kind: 'primary' },
  held: false,
  replId: 'f'.repeat(40),
  offset: 1_000,
  loading: false,
  usedMemoryBytes: 100 * 1024 ** 2,
  snapshot: { forks: 1, latestForkUs: 400, running: false, copyOnWriteBytes: 0 },
  keysByDb: { '0': 1_000 },
  opsPerSecond: 0,
  connectedClients: 10,
  backlogSizeBytes: 1024 ** 2,
  backlogFirstOffset: 1,
  syncFullCount: 1,
  replicaCount: 1,
  outputBufferPeakBytes: null,
  outputLimitKills: null,
  silentSeconds: null,
  changesSinceLoad: null,
  refusedOfStream: null,
};

export interface LookOptions extends Partial<Omit<PairObservation, 'source' | 'target' | 'stage'>> {
  readonly source?: Partial<ServerObservation> | null;
  readonly target?: Partial<ServerObservation> | null;
}

/** `second`: when; the rest is what the test is about. */
export function look(second: number, stage: SyncStage, options: LookOptions = {}): PairObservation {
  const { source, target, ...rest } = options;
  const at = second * 1_000;
  return {
    at,
    source: source === null ? null : { ...SERVER, at, ...source },
    target:
      target === null
        ? null
        : {
            ...SERVER,
            at,
            role: { kind: 'replica', of: 'peer', linkUp: stage === 'online' },
            keysByDb: {},
            syncFullCount: 0,
            replicaCount: 0,
            ...target,
          },
    stage,
    fraction: null,
    transferredBytes: null,
    totalBytes: null,
    lagBytes: null,
    lagMs: null,
    provenOffset: null,
    linkTrouble: null,
    ...rest,
  };
}
