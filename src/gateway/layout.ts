/**
 * The number of what lies where in a data folder, in its `layout.json`. A change that an earlier version could not live with
 * gets a step here, taken once by `sluice upgrade`, which makes a backup first: docs/ops.md.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tryJson } from '../model/json-text.ts'
import { replaceFile, syncFolder } from '../platform/durable-file-sync.ts'
import { StartRefused } from './start-refused.ts'

/** Of a folder that no number was written in. */
const FIRST = 1
const FILE = 'layout.json'

/** From a layout to the next one. One way: only a backup leads back. Interrupted, it is taken again from its beginning. */
export type LayoutStep = (dataFolder: string) => void
const STEPS: readonly LayoutStep[] = []
/** What this version reads and writes. */
export const LAYOUT = FIRST + STEPS.length

/** Throws where the file says no number. */
export function layoutOf(dataFolder: string): number {
  const path = join(dataFolder, FILE)
  if (!existsSync(path)) return FIRST
  const { layout } = (tryJson(readFileSync(path, 'utf8')) ?? {}) as { readonly layout?: unknown }
  if (!Number.isSafeInteger(layout)) throw new StartRefused(`${path}: says no layout. Put it back from a backup.`)
  return layout as number
}

export function noteLayout(dataFolder: string, layout = LAYOUT): void {
  if (existsSync(join(dataFolder, FILE)) && layoutOf(dataFolder) === layout) return
  replaceFile(join(dataFolder, FILE), `${JSON.stringify({ layout })}\n`)
  syncFolder(dataFolder)
}

/** Throws `StartRefused` where this version must not touch the folder, having touched nothing. */
export function requireLayout(dataFolder: string, known = LAYOUT): void {
  const layout = layoutOf(dataFolder)
  if (layout > known) throw new StartRefused(laterLayout(dataFolder, layout, known))
  if (layout < known)
    throw new StartRefused(
      `${dataFolder}: has layout ${layout} of an earlier Sluice, and this one needs ${known}. ` +
        '`sluice upgrade --backup DIR` makes a backup and then changes it (docs/ops.md).',
    )
}

/** Why nothing is done with a folder, or a backup, that a later version made. */
export function laterLayout(where: string, layout: number, known = LAYOUT): string {
  return (
    `${where}: a later Sluice made it: layout ${layout}, and this one knows up to ${known}. Nothing was changed. Run that ` +
    'version, or go back to the backup that its upgrade made (docs/ops.md).'
  )
}

/** Takes every step that is missing. MUST be called with the folder locked and a backup made. The layout there is then. */
export function takeSteps(dataFolder: string, steps = STEPS): number {
  for (let layout = layoutOf(dataFolder); layout < FIRST + steps.length; layout++) {
    steps[layout - FIRST]!(dataFolder)
    noteLayout(dataFolder, layout + 1)
  }
  return layoutOf(dataFolder)
}
