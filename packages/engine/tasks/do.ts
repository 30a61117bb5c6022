// `do`: a list of tasks, one after the other (dsl-reference, "Do"). The workflow itself is one, too.
import { advanceList, enterList, type TaskRules } from "./rules.ts";

export const doRules: TaskRules<"do"> = { enter: enterList, advance: advanceList };
