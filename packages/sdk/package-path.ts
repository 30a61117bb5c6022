// Where the program lies that runs a package of functions, for those that start it.
import { fileURLToPath } from "node:url";

/** Run with a file that says where the server is, and the package's entry. */
export const packageProgram: string = fileURLToPath(new URL("package-program.ts", import.meta.url));
