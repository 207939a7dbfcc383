/**
 * Google's Additional Consent string: consented providers outside IAB's vendor list (`AddtlConsent`, in-app key
 * `IABTCF_AddtlConsent`; Google Ad Manager help, "Additional Consent technical specification", versions 1 and 2). It
 * supplements a TC string and has no effect alone.
 *
 * `1~12.35` lists consented providers; `2~12.35~dv.9.21` also providers disclosed without consent, which grant nothing.
 */
import { ABSENT, invalid, type Signal, valid } from '../model/signal.ts'

const MAX_CHARACTERS = 16_384
const MAX_PROVIDER = 1_000_000
const IDS = /^(\d{1,7}(\.\d{1,7})*)?$/

export function parseAddtlConsent(text: string | undefined): Signal<ReadonlySet<number>> {
  if (text === undefined || text === '') return ABSENT
  if (text.length > MAX_CHARACTERS) return invalid('longer than a consent string can be')
  const [version, consented, disclosed, ...more] = text.split('~')
  if (version !== '1' && version !== '2') return invalid('version is neither 1 nor 2')
  if (consented === undefined || !IDS.test(consented)) return invalid('not a list of provider ids')
  if (more.length > 0 || (version === '1' && disclosed !== undefined)) return invalid('more parts than its version has')
  if (disclosed !== undefined && !(disclosed.startsWith('dv.') && IDS.test(disclosed.slice(3)))) {
    return invalid('not a list of disclosed providers')
  }
  const ids = consented === '' ? [] : consented.split('.').map(Number)
  return ids.some((id) => id < 1 || id > MAX_PROVIDER) ? invalid('a provider id out of range') : valid(new Set(ids))
}
