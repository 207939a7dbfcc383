/** The list of 16 device facts that Meta and Snapchat read by position: a withheld one is blank, never left out. */
import type { View } from '../../model/values.ts'

/** Constants in an item with `extinfo`: platforms, blanks, and both tracking switches. */
export const EXTINFO_WORDS = ['i2', 'a2', '', '0', '1'] as const

/** The app's versions, as in its store. */
export interface AppVersions {
  readonly short?: string | undefined
  readonly long?: string | undefined
}

/**
 * 0 platform, 1 bundle, 2 short version, 3 long version, 4 OS version, 5 model, 6 locale, 7 time zone's abbreviation, 8
 * carrier, 9 width, 10 height, 11 density, 12 CPU cores, 13 storage, 14 free storage, 15 time zone. Always 16 texts.
 */
export function extinfoOf(
  { app, os, device, locale, carrier, timezone }: View,
  versions: AppVersions,
): readonly string[] {
  return [
    app.platform === 'ios' ? 'i2' : app.platform === 'android' ? 'a2' : '',
    app.bundle ?? '',
    versions.short ?? '',
    versions.long ?? '',
    os?.version ?? '',
    device?.model ?? '',
    locale ?? '',
    '',
    carrier ?? '',
    text(device?.width),
    text(device?.height),
    text(device?.density),
    '',
    '',
    '',
    timezone ?? '',
  ]
}

function text(number: number | undefined): string {
  return number === undefined ? '' : String(number)
}
