// Checks what a node says of itself.
import { problem } from "../errors.ts";
import type { NodeSpec, Problem } from "../types.ts";
import { amountsMistake } from "./amounts.ts";

/** What is wrong with a node; undefined where nothing is. */
export function checkNode(node: NodeSpec): Problem | undefined {
  const mistake = amountsMistake(node.capacity);
  if (mistake !== undefined) return invalid(node, `capacity.${mistake.field}`, mistake.message);
  if (Object.keys(node.capacity).length === 0) return invalid(node, "capacity", "it has nothing to offer");
  if (node.speed !== undefined && !(node.speed > 0 && node.speed < Infinity))
    return invalid(node, "speed", `speed is ${node.speed}: it must be above 0`);
  if (node.weight !== undefined && !(node.weight > 0 && node.weight < Infinity)) {
    return invalid(node, "weight", `weight is ${node.weight}: it must be above 0`);
  }
  return undefined;
}

function invalid(node: NodeSpec, field: string, message: string): Problem {
  return problem("node-invalid", `node ${node.id}, ${field}`, message);
}
