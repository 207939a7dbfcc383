/**
 * Country and US state of an address, from a MaxMind-format database on disk. The lookup uses the full address and
 * returns only codes, which determine the jurisdiction and are never sent. A replaced file is read again; if it cannot
 * be read, the last good one stays in use.
 */
import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { type CityResponse, Reader } from 'maxmind'
import { checkDatabase } from './mmdb-check.ts'

export interface IpPlace {
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country: string
  /** ISO 3166-2 subdivision without the country, if the database has it (`CA` for US-CA). */
  readonly region?: string
}

export interface IpPlaces {
  /** Undefined for an address that is invalid, private or not in the database. Never throws. */
  lookup(ip: string | undefined): IpPlace | undefined
  /** Reads the file again if it changed; resolves to true if a new one is in use. Call it about every minute. */
  refresh(): Promise<boolean>
}

/**
 * Reads the database once before it resolves.
 * @param failed called if the file cannot be read or is damaged; never with an address
 */
export async function openIpPlaces(path: string, failed: (error: unknown) => void): Promise<IpPlaces> {
  let reader: Reader<CityResponse> | undefined
  let seen = ''
  const refresh = async (): Promise<boolean> => {
    try {
      const { mtimeMs, size, ino } = await stat(path)
      const version = `${mtimeMs}:${size}:${ino}`
      if (version === seen) return false
      // Remembered before reading, so that a broken file is reported once and not at every refresh.
      seen = version
      reader = await openDatabase(await readFile(path))
      return true
    } catch (error) {
      failed(error)
      return false
    }
  }
  await refresh()
  return {
    refresh,
    lookup: (ip) => {
      if (ip === undefined || reader === undefined || isIP(ip) === 0) return undefined
      try {
        return placeOf(reader.get(ip))
      } catch {
        // A record that cannot be decoded counts as unknown.
        return undefined
      }
    },
  }
}

/** Rejects if the bytes are not a database, or are damaged. */
async function openDatabase(bytes: Buffer): Promise<Reader<CityResponse>> {
  const reader = new Reader<CityResponse>(bytes)
  await checkDatabase(bytes, reader.metadata.searchTreeSize)
  return reader
}

function placeOf(record: CityResponse | null): IpPlace | undefined {
  // Not `registered_country`: that is where the provider registered its block, not where its users are.
  const country = record?.country?.iso_code
  if (typeof country !== 'string' || !/^[A-Z]{2}$/.test(country)) return undefined
  const region = record?.subdivisions?.[0]?.iso_code
  return typeof region === 'string' && /^[A-Z0-9]{1,3}$/.test(region) ? { country, region } : { country }
}
