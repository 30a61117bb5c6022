// What the parts of the resolver share.
import type { Code } from "../code/code.ts";
import type { Ast } from "../syntax/ast.ts";
import type { Layout, Scope } from "./scope.ts";

/** Where resolving stands: the names, the activation, and whether the code may run again inside itself. */
export interface Place {
  readonly scope: Scope;
  readonly layout: Layout;
  readonly guarded: boolean;
}

/** A compilation, as its parts see it. */
export interface Compilation {
  /** Compiles a node. */
  resolve(node: Ast, place: Place): Code;
  /** Notes what is wrong, and gives code to go on with. */
  problem(message: string, node: { readonly at: number; readonly end: number }, hint?: string): Code;
  /** Whether one more call may be compiled into its caller. */
  mayInline(): boolean;
}
