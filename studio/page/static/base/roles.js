/** Which roles there are, to choose from: the four, and the finer ones that belong to each. */

export const ROLES = ["vocals", "drums", "bass", "other"];

/** The finer roles of each role; the server knows them. */
export const finer = (info) => info?.roles ?? {};

/** "lead vocals" as it stands in a heading. */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
