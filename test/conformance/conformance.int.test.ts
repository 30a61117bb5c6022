// The sentences that need a whole server and its peers.
import { afterAll } from "vitest";
import { stopPeers } from "./peers.ts";
import { serverParts } from "./sections.ts";
import { declare } from "./suite.ts";

afterAll(stopPeers);

declare(serverParts);
