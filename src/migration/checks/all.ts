// Every check, in the order in which findings of one severity are told. All of them always run.

import { backlogSize } from './backlog.ts';
import type { Check } from './check.ts';
import { clock } from './clock.ts';
import { configFile } from './config-file.ts';
import { databases } from './databases.ts';
import { targetRestart } from './diskless-delay.ts';
import { environments } from './environments.ts';
import { eviction } from './eviction.ts';
import { fence } from './fence.ts';
import { ferrysOwn } from './ferrys-own.ts';
import { functions } from './functions.ts';
import { identities } from './identities.ts';
import { keyspaceEvents } from './keyspace-events.ts';
import { lock } from './lock.ts';
import { maxClients } from './max-clients.ts';
import { memory } from './memory.ts';
import { minReplicas } from './min-replicas.ts';
import { mode } from './mode.ts';
import { modules } from './modules.ts';
import { outputBufferLimit } from './output-buffer.ts';
import { permissions } from './permissions.ts';
import { reachable } from './reachable.ts';
import { readOnly } from './read-only.ts';
import { relay } from './relay.ts';
import { replicationTimeout } from './repl-timeout.ts';
import { replicationAddress } from './replication-address.ts';
import { replicationAuth } from './replication-auth.ts';
import { roles } from './roles.ts';
import { scripts } from './scripts.ts';
import { sentinels } from './sentinels.ts';
import { snapshotCost } from './snapshot-cost.ts';
import { sourcePersistence } from './source-persistence.ts';
import { sourceReach } from './source-reach.ts';
import { sourceReplicas } from './source-replicas.ts';
import { staleData } from './stale-data.ts';
import { targetClients } from './target-clients.ts';
import { targetKeys } from './target-keys.ts';
import { targetPersistence } from './target-persistence.ts';
import { targetReach } from './target-reach.ts';
import { targetReplicas } from './target-replicas.ts';
import { tls } from './tls.ts';
import { users } from './users.ts';
import { versionPath } from './version-path.ts';
import { waitingClients } from './waiting-clients.ts';
import { wayBack } from './way-back.ts';

export const CHECKS: readonly Check[] = [
  reachable,
  permissions,
  identities,
  replicationAddress,
  ferrysOwn,
  lock,
  roles,
  mode,
  sentinels,
  versionPath,
  fence,
  wayBack,
  relay,
  targetKeys,
  targetReplicas,
  targetClients,
  users,
  maxClients,
  targetReach,
  replicationAuth,
  tls,
  memory,
  eviction,
  databases,
  readOnly,
  staleData,
  minReplicas,
  modules,
  functions,
  scripts,
  keyspaceEvents,
  waitingClients,
  sourceReplicas,
  sourceReach,
  outputBufferLimit,
  backlogSize,
  replicationTimeout,
  targetRestart,
  snapshotCost,
  configFile,
  sourcePersistence,
  targetPersistence,
  clock,
  environments,
];
