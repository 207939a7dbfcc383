/** Formats of an app's user ids. */
export const USER_ID_FORMATS = ['opaque', 'phone', 'email', 'uuid'] as const
export type UserIdFormat = (typeof USER_ID_FORMATS)[number]

/** Namespace and format of an app's user ids. Plain data; defaults: `default`, `opaque`, none. */
export interface UserIds {
  /** Equal user ids of apps in one namespace identify one user. Undefined for `default`. */
  readonly namespace?: string
  readonly format?: UserIdFormat
  /** Lower-case words that are real user ids here, though placeholders elsewhere. */
  readonly real?: readonly string[]
}
