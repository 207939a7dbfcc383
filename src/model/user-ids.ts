/** What the user ids of an app are. */
export const USER_ID_FORMATS = ['opaque', 'phone', 'email', 'uuid'] as const
export type UserIdFormat = (typeof USER_ID_FORMATS)[number]

/** Whose user ids an app speaks of, and how they are spelled. Plain data; absent means `default`, `opaque`, none. */
export interface UserIds {
  /** Apps with equal user ids in one namespace have one person. Undefined for `default`. */
  readonly namespace?: string
  readonly format?: UserIdFormat
  /** Words in small letters that are ids of real people here, though they are placeholders elsewhere. */
  readonly real?: readonly string[]
}
