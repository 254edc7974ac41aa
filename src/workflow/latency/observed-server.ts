// One server of a pair as its owner measures it: the watch on its probe, what came of it, and what of that is not
// in the record yet. Never the truth: a successor begins with what the probe left behind.

import type { Side } from '../../migration/instance.ts';
import type { Incident } from '../../migration/latency/incident.ts';
import type { ProbeNews, ProbeSecond, Stall } from '../../migration/latency/reading.ts';
import { type LatencyStage, type StageMarks, stageOf } from '../../migration/latency/summary.ts';
import { follow, type LatencyTrack, loseSight, trackFrom } from '../../migration/latency/track.ts';
import { TOLERATED_GAP_SECONDS } from '../../migration/latency/verdict.ts';
import type { LatencyPolicy } from '../../migration/policy.ts';
import type { LatencyWatch } from '../latency-ports.ts';

export class ObservedServer {
  readonly pair: number;
  readonly side: Side;
  readonly watch: LatencyWatch;
  /** When this owner began, epoch ms. */
  readonly sinceAt: number;
  track: LatencyTrack;
  /** Seconds that no summary of the record has yet. */
  unsummed: readonly ProbeSecond[] = [];
  readonly #unsummedStalls = new Map<string, Stall>();
  /** Stalls of the incident that lasts, by id. */
  readonly stalls = new Map<string, Stall>();
  /** As the record had it when this owner began; its stalls are not in `stalls`. */
  earlier: Incident | null = null;
  toldMs = Number.NEGATIVE_INFINITY;
  #heardMs: number;
  #heard = false;

  constructor(pair: number, side: Side, watch: LatencyWatch, at: number, nowMs: number) {
    this.pair = pair;
    this.side = side;
    this.watch = watch;
    this.sinceAt = at;
    this.track = trackFrom(at);
    this.#heardMs = nowMs;
  }

  /** Did anything come from the probe since this owner began? Until then the record's verdict stands. */
  get heard(): boolean {
    return this.#heard;
  }

  /** Seconds since the probe last said something, or since this owner began. */
  silentSeconds(nowMs: number): number {
    return (nowMs - this.#heardMs) / 1_000;
  }

  /** Takes what is new. `at`: epoch ms; `nowMs`: monotonic. `toldUntilAt`: stalls up to there were told. */
  look(policy: LatencyPolicy, at: number, nowMs: number, toldUntilAt: number): ProbeNews {
    const news = this.watch.take();
    if (news.seconds.length > 0) {
      this.#heard = true;
      this.#heardMs = nowMs;
    }
    this.track = follow(this.track, news, policy);
    for (const stall of news.stalls) {
      this.#unsummedStalls.set(stall.id, stall);
      if (stall.startedAt + stall.lengthMs > toldUntilAt || this.stalls.has(stall.id))
        this.stalls.set(stall.id, stall);
    }
    this.unsummed = [...this.unsummed, ...news.seconds];
    const silent = this.silentSeconds(nowMs);
    if (silent > TOLERATED_GAP_SECONDS) {
      this.#heard = true;
      this.track = loseSight(this.track, at, silent);
    }
    return news;
  }

  /** What belongs to a stage and is in no summary yet; it is not given again. */
  takeUnsummed(
    stage: LatencyStage,
    marks: StageMarks,
  ): { readonly seconds: readonly ProbeSecond[]; readonly stalls: readonly Stall[] } {
    const isOf = (at: number) => stageOf(this.side, at, marks) === stage;
    const seconds = this.unsummed.filter(({ at }) => isOf(at));
    this.unsummed = this.unsummed.filter(({ at }) => !isOf(at));
    // A stall that lasts is summed up when it is over.
    const stalls = [...this.#unsummedStalls.values()].filter(
      ({ over, startedAt }) => over && isOf(startedAt),
    );
    for (const { id } of stalls) this.#unsummedStalls.delete(id);
    return { seconds, stalls };
  }
}
