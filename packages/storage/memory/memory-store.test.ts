import { describe, test } from "vitest";
import { storeContract } from "../contract/contract.ts";
import { openMemoryStore } from "./memory-store.ts";

describe("the store contract in memory", () => {
  storeContract({ test, open: async () => openMemoryStore() });
});
