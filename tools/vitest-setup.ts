// Property tests draw the same cases in every run, so that a run that is red is red again; BATON_SEED=random draws
// others, BATON_SEED=N those of that seed.
import { configureGlobal } from "fast-check";

const wanted = process.env["BATON_SEED"] ?? "1";
if (wanted !== "random") configureGlobal({ seed: Number(wanted) });
