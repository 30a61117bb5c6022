// The sentences that the engine decides by itself.
import { engineParts, waitingPart } from "./sections.ts";
import { declare } from "./suite.ts";

declare([...engineParts, waitingPart]);
