// Standalone servers only: a cluster node's slots and a Sentinel cannot be moved by following one server.

import { blocker, checkEach, ok } from './check.ts';

export const mode = checkEach('mode', 'Standalone', (seen) => {
  switch (seen.facts.mode) {
    case 'standalone':
      return ok(`${seen.name} is standalone.`);
    case 'cluster':
      return blocker(
        `${seen.name} is a node of a Redis Cluster, where REPLICAOF is refused.`,
        'Ferry moves standalone servers; move a cluster by adding nodes and moving slots.',
      );
    case 'sentinel':
      return blocker(
        `${seen.name} is a Sentinel, not a server with data.`,
        'Name the server that it watches.',
      );
  }
});
