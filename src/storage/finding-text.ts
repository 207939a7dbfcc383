/** A finding as databases keep it. */
import type { Finding } from '../model/signal.ts'

/** Findings that say the same repeat without end and are few: a handful a signal. */
const MAX_FINDINGS = 4_096

/** One text for one finding, whatever order its keys came in. */
export function findingJson(finding: Finding): string {
  const { signal, denies, permits, deviceLimit, child, countryOnly, band, withdrawal, why } = finding
  return JSON.stringify({ signal, denies, permits, deviceLimit, child, countryOnly, band, withdrawal, why })
}

/** Reads what `findingJson` wrote; findings that say the same are the same object. */
export function createFindingReader(): (text: string) => Finding {
  const known = new Map<string, Finding>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    // Sound: `findingJson` wrote it, from a Finding.
    const read = Object.freeze(JSON.parse(text)) as Finding
    if (known.size >= MAX_FINDINGS) known.clear()
    known.set(text, read)
    return read
  }
}
