/** A link that opens the console, for the token's holder. */
import { type AccessFlags, accessOf } from './access.ts'
import { callStaff } from './staff.ts'

export async function signInLink(flags: AccessFlags): Promise<string> {
  const { control } = await accessOf(flags)
  const { code } = await callStaff(flags, 'POST', 'sign-in-codes')
  return `${control}/#code=${String(code)}`
}
