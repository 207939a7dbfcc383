/** Configuration files to live revisions: at start, and again whenever somebody asks. A bad file changes nothing. */
import type { Clock } from '../flow/ports.ts'
import type { Revision } from '../model/brand.ts'
import { canonicalJson } from './canonical.ts'
import type { Config, GatewayConfig } from './config.ts'
import { diffPlans } from './diff/diff.ts'
import { loadConfig, type PartnerTypes } from './load.ts'
import type { Problem } from './problem.ts'
import { type Edition, openRevisions, type RevisionBook } from './revisions.ts'

export interface Reloaded {
  readonly ok: boolean
  /** Where not ok: all of them. The revision before stays live. */
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  /** The live revision after the call. */
  readonly revision: Revision
  readonly changed: boolean
  /** `gateway.yaml` differs from what runs: takes effect at the next start. */
  readonly restartNeeded: boolean
}

export type OpenedConfig =
  | {
      readonly ok: true
      readonly gateway: GatewayConfig
      readonly revisions: RevisionBook
      /** Not empty: the files are bad and the last good revision runs. Say so loudly. */
      readonly problems: readonly Problem[]
      readonly warnings: readonly Problem[]
      /** Reads the folder again and publishes what it says. For SIGHUP. One at a time. */
      reload(): Promise<Reloaded>
    }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] }

export interface OpenConfigDeps {
  readonly folder: string
  readonly types: PartnerTypes
  readonly clock: Clock
  /** Makes the data folder if need be and takes it for this process. Awaited before anything in it is read or written. */
  readonly claim: (dataFolder: string) => Promise<void>
}

/**
 * Loads `folder` and opens the revisions in the data folder it names. Not ok where the files are bad and there is no
 * revision to go on with, or `gateway.yaml` itself is bad: then nobody knows where the data is. What `claim` throws,
 * and `RevisionDamaged`, is thrown as it is.
 */
export async function openConfig({ folder, types, clock, claim }: OpenConfigDeps): Promise<OpenedConfig> {
  const loaded = await loadConfig(folder, types, clock.now())
  const { warnings } = loaded
  const problems = loaded.ok ? [] : loaded.problems
  const gateway = loaded.ok ? loaded.config.gateway : loaded.gateway
  if (gateway === undefined) return { ok: false, problems, warnings }
  await claim(gateway.dataFolder)
  const revisions = await openRevisions(gateway.dataFolder, loaded.ok ? loaded.config : undefined, clock.now())
  if (revisions === undefined) return { ok: false, problems, warnings }
  if (loaded.ok) await revisions.publish(editionOf(loaded.config, revisions, types, clock), clock.now())
  let last: Promise<unknown> = Promise.resolve()
  const reload = (): Promise<Reloaded> => {
    const result = last.then(() => reloadOnce(folder, types, clock, gateway, revisions))
    last = result.catch(() => undefined)
    return result
  }
  return { ok: true, gateway, revisions, problems, warnings, reload }
}

async function reloadOnce(
  folder: string,
  types: PartnerTypes,
  clock: Clock,
  running: GatewayConfig,
  revisions: RevisionBook,
): Promise<Reloaded> {
  const loaded = await loadConfig(folder, types, clock.now())
  const { warnings } = loaded
  if (!loaded.ok) {
    const revision = revisions.current().number
    return { ok: false, problems: loaded.problems, warnings, revision, changed: false, restartNeeded: false }
  }
  const { gateway } = loaded.config
  const restartNeeded = canonicalJson(gateway) !== canonicalJson(running)
  const { revision, changed } = await revisions.publish(editionOf(loaded.config, revisions, types, clock), clock.now())
  return { ok: true, problems: [], warnings, revision, changed, restartNeeded }
}

/** What the files say, as their own edition. */
function editionOf({ plans, texts }: Config, revisions: RevisionBook, types: PartnerTypes, clock: Clock): Edition {
  const abilitiesOf = (type: string) => types.get(type)?.abilities
  const { change } = diffPlans(revisions.current(), plans, { abilitiesOf, now: clock.now() })
  return { plans, texts, publication: { author: 'files', message: '', approvals: [], change } }
}
