/** Which forms the guard knows: the higher the version, the more. `sluice guard try` compares the newest with the one before. */
export type FormsVersion = 1 | 2
export const NEWEST_FORMS: FormsVersion = 2
export const FORMS_BEFORE: FormsVersion = 1
