// needs-human: waits for an answer. Nothing is done to either server.

import { lookAgain, type Step } from './step.ts';

const WAITING_MS = 2_000;

export const needsHuman: Step<'needs-human'> = async () => lookAgain(WAITING_MS);
