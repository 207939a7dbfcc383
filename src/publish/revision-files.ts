/**
 * Published revisions as immutable numbered files: `<folder>/000001.json`, each a whole `RevisionPlan`, and
 * `000001.texts.json`, its configuration files.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { canonicalJson, digestOf } from '../contracts/canonical.ts'
import type { Plans } from '../contracts/config.ts'
import type { EpochMs, Revision } from '../model/brand.ts'
import type { Publication, RevisionPlan } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import { ifThere, syncFolder, writeDurably } from '../platform/durable-file.ts'
import { ifThereSync } from '../platform/durable-file-sync.ts'

/** The change was made for a revision that is no longer live. Nothing changed. */
export class RevisionMoved extends Error {
  readonly live: Revision
  constructor(live: Revision) {
    super(`revision ${live} is live by now: look at what changed and try again`)
    this.name = 'RevisionMoved'
    this.live = live
  }
}

/** A revision's file is not what was published. It is never used; restore the file from a backup. */
export class RevisionDamaged extends GatewayError {
  constructor(file: string, why: string, cause?: unknown) {
    super('ERR_REVISION_DAMAGED', {}, cause)
    this.message = `${file} is not the revision that was published: ${why}. Restore it from a backup.`
    this.name = 'RevisionDamaged'
  }
}

export function digestOfPlans({ policy, apps, contracts }: Plans): string {
  return digestOf({ policy, apps, contracts })
}

/** By whom a proposal, of this number, was approved. */
export interface Approval {
  readonly number: number
  readonly ended: { readonly by: string; readonly at: EpochMs; readonly note: string }
}

/** Storage of published revisions; each is written once. */
export interface RevisionStore {
  /** The highest number in use; 0 if there is none. */
  newest(): Promise<number>
  /**
   * Synchronous, from the local copy, because decisions need past revisions. Undefined if it was never published. Throws
   * `RevisionDamaged`.
   */
  read(revision: Revision): RevisionPlan | undefined
  /**
   * Durable when it resolves. Where several processes publish, rejects with `RevisionMoved` if its parent is not the newest,
   * and the proposal ends with it; `ERR_PROPOSAL_ENDED` if it has ended already.
   */
  write(plan: RevisionPlan, texts: Texts | undefined, approved?: Approval): Promise<void>
  /** Its configuration files; undefined if none were stored. */
  texts(revision: Revision): Promise<Texts | undefined>
}

/** In a folder that `newest` creates. */
export function revisionsIn(folder: string): RevisionStore {
  return {
    newest: () => openRevisionFolder(folder),
    read: (number) => readRevision(folder, number),
    write: (plan, texts) => writeRevision(folder, plan, texts),
    texts: (number) => readTexts(folder, number),
  }
}

/** Creates the folder if missing. Resolves to the highest number in it; 0 if there is none. */
async function openRevisionFolder(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await syncFolder(dirname(folder))
  const numbers = (await readdir(folder)).flatMap((name) =>
    /^\d{6,}\.json$/.test(name) ? [Number.parseInt(name, 10)] : [],
  )
  return Math.max(0, ...numbers)
}

/** Every damaged revision in the folder, as sentences that name the file. Reads all of them. */
export function damagedRevisions(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /^\d{6,}\.json$/.test(name))
    .sort()
    .flatMap((name) => {
      try {
        // Sound: the number from a name of this form.
        readRevision(folder, Number.parseInt(name, 10) as Revision)
        return []
      } catch (error) {
        if (!(error instanceof RevisionDamaged)) throw error
        return [error.message]
      }
    })
}

/** Configuration files by their path in the folder, `partners/acme.yaml`. */
export type Texts = Readonly<Record<string, string>>

/** Durable when it resolves. Throws if the number is taken: a revision never changes. */
export async function writeRevision(folder: string, plan: RevisionPlan, texts: Texts | undefined): Promise<void> {
  if (readRevision(folder, plan.number) !== undefined) throw new Error(`revision ${plan.number} exists`)
  // First, because the plan's own file is what makes a revision.
  if (texts !== undefined) await writeDurably(textsOf(folder, plan.number), `${canonicalJson(texts)}\n`)
  await writeDurably(fileOf(folder, plan.number), `${canonicalJson(plan)}\n`)
}

/** Undefined if the number was never published. Throws `RevisionDamaged` if the file does not match its digest. */
export function readRevision(folder: string, number: Revision): RevisionPlan | undefined {
  const file = fileOf(folder, number)
  const text = ifThereSync(() => readFileSync(file, 'utf8'))
  if (text === undefined) return undefined
  let plan: RevisionPlan
  try {
    // Sound once the digest below matches: `writeRevision` wrote it.
    plan = JSON.parse(text) as RevisionPlan
    if (digestOfPlans(plan) !== plan.digest) throw new Error('digest')
  } catch (error) {
    throw new RevisionDamaged(file, 'its digest does not match', error)
  }
  if (plan.number !== number) throw new RevisionDamaged(file, 'it holds another number')
  return plan
}

/** A revision's configuration files; undefined if it stores none. */
export async function readTexts(folder: string, number: Revision): Promise<Texts | undefined> {
  const text = await ifThere(readFile(textsOf(folder, number), 'utf8'))
  // Sound: `writeRevision` wrote it. The content is validated again before use.
  return text === undefined ? undefined : (JSON.parse(text) as Texts)
}

export function planOf(
  { policy, apps, contracts }: Plans,
  number: Revision,
  activatedAt: EpochMs,
  publication: Publication,
): RevisionPlan {
  const plans = { policy, apps, contracts }
  return { number, digest: digestOfPlans(plans), activatedAt, publication, ...plans }
}

function textsOf(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(6, '0')}.texts.json`)
}

function fileOf(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(6, '0')}.json`)
}
