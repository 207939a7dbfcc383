/** Versions of the guard's forms: each adds some. `sluice guard try` compares the newest with the previous one. */
export type FormsVersion = 1 | 2
export const NEWEST_FORMS: FormsVersion = 2
export const FORMS_BEFORE: FormsVersion = 1
