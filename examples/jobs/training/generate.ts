// Makes the data.
import { setting, writeShared } from "../shared.ts";
import { generate } from "./model.ts";

const count = 6_000;
writeShared("data", generate(Number(setting("SEED")), count));
