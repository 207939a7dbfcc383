/** Erases one person, and kills itself before or after one of the steps. Not a test: `erasure-crash.test.ts` runs it. */
import type { IdentityKey } from '../../src/model/brand.ts'
import type { ErasureParts } from '../../src/subjects/ports.ts'
import { openErasureParts } from '../support/erasure-parts.ts'

const [, , dataFolder, identity, at] = process.argv
const kill = Number(at)
const opened = await openErasureParts(dataFolder!)
let calls = 0

/** Each call is two places to stop at: before it, and after it is done. */
function deadly<Part extends object>(part: Part, methods: readonly (keyof Part & string)[]): Part {
  const wrapped = Object.fromEntries(
    methods.map((method) => [
      method,
      async (...parameters: unknown[]) => {
        if (++calls === kill) process.kill(process.pid, 'SIGKILL')
        // Sound: the methods named are functions that return promises.
        const answer = await (part[method] as (...all: unknown[]) => Promise<unknown>).apply(part, parameters)
        if (++calls === kill) process.kill(process.pid, 'SIGKILL')
        return answer
      },
    ]),
  )
  return new Proxy(part, { get: (target, name) => wrapped[name as string] ?? bound(target, name) })
}
function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name)
  return typeof value === 'function' ? value.bind(target) : value
}

const { choices, intake, ledger, records } = opened.parts
const parts: Partial<ErasureParts> = {
  choices: deadly(choices, ['beginErasure', 'noteErasure', 'endErasure', 'reflect']),
  intake: deadly(intake, ['purge']),
  ledger: deadly(ledger, ['append', 'forget']),
  records: deadly(records, ['find', 'forget']),
}
await opened.erasures(parts).erase([identity as IdentityKey], { channel: 'user_token' })
console.log(`calls ${calls}`)
process.exit(0)
