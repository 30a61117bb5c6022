// Trains one setting of the hyper-parameters: the one of this job's place in its array.
import { readShared, setting, writeShared } from "../shared.ts";
import { grid, lossOf, train, type Data, type Setting, type Trained } from "./model.ts";

const index = setting("BATON_ARRAY_INDEX");
const tried = grid[Number(index)] as Setting;
const { training, validation } = readShared("data") as Data;
const model = train(training, tried);
const trained: Trained = { setting: tried, model, loss: lossOf(model, validation) };
writeShared(`model-${index}`, trained);
console.log(`rate ${tried.rate}, decay ${tried.decay}: validation loss ${trained.loss.toFixed(4)}`);
