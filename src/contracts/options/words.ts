/** Formats shared by several schemas. Their messages state what is allowed; `shape` shows them. */
import { z } from 'zod'
import type { SecretReference } from '../config.ts'

/** Ids of partners, apps and regimes. */
export const ID = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,39}$/,
    'lower-case letters, digits, - and _, starting with a letter or digit, at most 40',
  )

/** A line of text. */
export const LINE = z.string().regex(/^(?=.*\S)[^\p{Cc}]{1,200}$/u, 'one line of 1 to 200 characters')

/** A few sentences. */
export const PARAGRAPH = z.string().regex(/^(?=.*\S)[^\p{Cc}]{1,600}$/u, 'one line or paragraph of 1 to 600 characters')

/** Several lines. */
export const NOTES = z.string().max(4000)

/** An existing calendar day, ISO 8601. */
export const DAY = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'a day, as 2026-01-31', abort: true })
  .refine((day) => !Number.isNaN(Date.parse(day)) && new Date(day).toISOString().startsWith(day), {
    error: 'not a day of the calendar',
  })

const REFERENCE = z.union([z.strictObject({ env: z.string() }), z.strictObject({ file: z.string() })])
export const REFERENCE_FORM = '{ env: NAME } or { file: path }'

/** A reference to a secret, never the secret. Always the same message and no part of the text, which may be the secret. */
export const SECRET_REFERENCE = z.custom<SecretReference>(isSecretReference, {
  error: `not a reference; a secret itself never stands in a file of the configuration, write ${REFERENCE_FORM}`,
})

export function isSecretReference(value: unknown): value is SecretReference {
  const parsed = REFERENCE.safeParse(value)
  if (!parsed.success) return false
  return 'env' in parsed.data
    ? /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(parsed.data.env)
    : /^[^\p{Cc}]{1,1000}$/u.test(parsed.data.file) && parsed.data.file.trim() !== ''
}

/** `https://…` without credentials. */
export function isPublicHttps(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && url.protocol === 'https:' && url.username === '' && url.password === ''
}

/** `http://127.0.0.1:…`, `http://localhost:…`: traffic that stays on this machine. */
export function isOnThisMachine(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return (
    url !== undefined &&
    url.protocol === 'http:' &&
    ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname) &&
    url.username === '' &&
    url.password === ''
  )
}
