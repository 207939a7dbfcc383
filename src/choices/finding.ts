/** Compares and merges findings. */
import { type AgeBand, type Finding, youngest } from '../model/signal.ts'

/** True if the finding restricts anything. An opt-in or a plain fact does not. */
export function restricts({ denies, deviceLimit, child, countryOnly, band }: Finding): boolean {
  return denies !== 0 || deviceLimit || child || countryOnly || isMinor(band)
}

/** A key with everything a verdict can depend on: equal findings have equal texts. */
export function findingText(finding: Finding): string {
  const { signal, denies, permits, deviceLimit, child, countryOnly, band = '', withdrawal, why } = finding
  return `${signal} ${denies} ${permits} ${+deviceLimit}${+child}${+countryOnly}${+withdrawal} ${band} ${why}`
}

/** True if `a` restricts everything that `b` restricts. */
export function covers(a: Finding, b: Finding): boolean {
  return (
    (b.denies & ~a.denies) === 0 &&
    (a.deviceLimit || !b.deviceLimit) &&
    (a.child || !b.child) &&
    (a.countryOnly || !b.countryOnly) &&
    (a.withdrawal || !b.withdrawal) &&
    (!isMinor(b.band) || youngestOf(a.band, b.band) === a.band)
  )
}

/** A finding of `a`'s signal with the restrictions of both and no opt-in. */
export function joined(a: Finding, b: Finding): Finding {
  const band = youngestOf(isMinor(a.band) ? a.band : undefined, isMinor(b.band) ? b.band : undefined)
  const { band: _, ...rest } = a
  return {
    ...rest,
    denies: a.denies | b.denies,
    permits: 0,
    deviceLimit: a.deviceLimit || b.deviceLimit,
    child: a.child || b.child,
    countryOnly: a.countryOnly || b.countryOnly,
    withdrawal: a.withdrawal || b.withdrawal,
    ...(band === undefined ? {} : { band }),
  }
}

/** The finding without its opt-in: the part that may propagate along links. */
export function withoutPermits(finding: Finding): Finding {
  return finding.permits === 0 ? finding : { ...finding, permits: 0 }
}

function isMinor(band: AgeBand | undefined): boolean {
  return band !== undefined && band !== 'adult' && band !== 'unknown'
}

function youngestOf(a: AgeBand | undefined, b: AgeBand | undefined): AgeBand | undefined {
  const bands = [a, b].filter((band) => band !== undefined)
  return bands.length === 0 ? undefined : youngest(bands)
}
