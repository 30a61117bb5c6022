// Says how the picked model does on data that neither training nor picking has seen.
import { readShared } from "../shared.ts";
import { accuracyOf, lossOf, type Data, type Trained } from "./model.ts";

const { model } = readShared("best") as Trained;
const { test } = readShared("data") as Data;
console.log(`test: accuracy ${accuracyOf(model, test).toFixed(4)}, loss ${lossOf(model, test).toFixed(4)}`);
