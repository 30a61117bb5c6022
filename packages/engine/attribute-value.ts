// A value that runs are found by.

/** Text, number or truth; null: there is none. */
export type AttributeValue = string | number | boolean | null;
