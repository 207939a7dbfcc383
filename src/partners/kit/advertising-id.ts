import type { AdvertisingIdKind, View } from '../../model/values.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** True for the form that Apple's and Google's ids have; a pseudonym has another. */
export function isDeviceUuid(text: string): boolean {
  return UUID.test(text)
}

/**
 * Which system issued the view's advertising id. Where that is not known, the app's platform decides, if the id has
 * the form of a real one; `unknown` otherwise.
 */
export function advertisingIdKind(view: View, platform: 'ios' | 'android' | undefined): AdvertisingIdKind | undefined {
  const given = view.advertising_id
  if (given === undefined || given.kind !== 'unknown') return given?.kind
  if (platform === undefined || !isDeviceUuid(given.id)) return 'unknown'
  return platform === 'ios' ? 'idfa' : 'aaid'
}

/** Apple's ids in capitals, as partners match them; a text of another form stays as it is. */
export function inCapitals(id: string | undefined): string | undefined {
  return id !== undefined && isDeviceUuid(id) ? id.toUpperCase() : id
}

/** Google's ids in small letters. */
export function inSmallLetters(id: string | undefined): string | undefined {
  return id !== undefined && isDeviceUuid(id) ? id.toLowerCase() : id
}
