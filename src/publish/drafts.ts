/** Drafts of the API: edits are validated as a whole configuration, but untouched pieces keep their live state. */

import type { GatewayConfig, Plans } from '../contracts/config.ts'
import { DEFAULTS_FILE, meansTheSame } from '../contracts/defaults.ts'
import type { EpochMs, Revision } from '../model/brand.ts'
import type { RevisionPlan } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import { formatProblem, type Path, type Problem, withinFolder } from '../model/problem.ts'
import { EditImpossible, editText } from './edit-text.ts'
import type { Examiner } from './examiner.ts'
import { mergeTexts, mergeView } from './merge-view.ts'
import type { Proposal } from './proposals.ts'
import type { Texts } from './revision-files.ts'
import type { RevisionBook } from './revisions.ts'
import { isOurs, type SavedFiles, type Seen } from './saved-files.ts'
import { carryStages } from './stage.ts'
import { fileOfPartner } from './texts.ts'

export interface Changes {
  /** Single values; null removes one. */
  readonly edits: readonly { readonly file: string; readonly path: Path; readonly value: unknown }[]
  /** Whole files; null removes one. Applied before the edits. */
  readonly files: Readonly<Record<string, string | null>>
}

export interface Draft {
  readonly plans: Plans
  /** All files, after the changes. */
  readonly texts: Texts
  /** The touched files, before the changes. */
  readonly seen: Seen
  /** Warnings of `sluice check` in all files. */
  readonly warnings: readonly Problem[]
}

export interface Drafts {
  /** Throws `ERR_CONFIG_INVALID` with every problem, and `ERR_EDIT_IMPOSSIBLE`. */
  make(changes: Changes): Promise<Draft>
  /** The files of an earlier revision with these changes, for a merge view; undefined if it stores none. Not validated. */
  textsOn(base: Revision, changes: Changes): Promise<Texts | undefined>
  /**
   * A stale proposal on top of the live revision. Throws `ERR_REBASE_CONFLICT` with what both changed, and
   * `ERR_CONFIG_INVALID`.
   */
  rebase(proposal: Pick<Proposal, 'base' | 'texts'>): Promise<Draft>
  /** The folder's current content, live or not. Throws `ERR_CONFIG_INVALID`. */
  ofFolder(): Promise<Draft>
  /** The current content of the files that `texts` would change. */
  seenFor(texts: Texts): Promise<Seen>
}

export interface DraftDeps {
  readonly folder: string
  readonly gateway: Pick<GatewayConfig, 'source'>
  readonly examiner: () => Pick<Examiner, 'load'>
  readonly revisions: Pick<RevisionBook, 'current' | 'texts'>
  readonly files: SavedFiles
  readonly now: () => EpochMs
}

