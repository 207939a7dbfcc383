/** Runs the simulator locally over a configuration folder, or at a running gateway, with the same answers. */
import { createSecretKey } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { request } from 'undici'
import { DEFAULTS_FILE } from '../../contracts/defaults.ts'
import { readDraft } from '../../contracts/draft.ts'
import { loadConfig } from '../../contracts/load.ts'
import type { Revision } from '../../model/brand.ts'
import type { RevisionPlan } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import { NO_STANDING } from '../../model/event.ts'
import { formatProblem } from '../../model/problem.ts'
import { partnerTypes } from '../../partners/registry.ts'
import { digestOfPlans } from '../../publish/revision-files.ts'
import { type GuardTried, type GuardTryAsked, tryGuard } from '../../simulate/guard-try.ts'
import type { DraftFiles } from '../../simulate/ports.ts'
import { type ReplayAnswer, type ReplayAsked, replay } from '../../simulate/replay-intake.ts'
import { createSimulator, type SimulateDeps, type Simulator } from '../../simulate/simulator.ts'
import { offlineDeps } from '../../simulate/suppose.ts'
import { createWorld } from '../../simulate/world.ts'
import { type AccessFlags, accessOf } from '../control/access.ts'
import { asNoAnswer } from '../control/refusal.ts'

/** No answer; one line for each problem. */
export class NoAnswer extends Error {
  readonly lines: readonly string[]
  constructor(lines: readonly string[]) {
    super(lines.join('\n'))
    this.name = 'NoAnswer'
    this.lines = lines
  }
}

export type Asker = {
  readonly [Question in Exclude<keyof Simulator, 'item'>]: (
    asked: Parameters<Simulator[Question]>[0],
  ) => Promise<Awaited<ReturnType<Simulator[Question]>>>
} & {
  replay(asked: ReplayAsked): Promise<ReplayAnswer>
  tryGuard(asked: GuardTryAsked): Promise<GuardTried>
}

/** Offline pseudonyms have the right form but match no real ones. */
const OFFLINE_KEY = createSecretKey(Buffer.alloc(32))

/** Without a gateway. Throws `NoAnswer` if the folder has problems. */
export async function askFolder(folder: string): Promise<Asker> {
  const types = partnerTypes()
  const now = Date.now
  const loaded = await loadConfig(folder, types, now())
  if (!loaded.ok) throw new NoAnswer(loaded.problems.map((problem) => `error   ${formatProblem(problem)}`))
  const { plans, gateway, texts } = loaded.config
  // Sound: no published revision has this number.
  const plan = { number: 0 as Revision, digest: digestOfPlans(plans), activatedAt: now(), ...plans } as RevisionPlan
  const deps: SimulateDeps = {
    ...offlineDeps(),
    current: () => plan,
    revisionAt: () => undefined,
    worldOf: (one) => createWorld(one, { types, pseudonymKey: OFFLINE_KEY, stopped: () => false }),
    readDraft: async (draft) =>
      readDraft(draft, plans, { types, allowLoopback: gateway.allowLoopbackPartners, now: now(), texts }),
    recent: () =>
      Promise.reject(new NoAnswer(['error   accepted events are in a running gateway: name it with --control'])),
    standingOf: () => NO_STANDING,
    now,
  }
  const simulator = createSimulator(deps)
  return {
    simulate: explained((asked) => simulator.simulate(asked)),
    matrix: explained((asked) => simulator.matrix(asked)),
    compare: explained((asked) => simulator.compare(asked)),
    who: explained((asked) => simulator.who(asked)),
    replay: explained((asked) => replay(asked, deps)),
    tryGuard: explained((asked) => tryGuard(asked, deps)),
  }
}

function explained<Asked, Answer>(ask: (asked: Asked) => Promise<Answer>): (asked: Asked) => Promise<Answer> {
  return async (asked) => {
    try {
      return await ask(asked)
    } catch (error) {
      if (error instanceof GatewayError) throw new NoAnswer(problemLines(error.message, error.details))
      throw error
    }
  }
}

/** At a running gateway, with a staff token. */
export function askGateway(flags: AccessFlags): Asker {
  const post =
    (path: string) =>
    async (asked: unknown): Promise<never> => {
      const { control, token } = await accessOf(flags).catch((error: Error) => {
        throw new NoAnswer([`error   ${error.message}`])
      })
      const { statusCode, body } = await request(`${control}/api/v1/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(asked),
      }).catch((error: unknown) => {
        const { message } = asNoAnswer(error, control) as Error
        throw new NoAnswer([`error   ${message}`])
      })
      const answer = (await body.json()) as { readonly title?: string }
      if (statusCode !== 200)
        throw new NoAnswer(problemLines(answer.title ?? `answered ${statusCode}`, answer as object))
      // Sound: tests check the route's answers against its schema.
      return answer as never
    }
  return {
    simulate: post('simulate'),
    matrix: post('simulate/matrix'),
    compare: post('simulate/compare'),
    who: post('simulate/who'),
    replay: post('revisions/replay'),
    tryGuard: post('guard/try'),
  }
}

function problemLines(title: string, details: object): readonly string[] {
  const { problems } = details as { readonly problems?: unknown }
  const list = Array.isArray(problems) ? problems : []
  return [
    `error   ${title}`,
    ...list.map((one) =>
      typeof one === 'string'
        ? `        ${one}`
        : `        ${Object.values(one as Readonly<Record<string, unknown>>)
            .filter((part) => part !== '')
            .join(': ')}`,
    ),
  ]
}

/** A configuration folder as a draft that replaces policy, apps and all contracts. */
export async function draftOf(folder: string): Promise<DraftFiles> {
  const files: Record<string, string> = {}
  const read = async (path: string): Promise<void> => {
    files[path] = await readFile(join(folder, path), 'utf8')
  }
  try {
    for (const path of ['policy.yaml', 'apps.yaml']) await read(path)
    if ((await readdir(folder)).includes(DEFAULTS_FILE)) await read(DEFAULTS_FILE)
    const names = (await readdir(join(folder, 'partners'))).filter(
      (name) => name.endsWith('.yaml') && !name.startsWith('.'),
    )
    for (const name of names.sort()) await read(`partners/${name}`)
  } catch (error) {
    throw new NoAnswer([`error   ${folder} is not a configuration folder: ${(error as Error).message}`])
  }
  return { files, whole: true }
}
