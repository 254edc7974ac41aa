// Is one of the servers the Redis that Ferry keeps its records in? Ferry would cut the branch it sits on (I6).

import { blocker, checkEach, ok, unknown } from './check.ts';

export const ferrysOwn = checkEach('ferrys-own', "Not Ferry's own Redis", (seen) => {
  if (seen.facts.ferrysOwn === null) {
    return unknown(`Whether ${seen.name} is the Redis that Ferry runs on could not be found out.`);
  }
  if (!seen.facts.ferrysOwn) return ok(`${seen.name} is not Ferry's own Redis.`);
  return blocker(
    `${seen.name} is the Redis that Ferry keeps its records and its queue in.`,
    'Choose another server, or run this Ferry on another Redis (`FERRY_REDIS_URL`).',
  );
});
