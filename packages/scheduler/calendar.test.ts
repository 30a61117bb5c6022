import { expect, test } from "vitest";
import { seededRandom } from "@baton/core";
import { Calendar } from "./calendar.ts";
import type { Job } from "./model.ts";

test("jobs come out at their dates as from a list that is looked through each time, also of a copy", () => {
  const random = seededRandom(3);
  let calendar = new Calendar();
  let all: { job: Job; at: number }[] = [];
  for (let now = 0; now < 2_000; now++) {
    const job = { id: String(now) } as Job;
    const at = now + 1 + Math.floor(random() * 50);
    calendar.add(job, at);
    all.push({ job, at });
    const gone = random() < 0.5 ? all[Math.floor(random() * all.length)] : undefined;
    if (gone !== undefined) {
      calendar.delete(gone.job);
      all = all.filter((one) => one !== gone);
    }
    if (now % 100 === 0) calendar = calendar.forked((value) => value);
    expect(calendar.next()).toBe(all.reduce<number | undefined>((least, one) => Math.min(least ?? Infinity, one.at), undefined));
    expect(calendar.takeDue(now)).toEqual(all.filter((one) => one.at <= now).map((one) => one.job));
    all = all.filter((one) => one.at > now);
    expect(calendar.size).toBe(all.length);
  }
});