export function createDrafts({ folder, gateway, examiner, revisions, files, now }: DraftDeps): Drafts {
  const within = withinFolder(folder)
  /** Untouched files come from the live revision, because the folder may be half edited. */
  const liveTexts = async (live: RevisionPlan): Promise<Texts> =>
    (await revisions.texts(live.number)) ?? files.readAll()
  const load = async (texts: Texts) => {
    const loaded = await examiner().load({ folder, drafted: texts, now: now(), live: revisions.current().apps })
    if (!loaded.ok) {
      const problems = loaded.problems.map(within).map(formatProblem)
      throw new GatewayError('ERR_CONFIG_INVALID', { problems })
    }
    return { ...loaded, warnings: loaded.warnings.map(within) }
  }
  const make = async (changes: Changes): Promise<Draft> => {
    const live = revisions.current()
    const base = await liveTexts(live)
    const texts: Record<string, string> = { ...base }
    const seen: Record<string, string | null> = {}
    for (const file of new Set([...Object.keys(changes.files), ...changes.edits.map((edit) => edit.file)])) {
      if (!isOurs(file))
        throw new GatewayError('ERR_EDIT_IMPOSSIBLE', {
          file,
          problem: 'policy.yaml, apps.yaml, defaults.yaml or partners/<id>.yaml',
        })
      const text = gateway.source === 'files' ? await files.read(file) : (base[file] ?? null)
      seen[file] = text
      const next = editFile(file, text, changes)
      if (next === null) delete texts[file]
      else texts[file] = next
    }
    const { config, warnings } = await load(texts)
    const plans = carryStages(live, withTouched(live, config.plans, touchedBy(Object.keys(seen), base, texts)))
    return { plans, texts, seen, warnings }
  }
  return {
    make,
    rebase: async ({ base, texts: yours }) => {
      const before = await revisions.texts(base)
      const theirs = await liveTexts(revisions.current())
      const merged = before === undefined || yours === undefined ? undefined : mergeTexts(before, theirs, yours)
      if (merged === undefined)
        throw new GatewayError('ERR_REBASE_CONFLICT', { ...mergeView(before, theirs, yours ?? {}) })
      const names = new Set([...Object.keys(theirs), ...Object.keys(merged)])
      const changed = [...names].filter((name) => theirs[name] !== merged[name])
      return make({ edits: [], files: Object.fromEntries(changed.map((name) => [name, merged[name] ?? null])) })
    },
    textsOn: async (base, changes) => {
      const texts = await revisions.texts(base)
      if (texts === undefined) return undefined
      const names = new Set([...Object.keys(texts), ...Object.keys(changes.files)])
      const edited = [...names].map((file) => [file, editFile(file, texts[file] ?? null, changes)] as const)
      return Object.fromEntries(edited.flatMap(([file, text]) => (text === null ? [] : [[file, text] as const])))
    },
    ofFolder: async () => {
      const texts = await files.readAll()
      const { config, warnings } = await load(texts)
      return {
        plans: carryStages(revisions.current(), config.plans),
        texts,
        seen: {},
        warnings,
      }
    },
    seenFor: async (texts) => {
      const now = gateway.source === 'files' ? await files.readAll() : {}
      const names = gateway.source === 'files' ? new Set([...Object.keys(now), ...Object.keys(texts)]) : []
      return Object.fromEntries(
        [...names].filter((name) => now[name] !== texts[name]).map((name) => [name, now[name] ?? null]),
      )
    },
  }
}

function editFile(file: string, text: string | null, { files, edits }: Changes): string | null {
  const whole = Object.hasOwn(files, file) ? files[file]! : text
  const own = edits.filter((edit) => edit.file === file)
  if (own.length === 0) return whole
  if (whole === null) throw new GatewayError('ERR_EDIT_IMPOSSIBLE', { file, problem: 'there is no such file' })
  try {
    return editText(
      whole,
      own.map(({ path, value }) => ({ path, value: value ?? undefined })),
    )
  } catch (error) {
    if (error instanceof EditImpossible) throw new GatewayError('ERR_EDIT_IMPOSSIBLE', { file, problem: error.message })
    throw error
  }
}

/** Includes contracts whose meaning changes with the defaults. */
function touchedBy(files: readonly string[], before: Texts, after: Texts): ReadonlySet<string> {
  const [one, other] = [before[DEFAULTS_FILE], after[DEFAULTS_FILE]]
  const reached = Object.entries(after).flatMap(([file, text]) =>
    file.startsWith('partners/') && !meansTheSame(text, one, other) ? [file] : [],
  )
  return new Set([...files, ...reached])
}

/** Live pieces, except those whose file was touched. */
function withTouched(live: Plans, loaded: Plans, touched: ReadonlySet<string>): Plans {
  const isTouched = (id: string): boolean => touched.has(fileOfPartner(id))
  return {
    policy: touched.has('policy.yaml') ? loaded.policy : live.policy,
    apps: touched.has('apps.yaml') ? loaded.apps : live.apps,
    contracts: [
      ...live.contracts.filter(({ id }) => !isTouched(id)),
      ...loaded.contracts.filter(({ id }) => isTouched(id)),
    ].sort((a, b) => (a.id < b.id ? -1 : 1)),
  }
}
