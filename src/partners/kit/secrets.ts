/** References to secrets in a connection. The value itself never reaches a partner type. */
import { z } from 'zod'

/** The name of an environment variable. */
export const ENV = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'the name of an environment variable: letters, digits and _')
/** The path of a file. */
export const FILE = z.string().regex(/^[^\p{Cc}]{1,1024}$/u, 'the path of a file')

/** `{env: NAME}` or `{file: path}`. */
export const SECRET = z.union([z.strictObject({ env: ENV }), z.strictObject({ file: FILE })], {
  error: 'a reference, never the secret itself: {env: NAME} or {file: path}',
})
