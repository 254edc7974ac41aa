// Whether this run takes its time: `npm run test:full` does, `npm test` takes samples.

export const FULL_RUN = process.env['FERRY_TESTS'] === 'full';
