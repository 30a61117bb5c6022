// Seeded randomness for the pure packages: the same seed gives the same numbers on every machine.

/** A source of numbers, uniform in [0, 1). */
export type Random = () => number;

/** The sfc32 generator (Chris Doty-Humphrey's PractRand), seeded by splitmix32 from one integer. */
export function seededRandom(seed: number): Random {
  let s = seed | 0;
  const next = (): number => {
    s = (s + 0x9e3779b9) | 0;
    let t = s ^ (s >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return t ^ (t >>> 15);
  };
  let [a, b, c, d] = [next(), next(), next(), next()];
  return () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4294967296;
  };
}
