/** Search filters for disclosures, as stored in the URL: never an identity. */

export interface Facets {
  readonly kind?: 'withheld'
  readonly partner?: string
  readonly field?: string
  readonly reason?: string
  /** Local time, in the format of a `datetime-local` input. */
  readonly from?: string
  readonly to?: string
}

const WORD = /^[a-z0-9_-]{1,64}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/

/** Parses an untrusted URL: invalid members are left out. */
export function readFacets(search: Readonly<Record<string, unknown>>): Facets {
  const matching = (name: string, form: RegExp): string | undefined => {
    const value = search[name]
    return typeof value === 'string' && form.test(value) ? value : undefined
  }
  const facets = {
    kind: search.kind === 'withheld' ? ('withheld' as const) : undefined,
    partner: matching('partner', WORD),
    field: matching('field', WORD),
    reason: matching('reason', WORD),
    from: matching('from', TIME),
    to: matching('to', TIME),
  }
  // Sound: undefined members were removed.
  return Object.fromEntries(Object.entries(facets).filter(([, value]) => value !== undefined)) as Facets
}
