import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Ledger, LongLedger, type Holding } from "./ledger.ts";
import { fits } from "./resources.ts";

const vector = (...amounts: number[]): Float64Array => Float64Array.from(amounts);

test("a long ledger answers as a short one, whatever enters and leaves", () => {
  const ends = fc.array(fc.record({ endsAt: fc.nat(40), amount: fc.nat(5), leaves: fc.boolean() }), { maxLength: 60 });
  // Many times over, so that pieces are cut and put together.
  fc.assert(
    fc.property(ends, fc.nat(30), fc.nat(3000), (some, wanted, times) => {
      const [short, long] = [new Ledger<Holding>(vector(100)), new LongLedger<Holding>(vector(100))];
      const all: Holding[] = [];
      for (let i = 0; i < times && some.length > 0; i++) {
        const { endsAt, amount, leaves } = some[i % some.length] as (typeof some)[number];
        const gone = leaves ? all.splice(i % Math.max(1, all.length), 1)[0] : undefined;
        const job = { endsAt: endsAt + (i % 7), held: vector(amount) };
        for (const ledger of [short, long]) {
          if (gone !== undefined) ledger.remove(gone);
          ledger.add(job);
        }
        all.push(job);
      }
      expect(long.free).toEqual(short.free);
      expect(long.pieces.flatMap(({ jobs }) => jobs)).toEqual(short.jobs);
      for (const at of [0, 7, 20, 100]) {
        expect(long.freeAt(at)).toEqual(short.freeAt(at));
        expect([long.endedAt(at), long.endOf(at)]).toEqual([short.endedAt(at), short.endOf(at)]);
      }
      const instants = [3, ...all.map(({ endsAt }) => Math.max(endsAt, 4)).sort((a, b) => a - b)];
      const first = instants.find((at) => fits(vector(wanted), at > 3 ? short.freeAt(at) : short.free));
      for (const before of [4, 20, Infinity]) {
        const expected = first !== undefined && first < before ? first : Infinity;
        expect([short, long].map((ledger) => ledger.roomAt(vector(wanted), 3, before))).toEqual([expected, expected]);
      }
    }),
    { numRuns: 30 },
  );
});
