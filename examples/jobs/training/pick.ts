// Picks the model with the least loss on the validation data.
import { readShared, writeShared } from "../shared.ts";
import { grid, type Trained } from "./model.ts";

const all = grid.map((_, i) => readShared(`model-${i}`) as Trained);
const best = all.reduce((least, one) => (one.loss < least.loss ? one : least));
writeShared("best", best);
console.log(`best: rate ${best.setting.rate}, decay ${best.setting.decay}`);
