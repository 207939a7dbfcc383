import type { AdvertisingIdKind, View } from '../../model/values.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** True for the format of Apple's and Google's ids; a pseudonym has another. */
export function isDeviceUuid(text: string): boolean {
  return UUID.test(text)
}

/**
 * The system that issued the view's advertising id. If unknown, the app's platform decides for an id in the format of a real one;
 * otherwise `unknown`.
 */
export function advertisingIdKind(view: View, platform: 'ios' | 'android' | undefined): AdvertisingIdKind | undefined {
  const given = view.advertising_id
  if (given === undefined || given.kind !== 'unknown') return given?.kind
  if (platform === undefined || !isDeviceUuid(given.id)) return 'unknown'
  return platform === 'ios' ? 'idfa' : 'aaid'
}

/** Apple's ids in upper case, as partners match them; other text is unchanged. */
export function upperCaseUuid(id: string | undefined): string | undefined {
  return id !== undefined && isDeviceUuid(id) ? id.toUpperCase() : id
}

/** Google's ids in lower case. */
export function lowerCaseUuid(id: string | undefined): string | undefined {
  return id !== undefined && isDeviceUuid(id) ? id.toLowerCase() : id
}
