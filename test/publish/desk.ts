/** A desk at which revisions are published: a folder, a data folder, people, and faults to have. */
import assert, { ok } from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Actor } from '../../src/model/actor.ts'
import type { EpochMs, Revision } from '../../src/model/brand.ts'
import type { ErrorCode } from '../../src/model/errors.ts'
import { GatewayError } from '../../src/model/errors.ts'
import type { Changes } from '../../src/publish/drafts.ts'
import { createExaminer, type Examiner } from '../../src/publish/examiner.ts'
import { openConfig } from '../../src/publish/live-config.ts'
import { openProposals } from '../../src/publish/proposals.ts'
import type { Submitted } from '../../src/publish/publisher.ts'
import { type Publishing, startPublishing } from '../../src/publish/publishing.ts'
import type { RevisionBook } from '../../src/publish/revisions.ts'
import { savedFiles } from '../../src/publish/saved-files.ts'
import type { Stage } from '../../src/publish/stage.ts'
import type { Resaved } from '../../src/publish/unsaved.ts'
import { FILES, NOW, TYPES, withFolder } from '../config/fixture.ts'

export const ANN: Actor = { id: 'a'.repeat(32), roles: ['editor', 'approver'] }
export const BEN: Actor = { id: 'b'.repeat(32), roles: ['approver'] }
export const EVE: Actor = { id: 'e'.repeat(32), roles: ['editor'] }

interface Faults {
  /** Nothing can be compared. */
  comparesNothing?: boolean
  /** The folder cannot be written, as with a read-only mount. */
  readOnly?: boolean
  /** No record can be made, and no proposal be kept. */
  forgets?: boolean
  /** The process ends here: no more is done of what was begun. */
  stops?: 'before it is live' | 'once it is live'
  /** Called between the reading of the files and what is made of it. */
  afterReading?: () => Promise<void>
}

export interface Desk extends Publishing {
  readonly folder: string
  readonly data: string
  readonly revisions: RevisionBook
  readonly records: readonly { readonly action: string; readonly facts: Readonly<Record<string, unknown>> }[]
  /** As the API does it. */
  change(
    changes: Partial<Changes>,
    by?: { actor?: Actor; reason?: string; stage?: Stage; base?: number },
  ): Promise<Submitted>
  file(name: string): Promise<string>
  write(name: string, text: string): Promise<void>
  at: EpochMs
  /** What the clock says first, reading by reading, before it says `at`. */
  readonly readings: EpochMs[]
  /** What may go wrong from now on. */
  readonly faults: Faults
  /** What a stop had left, as this start found it. */
  readonly resaved: readonly Resaved[]
}

const unavailable = () => Promise.reject(new GatewayError('ERR_EXAMINER_UNAVAILABLE'))
const COMPARES_NOTHING: Examiner = {
  ...createExaminer(TYPES),
  meaning: unavailable,
  narrowing: unavailable,
  staged: unavailable,
  withoutLapsed: unavailable,
}

export async function withDesk(
  run: (desk: Desk, restart: () => Promise<Desk>) => Promise<void>,
  gateway = '',
): Promise<void> {
  await withFolder({}, (data) =>
    withFolder(FILES, async (folder) => {
      await writeFile(
        join(folder, 'gateway.yaml'),
        `data: ${data}\nallow_loopback_partners: true\nwatch_seconds: 0\n${gateway}`,
      )
      const desks: Desk[] = []
      const start = async (): Promise<Desk> => {
        desks.at(-1)?.stop()
        const records: { action: string; facts: Readonly<Record<string, unknown>> }[] = []
        const clock = { at: desks.at(-1)?.at ?? NOW }
        const faults: Faults = { readOnly: desks.at(-1)?.faults.readOnly === true }
        const resaved: Resaved[] = []
        const readings: EpochMs[] = []
        const now = (): EpochMs => readings.shift() ?? clock.at
        const opened = await openConfig({
          folder,
          types: TYPES,
          clock: { now },
          claim: async () => ({ revisionsAbove: 0 }),
        })
        assert.ok(opened.ok)
        const revisions: RevisionBook = {
          ...opened.revisions,
          publish: async (...edition) => {
            if (faults.stops === 'before it is live') await new Promise(() => {})
            const published = await opened.revisions.publish(...edition)
            if (faults.stops === 'once it is live') await new Promise(() => {})
            return published
          },
        }
        const examiner = createExaminer(TYPES)
        const disk = savedFiles(folder)
        const readOnly = () => Promise.reject(Object.assign(new Error('read-only'), { code: 'EROFS' }))
        const load: Examiner['load'] = async (asked) => {
          const loaded = await examiner.load(asked)
          await faults.afterReading?.()
          return loaded
        }
        const publishing = await startPublishing({
          folder,
          files: { ...disk, write: (...words) => (faults.readOnly === true ? readOnly() : disk.write(...words)) },
          gateway: opened.gateway,
          revisions,
          proposals: await openProposals(opened.gateway.dataFolder),
          examiner: () => ({ ...(faults.comparesNothing === true ? COMPARES_NOTHING : examiner), load }),
          now,
          record: async (action, facts) => {
            if (faults.forgets === true) throw new GatewayError('ERR_LEDGER_UNAVAILABLE')
            records.push({ action, facts })
          },
          observe: {
            read: () => {},
            resaved: (one) => void resaved.push(one),
            groundless: () => {},
            failed: (error) => {
              if (faults.forgets !== true) throw error
            },
          },
        })
        const desk: Desk = {
          ...publishing,
          folder,
          data,
          revisions,
          records,
          readings,
          faults,
          resaved,
          change: async (changes, { actor = ANN, reason = '', stage = {}, base = revisions.current().number } = {}) => {
            const draft = await publishing.drafts.make({ edits: [], files: {}, ...changes })
            return publishing.publisher.submit({
              ...draft,
              base: base as Revision,
              author: actor.id,
              message: 'a test',
              reason,
              stage,
            })
          },
          file: (name) => readFile(join(folder, name), 'utf8'),
          write: (name, text) => writeFile(join(folder, name), text),
          get at() {
            return clock.at
          },
          set at(to: EpochMs) {
            clock.at = to
          },
        }
        desks.push(desk)
        return desk
      }
      try {
        await run(await start(), start)
      } finally {
        for (const desk of desks) desk.stop()
      }
    }),
  )
}

export const set = (path: readonly string[], value: unknown): Partial<Changes> => ({
  edits: [{ file: 'partners/acme.yaml', path, value }],
})
export const LESS = set(['share', 'os'], 'reduced')
export const MORE = set(['share', 'gender'], 'pass')
export const levels = ({ revisions }: Desk) => revisions.current().contracts[0]!.share
export const code = (wanted: ErrorCode) => (error: unknown) => error instanceof GatewayError && error.code === wanted
export const proposed = (submitted: Submitted) => {
  ok(submitted.kind === 'proposed', submitted.kind)
  return submitted.proposal
}
