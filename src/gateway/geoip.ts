/** Country and US state by address, where a database is configured; looked at again now and then. */
import type { GatewayConfig } from '../contracts/config.ts'
import { type IpPlaces, openIpPlaces } from '../ingress/ip-places.ts'
import { describeError, type Log } from '../observe/log.ts'

/** How often the IP database is looked at: it changes about once a week. */
const REFRESH_MS = 60_000

export interface Places {
  readonly lookup: IpPlaces['lookup']
  stop(): void
}

/** Without a database the country is what events say, and an event that says none falls under the strictest law. */
export async function openPlaces({ ipDatabase }: GatewayConfig, log: Log): Promise<Places> {
  if (ipDatabase === undefined) {
    log.warn({}, 'no ip_database in gateway.yaml: events that name no country fall under the default regime')
    return { lookup: () => undefined, stop: () => {} }
  }
  const places = await openIpPlaces(ipDatabase, (error) =>
    log.error(
      { file: ipDatabase, ...describeError(error) },
      'the IP database cannot be used: the last good one is, if any',
    ),
  )
  const timer = setInterval(() => void places.refresh(), REFRESH_MS)
  timer.unref()
  return { lookup: (ip) => places.lookup(ip), stop: () => clearInterval(timer) }
}
