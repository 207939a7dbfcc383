/** wrk, Debian's package: sends requests in a closed loop at little cost. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const WRK = '/usr/bin/wrk'

/** What is not installed; empty where nothing is missing. */
export function missingWrk(): readonly string[] {
  return existsSync(WRK) ? [] : ['wrk']
}

export interface WrkResult {
  readonly requests: number
  readonly micros: number
  readonly p50Micros: number
  readonly p99Micros: number
}

/** Every request is written once, before; then they go round. Throws for any answer that is no success. */
export async function runWrk(
  folder: string,
  url: string,
  bodies: readonly string[],
  headers: Readonly<Record<string, string>>,
  seconds: number,
  connections: number,
): Promise<WrkResult> {
  const bodyFile = join(folder, 'bodies.txt')
  const script = join(folder, 'post.lua')
  await writeFile(bodyFile, bodies.join('\n'))
  const set = Object.entries(headers).map(([name, value]) => `wrk.headers["${name}"] = "${value}"`)
  await writeFile(
    script,
    `local requests, next = {}, 0
     function init()
       wrk.method = "POST"; ${set.join('; ')}
       for line in io.lines("${bodyFile}") do requests[#requests + 1] = wrk.format(nil, nil, nil, line) end
     end
     function request() next = next % #requests + 1; return requests[next] end
     function done(s, l)
       local e = s.errors
       io.write(string.format('@@{"requests":%d,"micros":%d,"p50Micros":%d,"p99Micros":%d,"failed":%d}\\n', s.requests,
         s.duration, l:percentile(50), l:percentile(99), e.connect + e.read + e.write + e.timeout + e.status))
     end`,
  )
  const child = spawn(WRK, ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url])
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  await once(child, 'close')
  const found = /^@@(\{.*\})$/m.exec(said)?.[1]
  if (found === undefined) throw new Error(`wrk said: ${said}`)
  // Sound: written by the script above.
  const { failed, ...result } = JSON.parse(found) as WrkResult & { readonly failed: number }
  if (failed > 0) throw new Error(`${failed} of ${result.requests} requests to ${url} failed`)
  return result
}
