/** Countries and US states as SDKs write them: codes (ISO 3166-1 alpha-2) or English names, to codes. */

/** Upper-case alpha-2 code, or undefined where the text names no country we know. */
export type CountryReader = (text: string) => string | undefined

const US_STATES: Readonly<Record<string, string>> = {
  ALABAMA: 'AL',
  ALASKA: 'AK',
  ARIZONA: 'AZ',
  ARKANSAS: 'AR',
  CALIFORNIA: 'CA',
  COLORADO: 'CO',
  CONNECTICUT: 'CT',
  DELAWARE: 'DE',
  'DISTRICT OF COLUMBIA': 'DC',
  FLORIDA: 'FL',
  GEORGIA: 'GA',
  HAWAII: 'HI',
  IDAHO: 'ID',
  ILLINOIS: 'IL',
  INDIANA: 'IN',
  IOWA: 'IA',
  KANSAS: 'KS',
  KENTUCKY: 'KY',
  LOUISIANA: 'LA',
  MAINE: 'ME',
  MARYLAND: 'MD',
  MASSACHUSETTS: 'MA',
  MICHIGAN: 'MI',
  MINNESOTA: 'MN',
  MISSISSIPPI: 'MS',
  MISSOURI: 'MO',
  MONTANA: 'MT',
  NEBRASKA: 'NE',
  NEVADA: 'NV',
  'NEW HAMPSHIRE': 'NH',
  'NEW JERSEY': 'NJ',
  'NEW MEXICO': 'NM',
  'NEW YORK': 'NY',
  'NORTH CAROLINA': 'NC',
  'NORTH DAKOTA': 'ND',
  OHIO: 'OH',
  OKLAHOMA: 'OK',
  OREGON: 'OR',
  PENNSYLVANIA: 'PA',
  'RHODE ISLAND': 'RI',
  'SOUTH CAROLINA': 'SC',
  'SOUTH DAKOTA': 'SD',
  TENNESSEE: 'TN',
  TEXAS: 'TX',
  UTAH: 'UT',
  VERMONT: 'VT',
  VIRGINIA: 'VA',
  WASHINGTON: 'WA',
  'WEST VIRGINIA': 'WV',
  WISCONSIN: 'WI',
  WYOMING: 'WY',
  'PUERTO RICO': 'PR',
}
const STATE_CODES: ReadonlySet<string> = new Set(Object.values(US_STATES))

/** Alpha-3 codes of places that SDKs are seen to send; the rest are read by their alpha-2 code or name. */
const ALPHA_3: Readonly<Record<string, string>> = {
  USA: 'US',
  GBR: 'GB',
  DEU: 'DE',
  FRA: 'FR',
  CAN: 'CA',
  BRA: 'BR',
  JPN: 'JP',
  IND: 'IN',
  ESP: 'ES',
  ITA: 'IT',
  UK: 'GB',
}

/** Builds the reader once: the names come from the runtime's own CLDR data, so that no table of ours grows old. */
export function createCountryReader(): CountryReader {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
  const byName = new Map<string, string>()
  const codes = new Set<string>()
  for (let first = 65; first <= 90; first++) {
    for (let second = 65; second <= 90; second++) {
      const code = String.fromCharCode(first, second)
      const name = names.of(code)
      if (name === undefined || ['EU', 'EZ', 'UN', 'XA', 'XB', 'ZZ', 'QO', 'UK'].includes(code)) continue
      codes.add(code)
      byName.set(name.toUpperCase(), code)
    }
  }
  return (text) => {
    const word = text.trim().toUpperCase()
    if (codes.has(word)) return word
    return ALPHA_3[word] ?? byName.get(word)
  }
}

/** A US state's two letters, from a code, an ISO 3166-2 code (`US-CA`) or a name. */
export function readUsState(text: string): string | undefined {
  const word = text.trim().toUpperCase().replace(/^US-/, '')
  return STATE_CODES.has(word) ? word : US_STATES[word]
}
